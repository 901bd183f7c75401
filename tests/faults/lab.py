"""A project on virtual time, of which a crash at any moment can be looked at.

    lab.write(lab.provider("octeth"), resource("SenderDomain", "a.example"))
    for moment in lab.film(lab.apply):      # all that a crash there would have left
        restarted = lab.after_crash(moment)

The clock jumps wherever everything waits: for a settle window, a timeout, a rate limit. What the
emulator has been told to do later is done when its time has come, in whichever run that falls.
"""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from reconciler.emulator.app import build_app
from reconciler.emulator.pipeline import RequestLog
from reconciler.engine.settling.adoption import adopt as adopt_by_hand
from reconciler.engine.settling.by_hand import resolve_forget
from reconciler.engine.writing import delivery
from reconciler.http.transports.httpx import handed_in
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Plan
from reconciler.providers.registry import build
from reconciler.sinks.registry import sink_for
from reconciler.state.database.memory import Image, open_memory
from reconciler.state.open import open_store
from tests.support.inprocess import InProcessTransport
from tests.support.project import Applied, Project, Readings, actions, provider, with_passwords
from tests.support.served import _plain, is_write
from tests.support.virtual_time import VirtualClock, VirtualLoop

SETTLE = 30
"""Seconds; the tool's default."""
WALL = 1_800_000_000.0
"""The wall clock when the loop's is 0."""

_RESOLVE = re.compile(r"reconciler state resolve (\S+) --adopt ([^`;,\s]+)")

Json = Any


@dataclass(frozen=True, kw_only=True)
class Moment:
    """All that is left when the process dies here."""

    name: str
    image: Image
    tables: Mapping[str, tuple[Json, ...]]
    """What the emulated providers have."""
    files: Mapping[str, bytes]
    """What sinks have, by path below `secrets`."""


class World:
    """What outlives processes: time, and what waits for its time."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.skew = 0.0
        """How wrong the machine's wall clock is, in seconds."""

    def time(self) -> float:
        return WALL + self.loop.now + self.skew

    def true_time(self) -> float:
        """The wall clock of providers."""
        return WALL + self.loop.now

    def close(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


class Lab(Project):
    """A project whose waits are jumps and whose crashes are copies."""

    def __init__(
        self,
        root: Path,
        world: World,
        *,
        readings: Readings | None = None,
        moment: Moment | None = None,
        emulator: Any = None,
        on_disk: bool = False,
    ) -> None:
        """Start from nothing, or from what a crash left; state is in memory unless `on_disk`."""
        self.world = world
        self._hooks: list[Callable[[str], None]] = []
        readings = with_passwords({"nhncloud-sms": {"senders": "any"}} | dict(readings or {}))
        app = emulator or build_app(readings=readings, on_request=self._on_request)
        super().__init__(root, readings=readings, emulator=app)
        self.store.close()
        self.store: Any = (
            open_store(None, root=root, create=True)
            if on_disk
            else open_memory(
                moment.image if moment else None,
                clock=world.time,
                failpoints=self._passed,
                environ={"USER": "tester"},
            )
        )
        self.clock = world.loop.time
        self.now = world.time
        self.environ: dict[str, str] | None = None
        """Credentials by variable; `None` makes them up."""
        self.transport: httpx.AsyncBaseTransport = InProcessTransport(self.app)
        if moment and emulator is None:
            self._put_back(moment)
        elif moment is None:
            shutil.rmtree(root / "secrets", ignore_errors=True)

    def provider(self, provider_type: str, name: str | None = None, **limits: float) -> Json:
        """A Provider manifest with the usual settle window."""
        wanted = {"settleSeconds": SETTLE, **limits}
        return provider(provider_type, name, readings=self.readings, limits=wanted)

    # time

    def wait_for(self, work: Any) -> Any:
        return self.world.loop.run_until_complete(work)

    def killed_after(self, seconds: float) -> Lab:
        """Start an apply, let it die that much later, and return what the next process finds."""
        loop = self.world.loop
        left: list[Moment] = []

        def wait_for(work: Any) -> Any:
            task = loop.create_task(work)
            loop.run_until_complete(asyncio.wait({task}, timeout=seconds))
            assert not task.done(), "it was over before"
            left.append(self.moment("killed"))
            task.cancel()
            loop.run_until_complete(asyncio.wait({task}))

        self.wait_for = wait_for  # type: ignore[method-assign]
        self.try_apply()
        del self.wait_for
        return self.next_process(left[0])

    def pass_time(self, seconds: float) -> None:
        """Let nothing happen here for a while, while providers go on."""
        self.wait_for(asyncio.sleep(seconds))

    @property
    def elapsed(self) -> float:
        return self.world.loop.now

    def reopen(self) -> None:
        """Open the state again as another process has left it."""
        self.store.close()
        self.store = open_store(None, root=self.root, create=True)

    async def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        await asyncio.sleep(seconds)

    def _build(self, configuration: Any, name: str) -> Any:
        account = configuration.accounts[name]
        return build(
            account,
            environ=self.environ or {},
            root=configuration.project.root,
            project_limits=configuration.project.limits,
            transport=handed_in(self.transport),
            base_url=f"http://127.0.0.1/{account.type}",
            emulate=self.environ is None,
            clock=VirtualClock(),
            rng=random.Random(4),
        )

    # faults and effects

    def faults(self, *rules: Mapping[str, Json]) -> None:
        """Put these fault rules in place of all others."""
        self.app.state.faults.replace(list(rules))

    @property
    def fired(self) -> Sequence[int]:
        """How often each rule has struck."""
        return self.app.state.faults.fired()

    @contextmanager
    def hooked(self, hook: Callable[[str], None]) -> Iterator[None]:
        """Call `hook` with the name of each effect: commits, requests executed, sinks written.

        What it raises happens there; for commits before they are made, too.
        """
        self._hooks.append(hook)
        before = delivery.sink_for
        delivery.sink_for = lambda value, root: sink_for(
            value, root, failpoints=lambda name: self._passed(f"sink {name}")
        )
        try:
            yield
        finally:
            delivery.sink_for = before
            self._hooks.remove(hook)

    def _passed(self, name: str) -> None:
        for hook in self._hooks:
            hook(name)

    def _on_request(self, moment: str, log: RequestLog) -> None:
        if is_write(log):
            self._passed(f"request:{moment} {_named(log)}")

    def film(self, work: Callable[[], Any]) -> list[Moment]:
        """Do it, and return what a crash right after each of its effects would have left."""
        moments: list[Moment] = []

        def look(name: str) -> None:
            if name.startswith(("commit:after", "request:after", "sink rename:after")):
                moments.append(self.moment(f"{len(moments)} {name}"))

        with self.hooked(look):
            work()
        return moments

    def moment(self, name: str = "") -> Moment:
        """Copy all that would be left by a crash now."""
        return Moment(
            name=name, image=self.store.image(), tables=_tables(self.app), files=self.sinks()
        )

    def sinks(self) -> dict[str, bytes]:
        """What is in the files of sinks, by path below `secrets`."""
        folder = self.root / "secrets"
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def after_crash(self, moment: Moment) -> Lab:
        """The project as the next process finds it."""
        return Lab(self.root, self.world, readings=self.readings, moment=moment)

    def crash_everywhere(
        self, work: Callable[[], Any], check: Callable[[Lab], None], *, effects: int = 5
    ) -> None:
        """Do `work`, of more than so many effects, and `check` what a crash after each leaves."""
        moments = self.film(work)
        assert len(moments) > effects
        for moment in moments:
            try:
                check(self.after_crash(moment))
            except Exception as error:
                error.add_note(f"after the crash at {moment.name}")
                raise

    def next_process(self, moment: Moment | None = None) -> Lab:
        """The project after this process has died, at providers that live on."""
        found = Lab(
            self.root,
            self.world,
            readings=self.readings,
            emulator=self.app,
            moment=moment or self.moment(),
        )
        found.environ, found.transport = self.environ, self.transport
        return found

    def _put_back(self, moment: Moment) -> None:
        folder = self.root / "secrets"
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in moment.files.items():
            path = folder / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)
        store = self.app.state.store
        for name, parts in moment.tables.items():
            if len(parts) == 1:
                store.numbers(name)._at = dict(parts[0])
                continue
            table = store.table(name)
            table._rows, table._born, table._last_id = dict(parts[0]), dict(parts[1]), parts[2]

    # what was sent, what is live

    @property
    def requests(self) -> list[RequestLog]:
        return self.app.state.requests

    @property
    def writes(self) -> list[str]:
        """What was written, by name, in order."""
        return [_named(log) for log in self.requests if is_write(log)]

    def objects(self) -> dict[str, list[Json]]:
        """What is live, without ids, times and secrets; twins show as equal rows."""
        tables = _tables(self.app)
        names = {
            str(key): row.get("categoryName") or row.get("tagName")
            for name, parts in tables.items()
            if name.endswith(("/categories", "/tags"))
            for key, row in parts[0].items()
        }
        found: dict[str, list[Json]] = {}
        for name, parts in tables.items():
            # The API cannot delete uploads; one whose answer was lost stays there, unused.
            if "/" not in name or name.endswith(("/settings", "/attachments")):
                continue
            rows = parts[0]
            if len(parts) == 1:
                found[name] = sorted(rows)
                continue
            kept = [{k: v for k, v in row.items() if k != "fileIds"} for row in rows.values()]
            plain = [_plain(row, names) for row in kept]
            found[name] = sorted((each for each in plain if each), key=str)
        return {name: rows for name, rows in found.items() if rows}

    def rows(self, table: str) -> list[Json]:
        """The rows of one of the emulator's tables, by the table's name alone.

        The highest category, which belongs to the account, does not count.
        """
        return [
            row
            for name, parts in _tables(self.app).items()
            if name.endswith(f"/{table}") and len(parts) > 1
            for row in parts[0].values()
            if row.get("depth") != 0
        ]

    # coming to rest

    def converge(self, *, runs: int = 1, decisions: int = 0, **options: Any) -> None:
        """Apply at most so often, following printed commands; then nothing may be left to do."""
        for _ in range(runs):
            applied = self.try_apply(**({"allow_deletes": 99} | options))
            asked = self.asked(applied)
            if asked and decisions:
                decisions -= 1
                address, identifier = asked[0]
                self.resolve(address, adopt="" if identifier == "ID" else identifier)
                applied = self.try_apply(**({"allow_deletes": 99} | options))
            if not applied.failures:
                break
        assert not applied.failures, applied.failures
        plan = self.plan(**options)
        assert actions(plan) == {}
        assert dict(plan.blocked) == {}

    @staticmethod
    def asked(applied: Applied) -> list[tuple[str, str]]:
        """The printed `reconciler state resolve ADDR --adopt ID`; without one to adopt, `ID`."""
        said = " ".join([*applied.failures, *(d.hint for d in applied.recovery.undecided)])
        return _RESOLVE.findall(said)

    def resolve(self, address: str, *, adopt: str = "") -> None:
        """Do what `reconciler state resolve ADDR --adopt ID`, or `--forget`, does."""
        wanted = Address.parse(address)

        async def work(workspace: Any) -> None:
            with workspace.store.begin("state resolve") as run:
                if adopt:
                    await adopt_by_hand(workspace, run, wanted, adopt)
                else:
                    twins = workspace.kind(wanted).twin_check
                    await resolve_forget(workspace.store, run, wanted, twins=twins)
                run.finish("done", {})

        self.run(work)

    def row(self, address: str) -> OwnedObject:
        return self.state[address]


def twins(plan: Plan) -> list[str]:
    """The possible duplicates that a plan tells of, one text each."""
    return [str(each.message) for each in plan.findings if each.rule == "possible-duplicate"]


def _named(log: RequestLog) -> str:
    """Name a write: `POST /tags`, `AddAPI`."""
    if isinstance(log.body, dict) and "Command" in log.body:
        return str(log.body["Command"]).partition(".")[2]
    path = log.path.partition("/appKeys/")
    return f"{log.method} {'/' + path[2].partition('/')[2] if path[1] else log.path}"


def _tables(app: Any) -> dict[str, tuple[Json, ...]]:
    store = app.state.store
    tables = {
        name: (dict(table._rows), dict(table._born), table._last_id)
        for name, table in store._tables.items()
    }
    return tables | {name: (dict(numbers._at),) for name, numbers in store._numbers.items()}
