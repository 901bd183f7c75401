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
import re
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.engine.applier import Applier
from reconciler.engine.planner import PlanOptions, make_plan
from reconciler.engine.recovery import Recovery
from reconciler.engine.state_edits import resolve_adopt, resolve_forget
from reconciler.engine.workspace import Workspace
from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.owned import Provenance
from reconciler.model.resource import Resource
from reconciler.model.result import Status
from reconciler.state.home import Held
from reconciler.state.memory import Image, MemoryHome
from reconciler.state.seal import Keyring
from reconciler.state.sqlite import SqliteStore
from reconciler.state.template import in_memory, new_database
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

VIOLATIONS = (
    "silent duplicate",
    "silent orphan",
    "silently lost secret",
    "false ownership",
    "doubly owned",
    "deleted foreign object",
    "stuck",
)
"""What must never be found."""

MOST_RUNS = 6
"""So many fault-free runs must be enough to come to rest."""

_OP_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MARKER = re.compile(r"\[mp:[A-Z2-7]{10}\]")
_VARYING = re.compile(r'"(?:epoch|request_digest|account)":("[^"]*"|\d+),?')
_KEYRING = Keyring(bytes(32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """All that the next run starts from."""

    image: Image
    world: World


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one run came to."""

    place: Place
    effects: int
    """Failpoints passed."""
    crashed: bool
    loud: frozenset[str] = frozenset()
    """What it told the user that needs attention, and not only that something failed."""
    asked: tuple[tuple[Address, str], ...] = ()
    """The addresses that need a decision, with the id to adopt where there is one."""
    consented: frozenset[str] = frozenset()
    """Ids that the approved plan said it would take over."""
    quiet: bool = False
    """Nothing was changed and nothing is to be done."""
    names: tuple[str, ...] = ()
    """The failpoints passed."""


@dataclass(slots=True, kw_only=True)
class Machine:
    """Runs the tool on places; `asyncio.to_thread` has to be replaced by `inline` meanwhile."""

    resources: Sequence[Resource]
    loop: asyncio.AbstractEventLoop
    lossy: Callable[[SqliteStore], None] | None = None
    """A mutation of the disk: what a crash does to the database besides."""
    runs: int = 0

    def begin(self) -> Place:
        """Return an empty state and an empty server."""
        db = new_database(key_id=_KEYRING.id, now=0.0)
        image = Image(database=db.serialize(), keyring=_KEYRING)
        db.close()
        return Place(image=image, world=World())

    def run(
        self,
        place: Place,
        outcomes: Sequence[str] = (),
        *,
        crash_at: int | None = None,
        window: bool = False,
    ) -> Ran:
        """Do one run of `apply`."""
        self.runs += 1
        failpoints = Failpoints(crash_at)
        script = Script(
            failpoints=failpoints,
            outcomes=deque(outcomes),
            window=self.resources[0] if window else None,
        )
        world = place.world.copy()
        return self._with_store(
            place, world, script, lambda workspace: self._apply(workspace, world, failpoints)
        )

    def decide(self, place: Place, address: Address, adopt: str) -> Ran:
        """Do what the printed command would: `state resolve ADDRESS --adopt ID` or `--forget`."""
        world = place.world.copy()

        async def resolve(workspace: Workspace) -> Ran:
            with workspace.store.begin("state resolve") as run:
                if adopt:
                    kind = workspace.kind(address)
                    await resolve_adopt(workspace.store, run, address, adopt, kind)
                else:
                    await resolve_forget(workspace.store, run, address)
                run.finish("done", {})
            return Ran(place=place, effects=0, crashed=False)

        return self._with_store(place, world, Script(failpoints=Failpoints()), resolve)

    def _with_store(
        self, place: Place, world: World, script: Script, work: Callable[[Workspace], Any]
    ) -> Ran:
        failpoints = script.failpoints
        home = MemoryHome(in_memory(place.image.database), place.image.keyring)
        home.restore(place.image.emergencies)
        store = SqliteStore(home, clock=lambda: 0.0, failpoints=failpoints, environ={})
        configuration = configuration_of(self.resources)
        provider = ScriptedProvider(
            configuration.accounts[NAME], {}, ScriptedHttp(world, script)
        )
        workspace = Workspace(
            configuration=configuration, providers={NAME: provider}, store=store
        )
        CURRENT.world, CURRENT.failpoints = world, failpoints
        try:
            ran = self.loop.run_until_complete(work(workspace))
        except Crash:
            ran = Ran(place=place, effects=failpoints.count, crashed=True)
        if failpoints.dead:
            if self.lossy is not None:
                self.lossy(store)
            ran = Ran(place=place, effects=failpoints.count, crashed=True)
        left = Place(image=home.image(), world=world)
        store.close()
        return replace(
            ran, place=left, effects=failpoints.count, names=tuple(failpoints.names)
        )

    async def _apply(self, workspace: Workspace, world: World, failpoints: Failpoints) -> Ran:
        async def sleep(_seconds: float) -> None:
            world.settle_window_passes()

        loud: set[str] = set()
        with workspace.store.begin("apply") as run:
            recovery = await Recovery(
                workspace=workspace, run=run, sleep=sleep, now=lambda: 1.0
            ).everything()
            plan = await make_plan(workspace, PlanOptions())
            report = await Applier(
                workspace=workspace, plan=plan, run=run, stop=asyncio.Event(), sleep=sleep
            ).apply()
            run.finish("done", {})
        loud.update(f"blocked: {why}" for why in plan.blocked.values())
        loud.update(f.message for f in plan.findings if f.rule == "possible-duplicate")
        loud.update(d.message for d in recovery.undecided)
        loud.update(r.error for r in report.results if r.undecided)
        sent = [n for n in failpoints.names if n.startswith(("send", "deliver"))]
        return Ran(
            place=Place(image=Image(database=b"", keyring=_KEYRING), world=world),
            effects=failpoints.count,
            crashed=False,
            loud=frozenset(loud),
            asked=tuple((a, _suggested(plan.blocked.get(a, ""))) for a in plan.undecided),
            consented=frozenset(
                c.live.id for c in plan.changes if c.action is Action.ADOPT and c.live
            ),
            quiet=not plan.changes
            and not sent
            and all(r.status is Status.DONE for r in report.results),
        )


def _suggested(text: str) -> str:
    found = re.search(r"--adopt (\d+)", text)
    return found[1] if found else ""


class _Current:
    """Where the sinks of the run under way are."""

    world: World
    failpoints: Failpoints


CURRENT = _Current()


def scripted_sink(value: Any, _root: Any) -> ScriptedSink:
    """Takes the place of `sink_for`."""
    return ScriptedSink(CURRENT.world, CURRENT.failpoints, value["file"])


async def inline(work: Callable[..., Any], *arguments: Any) -> Any:
    """Take the place of `asyncio.to_thread`."""
    return work(*arguments)


# --- comparing places ---------------------------------------------------------------------------


def digest(place: Place) -> str:
    """Return a text that is the same for places from which everything goes the same way."""
    db = in_memory(place.image.database)
    try:
        text = "\n".join([*_rows(db), repr(place.image.emergencies), _world(place.world)])
    finally:
        db.close()
    names: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"<{len(names)}>")

    return _MARKER.sub(numbered, _OP_ID.sub(numbered, _VARYING.sub("", text)))


def _rows(db: sqlite3.Connection) -> Iterator[str]:
    yield from map(
        repr,
        db.execute(
            "SELECT op_id, status, intent, response, sealed IS NOT NULL FROM pending ORDER BY opened"
        ),
    )
    yield from map(repr, db.execute("SELECT address, watch FROM watches ORDER BY 1"))
    yield from map(
        repr,
        db.execute("SELECT address, remote_id, key, applied, extra, facts FROM objects ORDER BY 1"),
    )
    yield from map(repr, db.execute("SELECT provider FROM accounts ORDER BY 1"))


def _world(world: World) -> str:
    return repr(
        (
            world.things,
            world.made,
            world.late_in,
            world.late_out,
            sorted(world.sinks.items()),
            world.deleted_foreign,
        )
    )


# --- judging ------------------------------------------------------------------------------------


def judge(machine: Machine, last: Ran, consented: frozenset[str]) -> set[str]:
    """Say what is wrong with where it all ended."""
    world, found = last.place.world, set[str]()
    rows = _owned(last.place)
    ours = {identifier for identifier, thing in world.things.items() if thing.ours}
    held = [row.remote_id for row in rows.values()]
    loud = bool(last.loud)
    if len(ours) > len(machine.resources) and not loud:
        found.add("silent duplicate")
    if ours - set(held) and not loud:
        found.add("silent orphan")
    if len(set(held)) < len(held):
        found.add("doubly owned")
    for row in rows.values():
        thing = world.things.get(row.remote_id)
        if thing is None:
            continue
        proven = row.provenance is Provenance.PROVEN and row.remote_id not in consented
        if proven and not thing.ours:
            found.add("false ownership")
        place = row.applied.get("deliverTo")
        delivered = world.sinks.get(place["file"], {}) if isinstance(place, dict) else {}
        if thing.secret and delivered.get("key") != thing.secret and not loud:
            found.add("silently lost secret")
    if world.deleted_foreign:
        found.add("deleted foreign object")
    if not loud and not _converged(machine, last, set(held)):
        found.add("stuck")
    if len(ours) > len(machine.resources):
        found.add("duplicate left")  # not a violation as long as it is told
    found.add("needs a decision" if last.asked else "told" if loud else "clean")
    return found


def _converged(machine: Machine, last: Ran, held: set[str]) -> bool:
    return last.quiet and len(held & last.place.world.things.keys()) == len(machine.resources)


def _owned(place: Place) -> dict[Address, Any]:
    home = MemoryHome(in_memory(place.image.database), place.image.keyring)
    store = SqliteStore(home, clock=lambda: 0.0, environ={})
    try:
        return store.objects()
    finally:
        store.close()


# --- exploring ----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Tally:
    """What an exploration found."""

    scenarios: int = 0
    runs: int = 0
    found: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    """One scenario of each sort."""

    @property
    def violations(self) -> dict[str, int]:
        return {name: self.found[name] for name in VIOLATIONS if self.found[name]}


@dataclass(slots=True, kw_only=True)
class Explorer:
    """Goes through all scenarios of some resources."""

    machine: Machine
    outcomes: Sequence[str] = OUTCOMES
    foreign: Sequence[str] = FOREIGN
    creates: int = 1
    """How many creates of run 1 and of run 2 have a scripted outcome."""
    second: bool = True
    """Whether run 2 has faults too."""
    tally: Tally = field(default_factory=Tally)
    _ends: dict[str, set[str]] = field(default_factory=dict)

    def explore(self) -> Tally:
        """Run them all."""
        before = self.machine.runs
        places: dict[str, tuple[Place, int, str]] = {}
        for foreign in self.foreign:
            for place, name in self._first(foreign):
                self._note(places, place, 1, f"twin {foreign}; run 1: {name}")
        ends: dict[str, tuple[Place, int, str]] = {}
        for place, count, name in places.values():
            if not self.second:
                self._note(ends, place, count, name)
                continue
            for after, more in self._branches(place, window=False):
                self._note(ends, after, count, f"{name}; run 2: {more}")
        for place, count, name in ends.values():
            self._end(place, count, name)
        self.tally.runs = self.machine.runs - before
        return self.tally

    @staticmethod
    def _note(
        places: dict[str, tuple[Place, int, str]], place: Place, count: int, name: str
    ) -> None:
        key = digest(place)
        known = places.get(key)
        places[key] = (place, count, name) if known is None else (known[0], known[1] + count, known[2])

    def _first(self, foreign: str) -> Iterator[tuple[Place, str]]:
        start = self.machine.begin()
        if foreign == "before":
            start.world.foreign_twin(self.machine.resources[0])
        for place, name in self._branches(start, window=foreign == "window"):
            if foreign == "between":
                place.world.foreign_twin(self.machine.resources[0])
            yield place, name

    def _branches(self, place: Place, *, window: bool) -> Iterator[tuple[Place, str]]:
        """Every outcome, and for each every crash point; the settle window passes afterwards."""
        for outcomes in self._scripts():
            crash_at: int | None = None
            while True:
                ran = self.machine.run(place, outcomes, crash_at=crash_at, window=window)
                if crash_at is not None and not ran.crashed:
                    break
                ran.place.world.settle_window_passes()
                died = f"dies at {crash_at} ({ran.names[-1]})" if ran.crashed else "lives"
                yield ran.place, f"{'+'.join(outcomes)}, {died}"
                crash_at = 1 if crash_at is None else crash_at + 1

    def _scripts(self) -> Iterator[tuple[str, ...]]:
        scripts: list[tuple[str, ...]] = [()]
        for _ in range(self.creates):
            scripts = [(*script, outcome) for script in scripts for outcome in self.outcomes]
        yield from scripts

    def _end(self, place: Place, count: int, name: str) -> None:
        self.tally.scenarios += count
        last, consented = self._rest(place)
        later = last.place.world.copy()
        later.much_later()
        last, more = self._rest(replace(last.place, world=later))
        for what in judge(self.machine, last, consented | more):
            self.tally.found[what] += count
            self.tally.examples.setdefault(what, f"{name}\n    said: {sorted(last.loud)}")

    def _rest(self, place: Place) -> tuple[Ran, frozenset[str]]:
        """Run without faults until nothing changes any more."""
        consented: frozenset[str] = frozenset()
        key = digest(place)
        for _ in range(MOST_RUNS):
            ran = self.machine.run(place)
            consented |= ran.consented
            place, before, key = ran.place, key, digest(ran.place)
            if key == before:
                break
        else:
            return replace(ran, quiet=False), consented
        return ran, consented
