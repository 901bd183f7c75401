"""A run that lost the right to write while a request waited for its turn does not send it."""

import pytest

from reconciler.state.database import run as run_module
from reconciler.state.open import open_store


@pytest.fixture
def always_look(monkeypatch):
    monkeypatch.setattr(run_module, "FRESH_SECONDS", 0.0)


@pytest.fixture
def taken_over_after_an_intent(project, monkeypatch):
    """`state unlock` on another machine, between an intent and its request."""
    intend = run_module.DatabaseRun.intend
    sent = []

    async def and_then(run, intent):
        await intend(run, intent)
        if not sent:
            sent.append(intent.op_id)
            other = open_store(".reconciler/emulated/state.db", root=project)
            other.unlock()
            other.close()

    monkeypatch.setattr(run_module.DatabaseRun, "intend", and_then)
    return sent


def test_nothing_more_is_sent(project, run, always_look, taken_over_after_an_intent, monkeypatch):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    result = run("apply", "--target", "nhn/Tag/vip", "--auto-approve", "--output", "json")
    assert taken_over_after_an_intent
    assert result.code == 1
    assert result.json["error"]["code"] == "state-stale-epoch"
    live = run("plan", "--output", "json").json
    assert all(each["action"] == "create" for each in live["changes"])


def test_a_run_that_may_write_looks_and_goes_on(project, run, always_look):
    assert run("apply", "--emulate", "--auto-approve").code == 0
