"""Secrets that are shown once: a sink that fails, a crash around it, rotation cut off anywhere."""

from __future__ import annotations

import errno
import shutil

import pytest

from reconciler.errors import SinkError
from tests.faults import scenarios
from tests.faults.lab import SETTLE
from tests.support.project import change_of, resource

ONCE = {"octeth": {"key-list": "masked"}}
"""The key is told in the answer to AddAPI and nowhere else."""
DOMAIN = resource("SenderDomain", "mail.example.com")
KEY = {"domain": "mail.example.com", "deliverTo": {"file": "secrets/key"}}


def _before(make_lab, readings=ONCE, **options):
    lab = make_lab(readings=readings)
    shutil.rmtree(lab.root / "secrets", ignore_errors=True)  # what an earlier one delivered
    lab.write(lab.provider("octeth", **options), DOMAIN)
    lab.apply()
    lab.write(lab.provider("octeth", **options), DOMAIN, resource("ApiKey", "k", **KEY))
    return lab


def _sink_effects(lab):
    names = []
    with lab.hooked(lambda name: names.append(name) if name.startswith("sink") else None):
        lab.apply()
    return names


def test_a_sink_that_fails_at_any_call_never_costs_a_key_nor_makes_a_second_one(make_lab):
    effects = _sink_effects(_before(make_lab))
    assert len(effects) > 10
    told = set()
    for number in range(1, len(effects) + 1):
        lab = _before(make_lab)
        lab.after_crash(lab.moment())  # an empty folder for the sink
        count = 0

        def fail(name, number=number):
            nonlocal count
            count += name.startswith("sink")
            if name.startswith("sink") and count == number:
                raise OSError(errno.ENOSPC, "No space left on device")

        with lab.hooked(fail):
            try:
                failures = lab.try_apply().failures
            except SinkError as error:  # the probe: nothing was created
                failures = [str(error)]
                assert "AddAPI" not in lab.writes
                told.add("before")
            else:
                assert lab.writes.count("AddAPI") == 1
                [entry] = lab.store.open_entries()
                assert set(entry.response.secrets) == {"deliverTo.key"}
                told.add("after")
        assert "No space left on device" in failures[0]
        if "AddAPI" in lab.writes:
            assert [f.rule for f in lab.plan().findings] == ["secret-not-delivered"]
        lab.converge()
        assert lab.writes.count("AddAPI") == 1
        assert lab.sinks()["key"].decode() == lab.rows("keys")[0]["key"]
    assert told == {"before", "after"}


def test_a_sink_that_keeps_failing_keeps_the_secret_sealed_until_it_works(make_lab):
    lab = _before(make_lab)
    broken = True

    def fail(name):
        if broken and name == "sink rename:before" and "AddAPI" in lab.writes:
            raise OSError(errno.EACCES, "Permission denied")

    with lab.hooked(fail):
        for _ in range(3):
            assert lab.try_apply().failures
            lab.pass_time(3600)
            assert len(lab.store.open_entries()) == 1
        broken = False
        lab.converge()
    assert lab.writes.count("AddAPI") == 1
    assert lab.sinks()["key"].decode() == lab.rows("keys")[0]["key"]
    assert lab.store.open_entries() == []


def test_what_a_crashed_run_has_delivered_is_not_delivered_again(make_lab):
    lab = _before(make_lab)
    moments = lab.film(lab.apply)
    delivered = [moment for moment in moments if moment.files]
    assert "sink rename:after" in delivered[0].name
    restarted = lab.after_crash(delivered[0])
    names = []
    with restarted.hooked(names.append):
        restarted.try_apply()
    assert [name for name in names if name.startswith("sink rename")] == []
    assert restarted.sinks() == {"key": restarted.rows("keys")[0]["key"].encode()}
    restarted.converge()


ROTATED = {"ApiKey": {"rotation": "2"}, "SmtpConfig": {"rotation": "2"}}


@pytest.mark.parametrize("readings", [{}, {"key-list": "masked"}, {"key-description": "shown"}])
def test_wherever_a_rotation_dies_a_delivered_key_works(make_lab, readings):
    lab = _before(make_lab, {"octeth": readings})
    lab.apply()
    lab.write(lab.provider("octeth"), DOMAIN, resource("ApiKey", "k", rotation="2", **KEY))
    old = lab.sinks()["key"]
    moments = lab.film(lab.apply)
    steps = [moment.name.split(" ", 1)[1] for moment in moments]
    added = steps.index("request:after AddAPI")
    delivered = steps.index("sink rename:after", added)
    assert added < delivered < steps.index("request:after DeleteAPI")
    for moment in moments:
        restarted = lab.after_crash(moment)
        assert scenarios.key_works(restarted), moment.name
        sure = {}
        with restarted.hooked(
            lambda name, r=restarted, s=sure: s.setdefault(name, scenarios.key_works(r))
        ):
            restarted.converge(runs=2, decisions=1)
        assert all(sure.values()), moment.name
        assert len(restarted.rows("keys")) == 1
        assert scenarios.key_works(restarted)
        assert restarted.sinks()["key"] != old


def test_where_only_one_key_may_exist_the_plan_says_that_there_is_a_gap_and_it_is_closed(
    make_lab,
):
    lab = _before(make_lab, {"octeth": {"key-limit": "one", "key-list": "masked"}})
    lab.apply()
    gap = "the old key is revoked before the new one exists"
    moved = {**KEY, "deliverTo": {"file": "elsewhere"}}
    lab.write(lab.provider("octeth"), DOMAIN, resource("ApiKey", "k", **moved))
    assert gap not in " ".join(change_of(lab.plan(), "octeth/ApiKey/k").notes)
    lab.write(lab.provider("octeth"), DOMAIN, resource("ApiKey", "k", rotation="2", **KEY))
    assert gap in " ".join(change_of(lab.plan(), "octeth/ApiKey/k").notes)
    for moment in lab.film(lambda: lab.apply(allow_deletes=9)):
        restarted = lab.after_crash(moment)
        restarted.converge(runs=2, decisions=1)
        assert len(restarted.rows("keys")) == 1, moment.name
        assert scenarios.key_works(restarted), moment.name


@pytest.mark.parametrize("fault", ["drop-after", "drop-before", "hang"])
@pytest.mark.parametrize("command", ["AddAPI", "DeleteAPI"])
def test_a_rotation_whose_answers_are_lost_ends_with_one_key_that_works(make_lab, command, fault):
    lab = _before(make_lab)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.write(lab.provider("octeth"), DOMAIN, resource("ApiKey", "k", rotation="2", **KEY))
    lab.faults({"body": command, "nth": 1, "fault": fault})
    works = []
    with lab.hooked(lambda name: works.append(scenarios.key_works(lab))):
        lab.converge(runs=2, decisions=1)
    assert all(works)
    assert len(lab.rows("keys")) == 1
