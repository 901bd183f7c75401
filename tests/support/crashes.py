"""The two-crash model: every crash point and server outcome in two runs, on the real code.

A scenario is a kind, what becomes of the first creates of run 1, where run 1 dies (or does not),
the same for run 2, and when somebody else makes an identical twin. After it the tool runs without
faults until nothing changes any more, late requests reach the server, and it runs again; then the
world is judged.

Runs are deterministic and see nothing but the durable state and the world. So scenarios that reach
equal ones are followed once from there on, and counted as many times as they are.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.applying.applier import Applier
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.settling.adoption import adopt as adopt_by_hand
from reconciler.engine.settling.by_hand import resolve_forget
from reconciler.engine.settling.recovery import Recovery
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Adopt
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.resource import Resource
from reconciler.model.result import Status
from reconciler.state.database.memory import Image, MemoryHome
from reconciler.state.database.store import DatabaseStore
from reconciler.state.database.tables import OBJECTS
from reconciler.state.database.template import in_memory, new_database
from reconciler.state.seal import Keyring
from tests.support.scripted import (
    FOREIGN,
    NAME,
    OUTCOMES,
    Crash,
    Failpoints,
    Script,
    ScriptedHttp,
    ScriptedProvider,
    ScriptedSink,
    World,
    configuration_of,
)

if TYPE_CHECKING:
    from reconciler.state.base import StateStore
    from reconciler.state.database.protocol import Connection

VIOLATIONS = (
    "silent duplicate",
    "silent orphan",
    "silently lost secret",
    "false ownership",
    "doubly owned",
    "deleted foreign object",
    "no working key",
    "stuck",
    "asked twice",
)
"""What must never be found."""

MOST_RUNS = 6
"""So many fault-free runs must be enough to come to rest."""

_OP_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_MARKER = re.compile(r"\[mp:[A-Z2-7]{10}\]")
_ID = re.compile(r"\bt(\d+)\b")
_VARYING = re.compile(r'"(?:epoch|account)":("[^"]*"|\d+),?')
_KEYRING = Keyring(bytes(32))
_HOURS = itertools.count()
"""Between two runs passes an hour: nothing is missing only because it is new."""


class Disk(Protocol):
    """Where runs keep their state, one at a time."""

    def load(self, image: Image) -> None:
        """Have what a crash has left."""

    def open(self, *, clock: Callable[[], float], failpoints: Failpoints) -> StateStore:
        """Open the state."""

    def image(self) -> Image:
        """Return a copy of all that is durable now."""

    def text(self) -> str:
        """Return what is durable now, as text."""

    def die(self) -> None:
        """Let the process that opened the state die."""


class InMemory:
    """The `Disk` of a process's memory."""

    def load(self, image: Image) -> None:
        self._home = MemoryHome(in_memory(image.database), image.keyring)
        self._home.restore(image.emergencies)

    def open(self, *, clock: Callable[[], float], failpoints: Failpoints) -> StateStore:
        return DatabaseStore(self._home, clock=clock, failpoints=failpoints, environ={})

    def image(self) -> Image:
        return self._home.image()

    def text(self) -> str:
        return state_text(self._home)

    def die(self) -> None:
        """Have nothing that ends with the process."""


class Place(Struct, frozen=True, kw_only=True):
    """All that the next run starts from."""

    image: Image
    world: World
    rows: str = ""
    """What the state holds, as text."""

    def after_settling(self) -> Place:
        """Return the place once the settle window has passed."""
        if not self.world.late_in:
            return self
        world = self.world.copy()
        world.settle_window_passes()
        return replace(self, world=world)


class Ran(Struct, frozen=True, kw_only=True):
    """What one run came to."""

    place: Place
    crashed: bool = False
    loud: frozenset[str] = frozenset()
    """What it told the user that needs attention, and not only that something failed."""
    asked: tuple[tuple[Address, str], ...] = ()
    """The addresses that need a decision, with the id to adopt where there is one."""
    quiet: bool = False
    """Nothing was changed and nothing is to be done."""
    names: tuple[str, ...] = ()
    """The failpoints passed."""
    reached_out: bool = False
    """A request reached the server, or a secret its sink."""
    deaths: tuple[tuple[str, Place], ...] = ()
    """Each failpoint passed, and what a process that had died there would have left."""


class Machine(Struct, kw_only=True):
    """Runs the tool on places; `asyncio.to_thread` has to be replaced by `inline` meanwhile."""

    resources: Sequence[Resource]
    loop: asyncio.AbstractEventLoop
    lossy: Callable[[Image], Image] | None = None
    """A mutation of the disk: what a crash leaves of what was written."""
    errors: tuple[type[Exception], ...] = ()
    """Which may end a run, as a person sees who then runs it again."""
    disk: Disk = field(default_factory=InMemory)
    now: float = 1.0
    """What recovery takes for the time, in seconds."""
    runs: int = 0
    _faultless: dict[str, tuple[Ran, str]] = field(default_factory=dict)
    """By digest of the place: a run without faults from there, and the digest of where it led."""

    def begin(self) -> Place:
        """Return an empty state and an empty server."""
        return Place(image=_empty(), world=World())

    def settled(self, resources: Sequence[Resource]) -> Place:
        """Return where other resources have been applied without a fault."""
        other = Machine(resources=resources, loop=self.loop)
        ran = other.run(self.begin())
        assert not other.run(ran.place).loud
        return ran.place

    def run(
        self,
        place: Place,
        outcomes: Sequence[str] = (),
        changes: Sequence[str] = (),
        deliveries: Sequence[str] = (),
        *,
        crash_at: int | None = None,
        window: bool = False,
        every: bool = False,
    ) -> Ran:
        """Do one run of `apply`."""
        self.runs += 1
        script = Script(
            failpoints=Failpoints(crash_at, every=every),
            outcomes=deque(outcomes),
            changes=deque(changes),
            deliveries=deque(deliveries),
            window=self.resources[0] if window else None,
        )
        world = place.world.copy()
        return self._with_store(
            place, world, script, lambda workspace: self._apply(workspace, world, script)
        )

    def rest(self, place: Place) -> tuple[Ran, bool]:
        """Run without faults until nothing changes any more; tells whether keys always worked."""
        here, working = digest(place), True
        for _ in range(MOST_RUNS):
            if here not in self._faultless:
                ran = self.run(place)
                self._faultless[here] = ran, digest(ran.place)
            ran, there = self._faultless[here]
            working = working and has_working_key(ran.place)
            if there == here:
                return ran, working
            place, here = ran.place, there
        return replace(ran, quiet=False), working

    def decide(self, place: Place, address: Address, adopt: str) -> Place:
        """Do what the printed command would: `state resolve ADDRESS --adopt ID` or `--forget`."""
        world = place.world.copy()
        if adopt:
            world.consented.add(adopt)
        else:
            world.disowned.update(
                world.things.keys() - {r.remote_id for r in owned(place).values()}
            )

        async def resolve(workspace: Workspace) -> Ran:
            with workspace.store.begin("state resolve") as run:
                if adopt:
                    await adopt_by_hand(workspace, run, address, adopt)
                else:
                    twins = workspace.kind(address).twin_check
                    await resolve_forget(workspace.store, run, address, twins=twins)
                run.finish("done", {})
            return Ran(place=place)

        return self._with_store(place, world, Script(failpoints=Failpoints()), resolve).place

    def _with_store(
        self, place: Place, world: World, script: Script, work: Callable[[Workspace], Any]
    ) -> Ran:
        failpoints = script.failpoints
        disk = self.disk
        disk.load(place.image)
        deaths: list[tuple[str, Place]] = []

        def left() -> Place:
            return Place(image=disk.image(), world=world.copy(), rows=disk.text())

        failpoints.watch = lambda name: deaths.append((name, self._on_disk(left())))
        failpoints.died = disk.die
        now = next(_HOURS) * 3600.0
        configuration = configuration_of(self.resources)
        provider = ScriptedProvider(configuration.accounts[NAME], {}, ScriptedHttp(world, script))
        CURRENT.world, CURRENT.script = world, script
        with ExitStack() as opened:
            try:
                store = disk.open(clock=lambda: now, failpoints=failpoints)
                opened.callback(store.close)
                workspace = Workspace(
                    configuration=configuration, providers={NAME: provider}, store=store
                )
                ran = self.loop.run_until_complete(work(workspace))
            except (Crash, *self.errors):
                ran = Ran(place=place)
            if failpoints.dead:
                ran = Ran(place=self._on_disk(left()), crashed=True)
            else:
                ran = replace(ran, place=left())
        return replace(
            ran,
            names=tuple(failpoints.names),
            reached_out=_reached_out(script),
            deaths=tuple(deaths),
        )

    def _on_disk(self, place: Place) -> Place:
        """Return what of all this a crash leaves."""
        if self.lossy is None:
            return place
        image = self.lossy(place.image)
        db = in_memory(image.database)
        rows = "\n".join([*rows_text(db), repr(image.emergencies)])
        db.close()
        return replace(place, image=image, rows=rows)

    async def _apply(self, workspace: Workspace, world: World, script: Script) -> Ran:
        async def sleep(_seconds: float) -> None:
            world.settle_window_passes()

        loud: set[str] = set()
        with workspace.store.begin("apply") as run:
            recovery = await Recovery(
                workspace=workspace, run=run, sleep=sleep, now=lambda: self.now
            ).everything()
            plan = await make_plan(workspace, PlanOptions(), doubts=recovery.doubts)
            world.consented |= {c.live.id for c in plan.changes if isinstance(c, Adopt)}
            report = await Applier(
                workspace=workspace, plan=plan, run=run, stop=asyncio.Event(), sleep=sleep
            ).apply()
            if report.ended_by is not None:
                raise report.ended_by
            run.finish("done", {})
        loud.update(f"blocked: {why}" for why in plan.blocked.values())
        loud.update(f.message for f in plan.findings if f.rule == "possible-duplicate")
        loud.update(d.message for d in recovery.undecided)
        loud.update(r.error for r in report.results if r.undecided)
        return Ran(
            place=Place(image=Image(database=b"", keyring=_KEYRING), world=world),
            loud=frozenset(loud),
            asked=tuple((a, _suggested(plan.blocked.get(a, ""))) for a in plan.undecided),
            quiet=not (plan.changes or _reached_out(script))
            and all(r.status is Status.DONE for r in report.results),
        )


@cache
def _empty() -> Image:
    """Return an empty state on small pages, because many copies of it will be kept."""
    small = sqlite3.connect(":memory:", isolation_level=None)
    small.execute("PRAGMA page_size=512")
    usual = new_database(key_id=_KEYRING.id, now=0.0)
    for line in usual.iterdump():
        small.execute(line)
    for pragma in ("application_id", "user_version"):
        small.execute(f"PRAGMA {pragma}={usual.execute(f'PRAGMA {pragma}').fetchone()[0]}")
    image = Image(database=small.serialize(), keyring=_KEYRING)
    usual.close()
    small.close()
    return image


def _reached_out(script: Script) -> bool:
    return any(not name.startswith("commit:") for name in script.failpoints.names)


def _suggested(text: str) -> str:
    found = re.search(r"--adopt (t\d+)", text)
    return found[1] if found else ""


class _Current:
    """Where the sinks of the run under way are."""

    world: World
    script: Script


CURRENT = _Current()


def scripted_sink(value: Any, _root: Any) -> ScriptedSink:
    """Takes the place of `sink_for`."""
    return ScriptedSink(CURRENT.world, CURRENT.script, value["file"])


async def inline(work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Take the place of `asyncio.to_thread`."""
    return work(*arguments, **more)


# --- comparing places ---------------------------------------------------------------------------


def digest(place: Place) -> str:
    """Return a text that is the same for places from which everything goes the same way."""
    text = f"{place.rows}\n{_world(place.world)}"
    text = _VARYING.sub("", text)
    names: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"<{len(names)}>")

    for varying in (_OP_ID, _MARKER, _DIGEST):
        text = varying.sub(numbered, text)
    # Only which id is lower matters, and that new ones are higher than all.
    ids = sorted({int(number) for number in _ID.findall(text)})
    ranks = {number: rank for rank, number in enumerate(ids)}
    return _ID.sub(lambda found: f"#{ranks[int(found[1])]}", text)


def state_text(home: MemoryHome) -> str:
    """Return what the state holds, as text."""
    return "\n".join([*rows_text(home.reader()), repr(home.emergencies(""))])


def rows_text(db: Connection) -> Iterator[str]:
    """Yield a line for each row that counts."""
    yield from map(
        repr,
        db.execute(
            "SELECT op_id, status, intent, response, sealed IS NOT NULL FROM pending ORDER BY opened"
        ),
    )
    yield from map(repr, db.execute("SELECT address, watch FROM watches ORDER BY 1"))
    yield from sorted(repr(row[:-1]) for row in db.execute(OBJECTS.all.statement))
    yield from map(repr, db.execute("SELECT provider FROM accounts ORDER BY 1"))


def _world(world: World) -> str:
    return repr(
        (
            world.things,
            world.late_in,
            world.late_out,
            sorted(world.sinks.items()),
            sorted(world.consented),
            sorted(world.disowned),
            world.deleted_foreign,
        )
    )


# --- judging ------------------------------------------------------------------------------------


def judge(machine: Machine, last: Ran) -> set[str]:
    """Say what is wrong with where it all ended."""
    world, found = last.place.world, set[str]()
    rows = owned(last.place)
    ours = {i for i, thing in world.things.items() if thing.ours and i not in world.disowned}
    held = [row.remote_id for row in rows.values()]
    loud = bool(last.loud)
    if len(ours) > len(machine.resources):
        found.add("duplicate left")  # no violation as long as it is told
        if not loud:
            found.add("silent duplicate")
    if ours - set(held) and not loud:
        found.add("silent orphan")
    if len(set(held)) < len(held):
        found.add("doubly owned")
    for row in rows.values():
        found |= _judge_row(world, row, loud=loud)
    if world.deleted_foreign:
        found.add("deleted foreign object")
    here = len(set(held) & world.things.keys())
    if not loud and not (last.quiet and here == len(held) == len(machine.resources)):
        found.add("stuck")
    found.add("needs a decision" if last.asked else "told" if loud else "clean")
    return found


def _judge_row(world: World, row: OwnedObject, *, loud: bool) -> set[str]:
    thing, found = world.things.get(row.remote_id), set[str]()
    if thing is None:
        return found
    proven = row.provenance is Provenance.PROVEN and row.remote_id not in world.consented
    if proven and not thing.ours:
        found.add("false ownership")
    if thing.secret and not _delivered(world, row, thing.secret) and not loud:
        found.add("silently lost secret")
    return found


def _delivered(world: World, row: OwnedObject, secret: str) -> bool:
    place = row.applied.get("deliverTo")
    return isinstance(place, dict) and world.sinks.get(str(place["file"])) == {"key": secret}


def has_working_key(place: Place) -> bool:
    """Tell whether everything that was delivered is the secret of something that still exists."""
    alive = {thing.secret for thing in place.world.things.values()}
    return all(document["key"] in alive for document in place.world.sinks.values())


def owned(place: Place) -> dict[Address, OwnedObject]:
    """Return the rows of state."""
    home = MemoryHome(in_memory(place.image.database), place.image.keyring)
    store = DatabaseStore(home, clock=lambda: 0.0, environ={})
    try:
        return store.objects()
    finally:
        store.close()


# --- exploring ----------------------------------------------------------------------------------


class Tally(Struct, kw_only=True):
    """What an exploration found."""

    scenarios: int = 0
    runs: int = 0
    found: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    """One scenario of each sort."""

    def note(self, what: str, count: int, name: str) -> None:
        """Count something that was found."""
        self.found[what] += count
        self.examples.setdefault(what, name)

    @property
    def violations(self) -> dict[str, int]:
        return {name: self.found[name] for name in VIOLATIONS if self.found[name]}


Places = dict[str, tuple[Place, int, str]]
"""By digest: a place, how many scenarios lead there, and the name of one."""


class Explorer(Struct, kw_only=True):
    """Goes through all scenarios of some resources."""

    machine: Machine
    start: Place | None = None
    """Where run 1 starts; by default from nothing."""
    outcomes: Sequence[str] = OUTCOMES
    """Of a create, in run 1 and in run 2."""
    changes: Sequence[str] = ("ok",)
    """Of an update or delete."""
    deliveries: Sequence[str] = ("ok",)
    foreign: Sequence[str] = FOREIGN
    creates: int = 1
    """How many creates of each faulty run have one of the outcomes."""
    faulty_runs: int = 2
    always_a_key: bool = False
    """Whether at no moment a delivered key may be one that was revoked."""
    tally: Tally = field(default_factory=Tally)

    def explore(self) -> Tally:
        """Run them all."""
        before = self.machine.runs
        places: Places = {}
        for foreign in self.foreign:
            for place, name in self._first(foreign):
                self._reach(places, place, 1, f"twin {foreign}; run 1: {name}")
        for number in range(2, self.faulty_runs + 1):
            reached: Places = {}
            for place, count, name in places.values():
                for after, more in self._branches(place):
                    self._reach(reached, after, count, f"{name}; run {number}: {more}")
            places = reached
        for place, count, name in places.values():
            self.tally.scenarios += count
            self._end(place, count, name)
        self.tally.runs = self.machine.runs - before
        return self.tally

    def _reach(self, places: Places, place: Place, count: int, name: str) -> None:
        if self.always_a_key and not has_working_key(place):
            self.tally.note("no working key", count, name)
        key = digest(place)
        known = places.get(key)
        places[key] = (known[0], known[1] + count, known[2]) if known else (place, count, name)

    def _first(self, foreign: str) -> Iterator[tuple[Place, str]]:
        start = self.start or self.machine.begin()
        start = replace(start, world=start.world.copy())
        twin = self.machine.resources[0] if self.machine.resources else None
        if foreign == "before":
            start.world.foreign_twin(twin)
        for place, name in self._branches(start, window=foreign == "window"):
            world = place.world.copy()
            if foreign == "between":
                world.foreign_twin(twin)
            yield replace(place, world=world), name

    def _branches(self, place: Place, *, window: bool = False) -> Iterator[tuple[Place, str]]:
        """Every outcome, and for each every crash point; the settle window passes afterwards."""
        ran: Ran | None = None
        creates = product(self.outcomes, repeat=self.creates)
        for outcomes, change, delivery in product(creates, self.changes, self.deliveries):
            if ran is None or ran.reached_out:  # else what would have been answered is all the same
                ran = self.machine.run(place, outcomes, (change,), (delivery,), window=window)
            script = "+".join((*outcomes, change, delivery))
            yield ran.place.after_settling(), f"{script}, lives"
            for number, (name, left) in enumerate(ran.deaths, 1):
                yield left.after_settling(), f"{script}, dies at {number} ({name})"

    def _end(self, place: Place, count: int, name: str) -> None:
        last = self._rest(place)
        if last.asked and last.place.world.late_out:
            self._decide(last, count, name)
        last = self._much_later(last.place)
        for what in judge(self.machine, last):
            self.tally.note(what, count, f"{name}; said: {sorted(last.loud)}")
        self._decide(last, count, name)

    def _much_later(self, place: Place) -> Ran:
        """Let late requests reach the server, and come to rest again."""
        if not place.world.late_out:
            return self._rest(place)
        later = place.world.copy()
        later.much_later()
        return self._rest(replace(place, world=later))

    def _decide(self, last: Ran, count: int, name: str) -> None:
        for address, suggested in last.asked:
            for answer in filter(None, (suggested, "forget")):
                self._decided(last.place, address, answer, count, f"{name}; {answer}")

    def _decided(self, place: Place, address: Address, answer: str, count: int, name: str) -> None:
        """Follow the printed command: nothing may be asked a second time."""
        foreign = not place.world.things[answer].ours if answer != "forget" else False
        place = self.machine.decide(place, address, "" if answer == "forget" else answer)
        last = self._much_later(self._rest(place).place)
        found = judge(self.machine, last)
        if foreign:  # somebody said that it is ours
            found.discard("deleted foreign object")
        if any(asked == address for asked, _ in last.asked):
            found.add("asked twice")
        for what in found & set(VIOLATIONS):
            self.tally.note(what, count, f"{name}; said: {sorted(last.loud)}")
        self.tally.note("decided", count, name)

    def _rest(self, place: Place) -> Ran:
        ran, working = self.machine.rest(place)
        if self.always_a_key and not working:
            self.tally.note("no working key", 1, f"at rest: {digest(ran.place)}")
        return ran
