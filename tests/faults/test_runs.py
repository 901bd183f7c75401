"""Runs that meet, are taken over, fail to write, are stopped, or work with a wrong clock."""

from __future__ import annotations

import asyncio
import sqlite3
from types import SimpleNamespace

import pytest

from reconciler.engine.applying.events import EventKind
from reconciler.errors import PlanRefused, ReconcilerError, StateError, StateLocked
from reconciler.model.result import Status
from tests.faults import scenarios
from tests.faults.lab import SETTLE
from tests.faults.subjects import SUBJECTS
from tests.support.project import actions, resource

OF_EACH_TYPE = [each for each in SUBJECTS if each.name in {"tag", "domain", "surenotify domain"}]
slow = pytest.mark.slow
each_type = pytest.mark.parametrize("subject", OF_EACH_TYPE, ids=lambda each: each.type)


def _in_turn(lab, provider_type, version=1):
    """Write manifests whose changes are carried out one after another."""
    documents = scenarios.MANIFESTS[provider_type](lab, version)
    documents[0] = lab.provider(provider_type, concurrency=1)
    lab.write(*documents)


def _wanted(lab):
    """What is live in the end, and how many effects lead there."""
    names = []
    with lab.hooked(names.append):
        lab.apply()
    return lab.objects(), [n for n in names if n.startswith(("commit:", "request:after"))]


# --- two at once ----------------------------------------------------------------------------------


def test_a_second_run_is_refused_with_the_holder_whatever_the_first_is_doing(lab):
    _in_turn(lab, "octeth")
    refused = []

    def try_too(name):
        if name.startswith(("intend", "respond", "settle", "request", "sink")):
            with pytest.raises(StateLocked, match="state unlock") as caught:
                lab.store.begin("apply")
            refused.append(str(caught.value))

    with lab.hooked(try_too):
        lab.try_apply()
    assert len(refused) > 30
    assert all("`apply`" in each and "pid" in each for each in refused)


@pytest.mark.parametrize("provider_type", ["surenotify", pytest.param("octeth", marks=slow)])
def test_a_run_that_was_fenced_off_sends_nothing_more_and_loses_no_answer(make_lab, provider_type):
    lab = make_lab()
    _in_turn(lab, provider_type)
    wanted, effects = _wanted(lab)
    for number in range(2, len(effects)):  # the first commit begins the run
        lab = make_lab()
        _in_turn(lab, provider_type)
        passed = []

        def fence(name, lab=lab, passed=passed, number=number):
            if name.startswith(("commit:", "request:after")):
                passed.append(name)
                if len(passed) == number:
                    lab.store.unlock()
                    passed += [f"sent {name}" for name in lab.writes]

        with lab.hooked(fence), pytest.raises(StateError):
            lab.try_apply()
        sent = len([name for name in passed if name.startswith("sent ")])
        on_its_way = effects[number - 1] == "commit:after"  # its intent is durable by then
        assert len(lab.writes) - sent <= on_its_way
        restarted = lab.next_process()
        restarted.converge(runs=2, decisions=1)
        assert restarted.objects() == wanted


@pytest.mark.parametrize("dies", [1, 10])
@pytest.mark.parametrize("late", [12, 29])
@each_type
def test_a_request_of_a_dead_run_that_is_executed_after_the_takeover_is_found(
    make_lab, subject, dies, late
):
    lab = subject.prepare(make_lab)
    lab.faults(subject.fault("late", seconds=late))
    restarted = lab.killed_after(dies)
    restarted.converge()
    assert len(restarted.rows(subject.table)) == subject.creates(restarted) == 1


@pytest.mark.parametrize("skew", [-86_400 * 400, 86_400])
@pytest.mark.parametrize("executed", [True, False])
@each_type
def test_a_clock_that_jumps_between_two_runs_changes_nothing(
    make_lab, world, monkeypatch, subject, executed, skew
):
    monkeypatch.setattr("reconciler.model.ids.time", SimpleNamespace(time=world.time))
    lab = subject.prepare(make_lab)
    lab.faults(subject.fault("hang", executed=executed))
    restarted = lab.killed_after(5)
    world.skew = skew
    restarted.converge()
    world.skew = 0.0
    restarted.converge()
    assert len(restarted.rows(subject.table)) == 1
    assert subject.creates(restarted) == (1 if executed else 2)


# --- writing fails, and stopping ------------------------------------------------------------------


@pytest.mark.parametrize(
    "lasting",
    [pytest.param(False, marks=slow, id="once"), pytest.param(True, id="from-then-on")],
)
def test_whichever_write_of_the_state_fails_nothing_is_sent_unrecorded_or_lost(make_lab, lasting):
    lab = make_lab()
    _in_turn(lab, "octeth")
    wanted, effects = _wanted(lab)
    for number in range(1, effects.count("commit:before") + 1):
        lab = make_lab()
        _in_turn(lab, "octeth")
        count = 0

        def fail(name, number=number):
            nonlocal count
            if name == "commit:before":
                count += 1
                if count == number or (lasting and count > number):
                    error = sqlite3.OperationalError("database or disk is full")
                    error.sqlite_errorcode = sqlite3.SQLITE_FULL
                    raise error

        with lab.hooked(fail):
            try:
                lab.try_apply()
            except ReconcilerError as error:
                assert error.hint  # noqa: PT017 -- it may also only be reported
        restarted = lab.next_process()
        assert len(lab.writes) <= len(restarted.store.journal(99))
        restarted.converge(runs=2, decisions=1)
        assert restarted.objects() == wanted
        assert scenarios.delivered(restarted)


@pytest.mark.parametrize("provider_type", scenarios.TYPES)
def test_a_stop_at_any_request_finishes_what_it_is_at_and_the_next_run_does_the_rest(
    make_lab, provider_type
):
    lab = make_lab()
    _in_turn(lab, provider_type)
    wanted, effects = _wanted(lab)
    for number in range(1, len([each for each in effects if each.startswith("request")])):
        lab = make_lab()
        _in_turn(lab, provider_type)
        stop, before, passed = asyncio.Event(), lab.elapsed, []

        def halt(name, passed=passed, stop=stop, number=number):
            if name.startswith("request:after"):
                passed.append(name)
                if len(passed) == number:
                    stop.set()

        with lab.hooked(halt):
            applied = lab.try_apply(stop=stop)
        assert lab.elapsed - before <= 7
        statuses = [result.status for result in applied.report.results]
        assert set(statuses) <= {Status.DONE, Status.SKIPPED}
        assert lab.store.open_entries() == []
        lab.converge()
        assert lab.objects() == wanted
        assert len(lab.writes) <= len(effects)


@pytest.mark.parametrize("executed", [True, False])
@each_type
def test_a_stop_waits_five_seconds_for_a_request_that_hangs_and_leaves_it_in_the_journal(
    make_lab, subject, executed
):
    lab = subject.prepare(make_lab)
    lab.faults(subject.fault("hang", executed=executed))
    stop, before = asyncio.Event(), lab.elapsed

    def halt(event):
        if event.kind is EventKind.STARTED:
            stop.set()

    applied = lab.try_apply(stop=stop, listener=halt)
    assert 5 <= lab.elapsed - before <= 7
    assert [each.status for each in applied.report.results] == [Status.UNKNOWN]
    assert len(lab.store.open_entries()) == 1
    lab.faults()
    lab.converge()
    assert len(lab.rows(subject.table)) == 1
    assert subject.creates(lab) == (1 if executed else 2)


# --- plans and accounts ---------------------------------------------------------------------------


def test_an_apply_goes_by_what_is_live_then_and_not_when_somebody_last_looked(lab):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"), resource("Tag", "beta"))
    lab.apply()
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
    assert actions(lab.plan()) == {"nhn/Tag/beta": "delete"}
    lab.call("nhn", "PUT", "/tags/<Tag/vip>", json={"tagName": "by hand"})
    lab.call("nhn", "DELETE", "/tags/<Tag/beta>")
    lab.pass_time(2 * SETTLE)
    assert actions(lab.try_apply().plan) == {"nhn/Tag/vip": "update"}
    lab.converge()


@pytest.mark.parametrize("what", ["update", "delete"])
def test_what_is_deleted_by_hand_after_the_plan_was_made_is_noticed(lab, what):
    tag = resource("Tag", "vip")
    lab.write(lab.provider("nhncloud-sms"), tag)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    if what == "update":
        tag["spec"]["displayName"] = "VIP"
        lab.write(lab.provider("nhncloud-sms"), tag)
    else:
        lab.write(lab.provider("nhncloud-sms"))

    def delete(event):
        if event.kind is EventKind.STARTED:
            lab.app.state.store.table("nhncloud-sms/emulated-nhn-appKey/tags").clear()

    applied = lab.try_apply(listener=delete)
    assert actions(applied.plan) == {"nhn/Tag/vip": what}
    assert bool(applied.failures) is (what == "update")
    lab.converge()
    assert [row["tagName"] for row in lab.rows("tags")] == (["VIP"] if what == "update" else [])


@pytest.mark.parametrize("provider_type", scenarios.TYPES)
def test_applying_twice_writes_once(lab, provider_type):
    scenarios.write(lab, provider_type)
    lab.apply()
    sent = len(lab.writes)
    assert lab.apply().report.results == ()
    assert len(lab.writes) == sent


VARIABLES = {
    "engagelab-sms": ("ENGAGELAB_DEV_KEY", "ENGAGELAB_DEV_SECRET"),
    "nhncloud-sms": ("NHN_APP_KEY",),
    "octeth": ("OCTETH_API_KEY",),
    "surenotify": ("SURENOTIFY_API_KEY",),
}


@pytest.mark.parametrize("provider_type", scenarios.TYPES)
def test_credentials_of_another_account_are_refused_before_anything_is_sent(lab, provider_type):
    lab.environ = dict.fromkeys(VARIABLES[provider_type], "the-right-one")
    scenarios.write(lab, provider_type)
    lab.apply()
    lab.environ = dict.fromkeys(VARIABLES[provider_type], "somebody-elses")
    lab.requests.clear()
    for attempt in (lab.plan, lab.try_apply, lab.drift, lab.destroy):
        with pytest.raises(PlanRefused, match="another account"):
            attempt()
    assert lab.requests == []
    lab.environ = dict.fromkeys(VARIABLES[provider_type], "the-right-one")
    lab.converge()
