"""Too many requests, in every form that is documented or known: wait, and go on as if nothing was."""

from __future__ import annotations

import pytest

from tests.faults.subjects import SUBJECTS
from tests.support.project import resource

WITH_A_NUMBER = ("header", "text", "please", "errors")
ENVELOPE = "envelope"
"""HTTP 200 with `Errors[].Code` 429: what Octeth documents, and nobody else."""
WITHOUT = ("bare", "placeholder")
ABSURD = "Too many requests. Wait for 99999 seconds for another 5 attempts."
OF_EACH_TYPE = [each for each in SUBJECTS if each.name in {"tag", "domain", "surenotify domain"}]

each_type = pytest.mark.parametrize("subject", OF_EACH_TYPE, ids=lambda each: each.type)


def _one_intent(lab, subject):
    entries = [each for each in lab.store.journal() if each.intent.step == "create"]
    assert [each.outcome for each in entries] == ["done"]
    assert len(lab.rows(subject.table)) == 1


@pytest.mark.parametrize(
    ("subject", "form"),
    [
        pytest.param(subject, form, id=f"{subject.type}-{form}")
        for subject in OF_EACH_TYPE
        for form in (*WITH_A_NUMBER, *[ENVELOPE] * (subject.type == "octeth"))
    ],
)
def test_a_create_waits_exactly_as_long_as_it_was_told_to_and_is_the_same_operation(
    make_lab, subject, form
):
    lab = subject.prepare(make_lab)
    lab.faults(
        {**subject.create, "nth": [1, 2], "fault": "rate-limit", "form": form, "seconds": 12}
    )
    before = lab.elapsed
    lab.apply()
    # A request may be let go up to a quarter of a second's allowance later: the pace goes on.
    assert lab.elapsed - before == pytest.approx(24.0, abs=0.001)
    assert subject.creates(lab) == 3
    assert lab.sleeps == []
    _one_intent(lab, subject)


@pytest.mark.parametrize("form", WITHOUT)
@pytest.mark.parametrize("text", [None, ABSURD])
@each_type
def test_without_a_number_that_can_be_meant_the_wait_is_a_capped_backoff(
    make_lab, subject, form, text
):
    lab = subject.prepare(make_lab)
    more = {"text": text} if text else {}
    lab.faults({**subject.create, "times": 4, "fault": "rate-limit", "form": form, **more})
    before = lab.elapsed
    lab.apply()
    assert 0.5 + 1 + 2 + 4 <= lab.elapsed - before <= 4 * 20
    assert subject.creates(lab) == 5
    _one_intent(lab, subject)


@each_type
def test_a_limit_that_does_not_end_is_a_refusal_that_the_next_run_gets_over(make_lab, subject):
    lab = subject.prepare(make_lab)
    lab.faults({**subject.create, "fault": "rate-limit", "form": "text", "seconds": 12})
    before = lab.elapsed
    failures = lab.try_apply().failures
    assert len(failures) == 1
    assert "limits.requestsPerSecond" in failures[0]
    assert lab.elapsed - before == pytest.approx(9 * 12, abs=0.001)
    assert lab.store.open_entries() == []
    lab.faults()
    lab.converge()
    assert len(lab.rows(subject.table)) == 1


@pytest.mark.parametrize("form", WITH_A_NUMBER)
def test_a_list_that_is_limited_is_read_after_the_wait(lab, form):
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "vip"))
    lab.apply()
    lab.faults({"method": "GET", "path": "/tags$", "nth": 1, "fault": "rate-limit", "form": form})
    before = lab.elapsed
    plan = lab.plan()
    assert plan.changes == ()
    assert dict(plan.blocked) == {}
    assert lab.elapsed - before == pytest.approx(12.0, abs=0.001)


def test_what_else_was_to_be_sent_waits_too(lab):
    lab.write(lab.provider("nhncloud-sms"), *(resource("Tag", f"t{n}") for n in range(30)))
    lab.faults({"method": "POST", "nth": 1, "fault": "rate-limit", "seconds": 12})
    before = lab.elapsed
    lab.apply()
    assert 12 <= lab.elapsed - before < 12.5
    assert sum(log.method == "POST" for log in lab.requests) == 31
    assert len(lab.rows("tags")) == 30
