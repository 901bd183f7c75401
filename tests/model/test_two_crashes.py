"""Nothing is lost and nothing doubled silently, whatever two runs in a row meet with.

Every kind of thing x what becomes of the create in run 1 x where run 1 dies x the same for run 2 x
somebody else's twin. `tests/support/crashes.py` explains; a failing test prints one scenario of
each sort that it found.
"""

from __future__ import annotations

import pytest

from tests.support.crashes import Explorer, Machine, digest
from tests.support.scripted import (
    CHANGE_OUTCOMES,
    DELIVERY_OUTCOMES,
    FOREIGN,
    KINDS,
    wanted,
)

FEW = ["ok", "lost_nocommit", "lost_commit", "late_out"]
"""Outcomes for tests in which a run has two of them."""
KEYS = [name for name, kind in KINDS.items() if kind.sinks]
SCENARIOS = {
    "Natural": 17_233,
    "Marked": 23_572,
    "Plain": 15_163,
    "Keyed": 16_054,
    "MarkedKey": 46_224,
    "PlainKey": 14_647,
    "BlindKey": 15_244,
    "ReadableKey": 17_175,
}
"""How many there are of each kind, with a twin at each of four moments or none."""


def test_there_are_enough_scenarios():
    assert sum(SCENARIOS.values()) > 160_000


@pytest.mark.parametrize("kind", KINDS)
def test_creating_one_thing(kind, loop, explored):
    machine = Machine(resources=[wanted(kind)], loop=loop)
    tally = explored(Explorer(machine=machine))
    assert tally.violations == {}
    # More effects make more scenarios; much fewer mean that something is not explored any more.
    assert tally.scenarios > 0.8 * SCENARIOS[kind]
    if kind in {"Natural", "Marked"}:  # these never need a person
        assert not tally.found["needs a decision"]


@pytest.mark.parametrize("kind", KINDS)
def test_creating_again_what_somebody_deleted(kind, loop, explored):
    machine = Machine(resources=[wanted(kind)], loop=loop)
    start = machine.settled(machine.resources)
    start.world.things.clear()
    explorer = Explorer(machine=machine, start=start, foreign=["none", "window"], faulty_runs=1)
    assert explored(explorer).violations == {}


@pytest.mark.parametrize("kind", KEYS)
def test_rotating_a_key_leaves_one_that_works_at_every_moment(kind, loop, explored):
    machine = Machine(resources=[wanted(kind, rotation="2")], loop=loop)
    start = machine.settled([wanted(kind, rotation="1")])
    explorer = Explorer(
        machine=machine,
        start=start,
        changes=CHANGE_OUTCOMES,
        foreign=["none", "window"],
        faulty_runs=1,
        always_a_key=True,
    )
    assert explored(explorer).violations == {}


@pytest.mark.parametrize("kind", KEYS)
def test_delivering_a_secret_to_a_sink_that_fails(kind, loop, explored):
    explorer = Explorer(
        machine=Machine(resources=[wanted(kind)], loop=loop),
        outcomes=["ok", "lost_commit", "late_out"],
        deliveries=DELIVERY_OUTCOMES,
        foreign=["none"],
    )
    assert explored(explorer).violations == {}


@pytest.mark.parametrize("kind", KINDS)
def test_changing_a_field(kind, loop, explored):
    machine = Machine(resources=[wanted(kind, note="another")], loop=loop)
    explorer = Explorer(
        machine=machine,
        start=machine.settled([wanted(kind)]),
        changes=CHANGE_OUTCOMES,
        foreign=["none"],
        faulty_runs=1,
    )
    assert explored(explorer).violations == {}


@pytest.mark.parametrize("kind", KINDS)
def test_deleting_what_no_manifest_wants_any_more(kind, loop, explored):
    machine = Machine(resources=[], loop=loop)
    start = machine.settled([wanted(kind)])
    explorer = Explorer(
        machine=machine,
        start=start,
        outcomes=["ok"],
        changes=CHANGE_OUTCOMES,
        foreign=["none"],
    )
    tally = explored(explorer)
    assert tally.violations == {}
    assert set(tally.found) == {"clean"}


@pytest.mark.parametrize("kind", KINDS)
def test_creating_two_things_at_once(kind, loop, explored):
    resources = [wanted(kind, "one"), wanted(kind, "two")]
    explorer = Explorer(
        machine=Machine(resources=resources, loop=loop),
        outcomes=FEW,
        foreign=["none"],
        creates=2,
        faulty_runs=1,
    )
    assert explored(explorer).violations == {}


@pytest.mark.parametrize("kind", KINDS)
def test_creating_one_thing_with_two_lost_answers_in_one_run(kind, loop, explored):
    explorer = Explorer(
        machine=Machine(resources=[wanted(kind)], loop=loop),
        outcomes=FEW,
        foreign=["none", "window", "between"],
        creates=2,
        faulty_runs=1,
    )
    assert explored(explorer).violations == {}


# --- that the model itself is right ---


@pytest.mark.parametrize("kind", ["Natural", "PlainKey", "MarkedKey"])
def test_dying_leaves_what_the_model_takes_it_to_leave(kind, loop):
    """The model takes a copy at each effect instead of dying there; here the process really dies.

    Between two effects, where it is not counted, dying leaves the same as after the first.
    """
    machine = Machine(resources=[wanted(kind)], loop=loop)
    start = machine.begin()
    for outcome in ("ok", "lost_nocommit", "lost_commit", "late_in"):
        deaths = machine.run(start, [outcome]).deaths
        expected = [digest(left.after_settling()) for _, left in deaths]
        points = len(machine.run(start, [outcome], every=True).names)
        died = [
            machine.run(start, [outcome], crash_at=number, every=True)
            for number in range(1, points + 1)
        ]
        assert all(ran.crashed for ran in died)
        left = [digest(ran.place.after_settling()) for ran in died]
        assert list(dict.fromkeys(left)) == list(dict.fromkeys(expected))


def test_a_run_without_faults_makes_one_thing_and_the_next_does_nothing(loop):
    for kind in KINDS:
        machine = Machine(resources=[wanted(kind)], loop=loop)
        first = machine.run(machine.begin())
        second = machine.run(first.place)  # may add to the row what only a list shows
        third = machine.run(second.place)
        assert len(first.place.world.things) == 1
        assert second.quiet
        assert third.quiet
        assert digest(third.place) == digest(second.place)


def test_a_foreign_twin_is_made_at_the_moment_that_is_named(loop):
    machine = Machine(resources=[wanted("Plain")], loop=loop)
    made = {}
    for foreign in FOREIGN:
        explorer = Explorer(machine=machine, foreign=[foreign], outcomes=["ok"])
        place, name = next(explorer._first(foreign))
        assert name == "ok+ok+ok, lives"
        made[foreign] = sorted(thing.ours for thing in place.world.things.values())
    assert made == {
        "none": [True],
        "before": [False],
        "window": [False, True],
        "between": [False, True],
    }


def test_places_that_differ_in_numbers_alone_are_equal(loop):
    machine = Machine(resources=[wanted("PlainKey")], loop=loop)
    place = machine.run(machine.begin()).place
    other = machine.begin()
    other.world.made = 7
    other = machine.run(other).place
    assert other.world.things.keys() != place.world.things.keys()
    assert digest(place) == digest(other)
    place.world.things.clear()
    assert digest(place) != digest(other)
