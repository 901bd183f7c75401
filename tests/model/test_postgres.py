"""The same crashes with state in PostgreSQL, and connections that are cut at every trip.

The model is the one of `test_two_crashes.py`; each run starts from rows that are put into a schema,
and what a crash leaves are the rows that another connection sees. So whatever is found must be what
is found with the state in memory.
"""

from __future__ import annotations

import shutil

import pytest

from reconciler.errors import ReconcilerError
from reconciler.state.database import run as run_module
from reconciler.state.postgres import connection
from tests.support.crash_postgres import InPostgres, emergencies_in
from tests.support.crashes import VIOLATIONS, Explorer, Machine, digest, judge
from tests.support.meddling import Cutter
from tests.support.scripted import KINDS, wanted

slow = pytest.mark.slow


@pytest.fixture
def disk(postgres18, monkeypatch):
    monkeypatch.setattr(run_module, "RETRIES", (0.0, 0.0))
    monkeypatch.setattr(connection, "_LOOKS", (0.0, 0.05, 0.2, 0.5))
    folder = emergencies_in(monkeypatch)
    made = InPostgres(postgres18, folder)
    yield made
    made.close()
    shutil.rmtree(folder)


CUTS = [
    ("PlainKey", 7),
    *(pytest.param(kind, 2 if kind == "MarkedKey" else 5, marks=slow) for kind in KINDS),
]
"""Kinds, and every how manyth trip is cut."""


def all_but(*quick):
    """Mark the kinds that only the long run goes through."""
    return [kind if kind in quick else pytest.param(kind, marks=slow) for kind in KINDS]


@pytest.fixture
def compare(loop, disk, explored):
    """Explore on PostgreSQL and in memory; the same must be found, and nothing that is wrong."""

    def compared(kind, **how):
        def found(**on):
            machine = Machine(resources=[wanted(kind)], loop=loop, **on)
            return explored(Explorer(machine=machine, foreign=["none"], **how))

        there, here = found(disk=disk), found()
        assert there.violations == {}
        assert (there.scenarios, there.found) == (here.scenarios, here.found)

    return compared


@pytest.mark.parametrize("kind", all_but("PlainKey"))
def test_a_crash_at_any_effect_leaves_what_it_leaves_in_memory(kind, compare):
    compare(kind, outcomes=["lost_commit"], faulty_runs=1)


@pytest.mark.parametrize("kind", all_but())
def test_crashes_in_two_runs_lead_where_they_lead_in_memory(kind, compare):
    compare(kind, outcomes=["ok", "lost_commit", "late_out"])


@pytest.mark.parametrize("kind", all_but("Natural"))
def test_a_process_that_dies_leaves_what_others_see_at_that_moment(kind, loop, disk):
    """Its connections end with it, in the middle of whatever they were in."""
    machine = Machine(resources=[wanted(kind)], loop=loop, disk=disk)
    start = machine.begin()
    lives = machine.run(start, ["lost_commit"])
    assert "commit:after" in lives.names
    for number, (name, left) in enumerate(lives.deaths, 1):
        died = machine.run(start, ["lost_commit"], crash_at=number)
        assert died.crashed
        assert digest(died.place) == digest(left), name


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("kind", "step"), CUTS)
def test_a_connection_that_is_cut_at_any_trip_loses_and_doubles_nothing(
    kind, step, after, loop, disk
):
    """The run goes on or ends with an error; either way the next ones come to a good end."""
    machine = Machine(resources=[wanted(kind)], loop=loop, disk=disk, errors=(ReconcilerError,))
    start = machine.begin()

    def cut(nth):
        cutter = Cutter(disk.connect, nth=nth, after=after)
        disk.opens = cutter
        ran = machine.run(start, ["lost_commit"])
        disk.opens = disk.connect
        return ran, cutter.statements

    _, trips = cut(0)
    assert sum(each.endswith("COMMIT") for each in trips) >= 4
    for nth in range(1, len(trips) + 1, step):
        ran, _ = cut(nth)
        last, _ = machine.rest(ran.place.after_settling())
        assert not judge(machine, last) & set(VIOLATIONS), trips[nth - 1]
