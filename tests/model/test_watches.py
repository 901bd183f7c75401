"""How long, and for what, an address is watched after a create whose answer was lost (rule 5)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.engine.settling.recovery import WATCH_SECONDS
from reconciler.model.journal import ANY_ID
from reconciler.state.database.memory import MemoryHome
from reconciler.state.database.store import DatabaseStore
from reconciler.state.database.template import in_memory
from tests.support.crashes import Machine
from tests.support.scripted import wanted

KINDS = ["Plain", "Keyed", "PlainKey", "BlindKey"]
"""Those whose late twin is told of; one that carries our marker is deleted."""


@pytest.fixture(params=KINDS)
def machine(request, loop):
    return Machine(resources=[wanted(request.param)], loop=loop)


def watches(place):
    home = MemoryHome(in_memory(place.image.database), place.image.keyring)
    store = DatabaseStore(home, clock=lambda: 0.0, environ={})
    try:
        return store.watches()
    finally:
        store.close()


def much_later(place):
    """The request that was lost is carried out after all."""
    world = place.world.copy()
    world.much_later()
    return replace(place, world=world)


def twin_told_of(ran):
    return any("possible duplicate" in text for text in ran.loud)


def test_a_watch_ends_after_seven_days_without_a_twin(machine):
    place = machine.run(machine.begin(), ["late_out"]).place
    for day in range(7):
        machine.now = 1.0 + day * 86_400
        place = machine.run(place).place
        assert watches(place)
    machine.now = 1.0 + WATCH_SECONDS + 86_400
    place = machine.run(place).place
    assert not watches(place)


@pytest.mark.parametrize("day", [0, 1, 6])
def test_a_twin_that_comes_within_seven_days_is_told_of_by_every_run(machine, day):
    place = machine.run(machine.begin(), ["late_out"]).place
    place = machine.run(place).place
    machine.now += day * 86_400
    place = much_later(machine.run(place).place)
    for _ in range(3):
        machine.now += 86_400 * 30
        ran = machine.run(place)
        assert twin_told_of(ran)
        place = ran.place


def test_what_is_said_to_be_none_is_not_told_of_again_but_a_later_one_is(machine):
    [resource] = machine.resources
    place = machine.run(machine.begin(), ["late_out"]).place
    place = machine.run(much_later(place)).place
    assert twin_told_of(machine.run(place))
    place = machine.decide(place, resource.address, "")
    assert watches(place)[0].pre_ids == (ANY_ID,)
    ran = machine.run(place)
    assert not twin_told_of(ran)
    assert ANY_ID not in watches(ran.place)[0].pre_ids
    world = ran.place.world.copy()
    world.foreign_twin(resource)
    assert twin_told_of(machine.run(replace(ran.place, world=world)))


@pytest.mark.parametrize("kind", ["Marked", "MarkedKey"])
def test_a_late_twin_with_our_marker_is_deleted_and_nothing_else(kind, loop):
    machine = Machine(resources=[wanted(kind)], loop=loop)
    place = machine.run(machine.begin(), ["late_out"]).place
    world = much_later(place).world
    world.foreign_twin(machine.resources[0])
    assert sorted(thing.ours for thing in world.things.values()) == [False, True, True]
    ran = machine.run(replace(place, world=world))
    assert sorted(thing.ours for thing in ran.place.world.things.values()) == [False, True]
    assert not ran.place.world.deleted_foreign
