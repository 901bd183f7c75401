"""Each rule of the journal is needed: taken out of the code, things are lost or doubled.

Every test explores some scenarios twice, as the code is and with one rule gone. Rule 7, which takes
two runs at once, has a module of its own: `test_takeover`.
"""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from msgspec.structs import replace

from reconciler.engine.applying.creating import Creation
from reconciler.engine.applying.performer import Performer
from reconciler.engine.settling import decision, decisions, unsettled
from reconciler.engine.settling.recovery import Recovery
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.errors import OutcomeUnknown, Rejected
from reconciler.model.journal import IntentStatus
from reconciler.model.owned import Provenance
from reconciler.state.database.connection import read_tally
from reconciler.state.database.memory import Image
from reconciler.state.database.rows import found
from reconciler.state.database.run import DatabaseRun
from reconciler.state.database.tables import PENDING
from reconciler.state.database.template import in_memory
from tests.support.crashes import Explorer, Machine
from tests.support.scripted import wanted


@pytest.fixture
def explore(loop):
    """Explore some scenarios of one kind; `what` are further arguments of `Explorer`."""

    def work(kind, *, lossy=None, things=1, **what):
        resources = [wanted(kind, name) for name in ("one", "two")[:things]]
        machine = Machine(resources=resources, loop=loop, lossy=lossy)
        return Explorer(machine=machine, **what).explore()

    return work


# --- rule 0: only what is listed counts as "not created" ---


@pytest.mark.parametrize("kind", ["Marked", "Plain", "PlainKey"])
def test_an_unknown_outcome_may_not_count_as_failure(kind, explore, monkeypatch):
    few = {"outcomes": ["ok", "lost_commit", "late_in"], "foreign": ["none"]}
    assert explore(kind, **few).violations == {}
    send = JournaledWriter._send

    async def careless(self, op_id, step):
        try:
            return await send(self, op_id, step)
        except OutcomeUnknown as error:
            await self.run.settle(closes={op_id: "rejected"})
            raise Rejected(error.message) from error

    monkeypatch.setattr(JournaledWriter, "_send", careless)
    found = explore(kind, **few)
    # Where two alike stop everything, the lost one is noticed, if only by chance.
    assert found.violations or found.found["duplicate left"] or found.found["needs a decision"]
    if kind == "Marked":
        assert found.violations["silent duplicate"]
        assert found.violations["silent orphan"]


# --- rule 1: no request before its intent is durable ---


def open_intents_lost(image: Image) -> Image:
    """What a disk leaves that had not really written the intents, though it said so."""
    db = in_memory(image.database)
    tally = read_tally(db)
    for row in found(db, PENDING.all):
        if row.status == IntentStatus.OPEN:
            tally.remove(db, PENDING, row.op_id)
    tally.write(db)
    content = db.serialize()
    db.close()
    return replace(image, database=content)


@pytest.mark.parametrize("kind", ["Marked", "MarkedKey"])
def test_an_intent_must_be_durable_before_its_request_leaves(kind, explore):
    few = {"outcomes": ["ok", "lost_commit"], "foreign": ["none"]}
    assert explore(kind, **few).violations == {}
    violations = explore(kind, lossy=open_intents_lost, **few).violations
    assert violations["silent duplicate"]
    assert violations["silent orphan"]


# --- rule 2: the answer, its secret sealed, is the first thing stored ---


@pytest.mark.parametrize("kind", ["MarkedKey", "PlainKey"])
def test_a_secret_must_be_stored_before_it_is_delivered(kind, explore, monkeypatch):
    few = {"outcomes": ["ok"], "foreign": ["none"]}
    assert explore(kind, **few).violations == {}
    respond = DatabaseRun.respond

    async def forgetful(self, op_id, response):
        await respond(self, op_id, replace(response, secrets={}))

    monkeypatch.setattr(DatabaseRun, "respond", forgetful)
    assert explore(kind, **few).violations == {}  # noticed as owed, and the key replaced
    monkeypatch.setattr(decisions, "_with_owed_secrets", lambda settled, _situation: settled)
    assert explore(kind, **few).violations["silently lost secret"]


# --- rule 3: what is open is settled first, and stops its address until then ---


def test_a_run_must_settle_first_what_is_open(explore, monkeypatch):
    few = {"outcomes": ["ok", "lost_commit"], "foreign": ["none"]}
    assert explore("Marked", **few).violations == {}
    monkeypatch.setattr(unsettled, "by_address", lambda _store: {})
    violations = explore("Marked", **few).violations
    assert violations["silent duplicate"]
    assert violations["silent orphan"]


def test_an_address_in_doubt_must_be_left_alone(explore, monkeypatch):
    few = {"outcomes": ["ok", "lost_commit"], "foreign": ["none", "window"]}
    assert explore("PlainKey", **few).violations == {}
    monkeypatch.setattr(unsettled, "open_questions", lambda *_all: unsettled.OpenQuestions())
    monkeypatch.setattr(Recovery, "everything", _settles_nothing(Recovery.everything))
    monkeypatch.setattr(Creation, "_settled_as_absent", _always)
    assert explore("PlainKey", **few).violations


def _settles_nothing(everything):
    async def work(self):
        return replace(await everything(self), doubts={})

    return work


async def _always(_self, _error):
    return True


# --- rule 4: absent only after the settle window, and two equal lists ---


@pytest.mark.parametrize("kind", ["Plain", "Keyed", "PlainKey"])
def test_absence_must_not_be_concluded_before_the_settle_window_is_over(kind, explore, monkeypatch):
    few = {"outcomes": ["ok", "late_in"], "foreign": ["none"]}
    before = explore(kind, **few)
    assert before.violations == {}
    assert not before.found["duplicate left"]
    attempt = Recovery._attempt

    async def hasty(self, address, entries, known, *, listings_agree):
        return await attempt(self, address, entries, known, listings_agree=True)

    monkeypatch.setattr(Recovery, "_attempt", hasty)
    # The watch (rule 5) still tells of them.
    assert explore(kind, **few).found["duplicate left"]


# --- rule 5: an address that had an unknown create is watched ---


@pytest.mark.parametrize("kind", ["Marked", "Plain", "Keyed", "PlainKey", "BlindKey"])
def test_a_late_twin_must_be_looked_out_for(kind, explore, monkeypatch):
    few = {"outcomes": ["ok", "late_out"], "foreign": ["none"]}
    assert explore(kind, **few).violations == {}
    for module in (decision, decisions):
        monkeypatch.setattr(module, "watch_of", lambda *_all: None)
    violations = explore(kind, **few).violations
    assert violations["silent orphan"]


# --- rule 6: what is only inferred is never deleted, nor called ours ---


def test_nothing_may_be_deleted_that_is_only_inferred_to_be_ours(explore, monkeypatch):
    few = {"outcomes": ["ok", "lost_nocommit"], "foreign": ["window", "between"]}
    assert explore("PlainKey", **few).violations == {}
    recover_secret = Recovery._recover_secret

    async def bold(self, decision, watch):
        return await recover_secret(self, replace(decision, proven=True), watch)

    monkeypatch.setattr(Recovery, "_recover_secret", bold)
    assert explore("PlainKey", **few).violations["deleted foreign object"]


def test_an_inferred_object_may_not_be_called_proven(explore, monkeypatch):
    few = {"outcomes": ["ok", "lost_nocommit"], "foreign": ["window", "between"]}
    assert explore("Plain", **few).violations == {}
    take = decisions.take

    def sure(decision, intent, live, _provenance, watch):
        return take(decision, intent, live, Provenance.PROVEN, watch)

    monkeypatch.setattr(decisions, "take", sure)
    assert explore("Plain", **few).violations["false ownership"]


# --- rule 8: one at a time where only a new id tells what was created ---


def test_creates_that_only_an_id_tells_apart_must_not_run_at_once(explore, monkeypatch):
    few = {
        "things": 2,
        "creates": 2,
        "faulty_runs": 1,
        "outcomes": ["lost_commit"],
        "foreign": ["none"],
    }
    assert set(explore("Plain", **few).found) == {"clean"}
    monkeypatch.setattr(Performer, "_alone", lambda _self, _change: nullcontext())
    # Two new ids at once: which is whose only a person can say.
    assert explore("Plain", **few).found["needs a decision"]
