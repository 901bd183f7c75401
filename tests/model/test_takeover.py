"""Rule 7: a run that was fenced off writes no more, wherever it was when that happened.

Run A stands still before or after any of its effects, somebody takes its lock away
(`reconciler state unlock`), run B does all of an apply, and A goes on. Nothing may be lost or
doubled silently, and the store may not take a single write of A's any more.
"""

from __future__ import annotations

import threading
from collections import deque

import pytest
from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.workspace import Workspace
from reconciler.errors import ReconcilerError, StaleEpoch, StateLocked
from reconciler.state.database.commit import Writer
from reconciler.state.database.connection import read_tally
from reconciler.state.database.memory import MemoryHome
from reconciler.state.database.store import DatabaseStore
from reconciler.state.database.template import in_memory
from tests.support.crashes import CURRENT, VIOLATIONS, Machine, Place, judge, state_text
from tests.support.scripted import (
    KINDS,
    NAME,
    OUTCOMES,
    Failpoints,
    Script,
    ScriptedHttp,
    ScriptedProvider,
    configuration_of,
    wanted,
)
from tests.support.virtual_time import VirtualLoop


class Race(Struct, kw_only=True, dict=True):
    """One state and one server that two runs work on."""

    machine: Machine
    place: Place

    def __post_init__(self):
        self.world = self.place.world.copy()
        self.db = in_memory(self.place.image.database)
        self.home = MemoryHome(self.db, self.place.image.keyring)
        self.taken_at = 0
        """The epoch of the run that took over."""

    def run(self, outcomes, stop_at=None, *, take_over=False):
        """Do one run, standing still at effect number `stop_at` while another takes over.

        Returns the failpoints passed, those after the takeover apart, and the error that ended it.
        """
        script = Script(failpoints=Failpoints(), outcomes=deque(outcomes))
        store = DatabaseStore(
            self.home, clock=lambda: 0.0, failpoints=script.failpoints, environ={}
        )
        configuration = configuration_of(self.machine.resources)
        http = ScriptedHttp(self.world, script)
        provider = ScriptedProvider(configuration.accounts[NAME], {}, http)
        workspace = Workspace(configuration=configuration, providers={NAME: provider}, store=store)
        mine = (self.world, script)
        passed_before = [0]

        def stand_still(_name):
            if len(script.failpoints.names) == stop_at:
                other = threading.Thread(
                    target=self.run, args=(["ok"],), kwargs={"take_over": True}
                )
                other.start()
                other.join()
                CURRENT.world, CURRENT.script = mine
                passed_before[0] = len(script.failpoints.names)

        script.failpoints.watch = stand_still
        CURRENT.world, CURRENT.script = mine
        if take_over:
            store.unlock()
            self.taken_at = read_tally(self.db).epoch
        loop = VirtualLoop()
        error = None
        try:
            loop.run_until_complete(self.machine._apply(workspace, self.world, script))
        except ReconcilerError as failure:
            error = failure
        finally:
            loop.close()
        if take_over:
            self.error_of_b = error
        before = passed_before[0]
        return script.failpoints.names[:before], script.failpoints.names[before:], error

    def left(self):
        return Place(image=self.home.image(), world=self.world, rows=state_text(self.home))


def race(machine, outcome, stop_at):
    made = Race(machine=machine, place=machine.begin())
    before, after, error = made.run([outcome], stop_at)
    return made, before, after, error


def points(machine, outcome):
    """The effects of a run from the moment on at which it has begun."""
    names = machine.run(machine.begin(), [outcome]).names
    return range(names.index("commit:after") + 1, len(names) + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_lost_its_lock_writes_no_more_and_nothing_is_doubled_silently(
    kind, loop, record_property
):
    machine = Machine(resources=[wanted(kind)], loop=loop)
    scenarios = 0
    for outcome in OUTCOMES:
        for stop_at in points(machine, outcome):
            made, before, after, error = race(machine, outcome, stop_at)
            name = f"{outcome}, lost the lock at {stop_at} ({before[-1] if before else ''})"
            assert made.error_of_b is None, name
            assert not [each for each in after if each == "commit:after"], name
            assert error is None or isinstance(error, StaleEpoch), name
            left = made.left().after_settling()
            last, _ = machine.rest(left)
            later = last.place.world.copy()
            later.much_later()
            last, _ = machine.rest(replace(last.place, world=later))
            assert not judge(machine, last) & set(VIOLATIONS), name
            scenarios += 1
    record_property("scenarios", scenarios)


def test_a_store_that_took_stale_writes_would_be_noticed(loop, monkeypatch):
    machine = Machine(resources=[wanted("Plain")], loop=loop)

    def stale_writes():
        accepted = 0
        for stop_at in points(machine, "ok"):
            _, _, after, _ = race(machine, "ok", stop_at)
            accepted += after.count("commit:after")
        return accepted

    assert stale_writes() == 0
    monkeypatch.setattr(Writer, "_fenced", lambda self, _fence: read_tally(self._db))
    assert stale_writes() > 0


def test_a_second_run_is_refused_at_every_moment_of_the_first(loop):
    machine = Machine(resources=[wanted("Plain")], loop=loop)
    made = Race(machine=machine, place=machine.begin())
    refused = []

    def try_it(name):
        other = DatabaseStore(made.home, clock=lambda: 0.0, environ={})
        if made.home.is_held():
            with pytest.raises(StateLocked) as raised:
                other.begin("apply")
            refused.append(str(raised.value))
            sent.append(len(made.world.things))

    sent = []
    script = Script(failpoints=Failpoints(every=True, watch=try_it))
    store = DatabaseStore(made.home, clock=lambda: 0.0, failpoints=script.failpoints, environ={})
    configuration = configuration_of(machine.resources)
    provider = ScriptedProvider(configuration.accounts[NAME], {}, ScriptedHttp(made.world, script))
    CURRENT.world, CURRENT.script = made.world, script
    workspace = Workspace(configuration=configuration, providers={NAME: provider}, store=store)
    loop.run_until_complete(machine._apply(workspace, made.world, script))
    assert len(refused) > 10
    # Only before its first commit and after its last one there is nobody to name.
    assert sum("`apply`" in text and " pid " in text for text in refused) >= len(refused) - 5
    assert len(made.world.things) == 1
