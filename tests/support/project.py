"""A project on emulated providers, in process and in memory: manifests in, plans and reports out.

    project = Project(tmp_path)
    project.write(provider("nhncloud-sms"), resource("Tag", "vip", displayName="VIP"))
    project.apply()
    assert project.plan().changes == ()
    project.call("nhn", "PUT", "/tags/<Tag/vip>", json={"tagName": "By hand"})
    assert project.drift().drifted

Every command reads the manifests again and opens its own providers, as a run of the command line
does; the emulator and the state live as long as the project. With the state in memory, which is the
default, nobody waits: retries, settling and slow answers pass in virtual time.
"""

from __future__ import annotations

import asyncio
import base64
import json as json_module
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from reconciler.emulator.app import build_app
from reconciler.engine.applying import gate
from reconciler.engine.applying.applier import Applier
from reconciler.engine.applying.events import Listener, nobody
from reconciler.engine.applying.freshness import Seen
from reconciler.engine.drift import DriftReport, find_drift
from reconciler.engine.importing.importer import Importer
from reconciler.engine.importing.options import ImportOptions
from reconciler.engine.planning.clashes import clashes
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.settling.recovery import Recovery, RecoveryReport
from reconciler.engine.workspace import Workspace
from reconciler.http.clock import SYSTEM_CLOCK
from reconciler.http.transports.httpx import handed_in
from reconciler.manifests import load
from reconciler.manifests.fault import raise_faults
from reconciler.model.address import Address
from reconciler.model.change import Change, Forget
from reconciler.model.imported import ImportReport
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Plan
from reconciler.model.resource import Configuration
from reconciler.model.result import ApplyReport, ChangeResult, Status
from reconciler.providers.registry import build, provider_class
from reconciler.state.open import open_store
from tests.support import virtual_time
from tests.support.folders import settings_of
from tests.support.inprocess import InProcessTransport

Json = Any
Readings = Mapping[str, Mapping[str, str]]
"""By provider type, then by the reading's name."""

_FAST = {"requestsPerSecond": 100000, "settleSeconds": 0}
_Result = TypeVar("_Result")


# --- documents ----------------------------------------------------------------------------------


def provider(
    provider_type: str, name: str | None = None, *, readings: Readings | None = None, **spec: Json
) -> Json:
    """A Provider manifest that is allowed to be quick; `spec` replaces parts of its spec."""
    settings = _settings(provider_type, (readings or {}).get(provider_type, {}))
    merged = _merge(settings["spec"], {"limits": _FAST})
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Provider",
        "metadata": {"name": name or settings["name"]},
        "spec": _merge(merged, spec),
    }


def resource(
    kind: str,
    name: str,
    *,
    provider: str | None = None,
    labels: Mapping[str, str] | None = None,
    lifecycle: Mapping[str, Json] | None = None,
    **spec: Json,
) -> Json:
    """A manifest of any other kind."""
    metadata: Json = {"name": name}
    if provider is not None:
        metadata["provider"] = provider
    if labels is not None:
        metadata["labels"] = dict(labels)
    document: Json = {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    }
    if lifecycle is not None:
        document["lifecycle"] = dict(lifecycle)
    return document


@cache
def _written_settings(provider_type: str) -> Json:
    return yaml.safe_load(settings_of(provider_type).read_text(encoding="utf-8"))


def _settings(provider_type: str, readings: Mapping[str, str]) -> Json:
    settings = deepcopy(_written_settings(provider_type))
    for more in settings.pop("when", []):
        if holds(more["readings"], readings):
            settings = _merge(settings, {k: v for k, v in more.items() if k != "readings"})
    return settings


def with_passwords(readings: Readings) -> Readings:
    """Return readings whose Octeth server tells SMTP passwords, unless they say otherwise.

    The page's own server tells none, so a test that wants one delivered needs another.
    """
    return {**readings, "octeth": {"smtp-secret": "inline", **readings.get("octeth", {})}}


def holds(wanted: Mapping[str, str | list[str]], readings: Mapping[str, str]) -> bool:
    """Tell whether an emulator has the wanted readings; a list means any of them."""
    return all(
        readings.get(name) in (value if isinstance(value, list) else [value])
        for name, value in wanted.items()
    )


def _merge(one: Json, other: Mapping[str, Json]) -> Json:
    merged = dict(one)
    for name, value in other.items():
        before = merged.get(name)
        both = isinstance(before, dict) and isinstance(value, Mapping)
        merged[name] = _merge(before, value) if both else value
    return merged


# --- the project --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What an apply did, whether or not all went well."""

    plan: Plan
    report: ApplyReport
    recovery: RecoveryReport

    @property
    def by_address(self) -> dict[str, ChangeResult]:
        return {str(result.address): result for result in self.report.results}

    @property
    def failures(self) -> list[str]:
        """One line for whatever was not done."""
        blocked = [f"{address}: blocked: {why}" for address, why in self.plan.blocked.items()]
        return blocked + [
            f"{result.address}: {result.action} {result.status}: {result.error} {result.hint}"
            for result in self.report.results
            if result.status is not Status.DONE
        ]


class Project:
    """One project. Commands return model objects; those without `try_` insist on success."""

    clock = staticmethod(time.monotonic)
    """What durations are measured by."""
    now = staticmethod(time.time)
    """The wall clock."""

    def __init__(
        self,
        root: Path,
        *,
        readings: Readings | None = None,
        faults: Sequence[Mapping[str, Json]] = (),
        state: str = "memory:",
        data: Path | None = None,
        emulator: Any = None,
    ) -> None:
        """`readings` are the emulator's; `data` keeps its data in a file; `emulator` shares one."""
        self.root = root
        self.readings: Readings = with_passwords(readings or {})
        self.app = emulator or build_app(data=data, readings=self.readings)
        self.app.state.faults.replace(list(faults))
        self.store = open_store(state, root=root, create=True)
        self._virtual = state == "memory:"
        self.sleeps: list[float] = []
        """How long the engine wanted to wait; it never does."""

    # manifests

    def write(self, *documents: Json, file: str = "manifests.yaml") -> None:
        """Write a manifest file, in place of any of that name; a document is a dict or text."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = [each if isinstance(each, str) else _text(each) for each in documents]
        path.write_text("\n---\n".join(texts), encoding="utf-8")

    def configuration(self, *paths: str, instead: Mapping[str, str] = {}) -> Configuration:
        """Read the manifests; raises `ManifestError` with every fault."""
        loaded = load(paths, cwd=self.root, instead=instead)
        faults = list(loaded.faults)
        faults += [] if faults else clashes(loaded.configuration, _kinds)
        raise_faults(faults)
        return loaded.configuration

    # commands

    def plan(self, **options: Any) -> Plan:
        """Plan; the options are those of `PlanOptions`."""
        return self.run(lambda workspace: make_plan(workspace, PlanOptions(**options)))

    def try_apply(
        self,
        *,
        allow_deletes: int | None = None,
        listener: Listener = nobody,
        stop: asyncio.Event | None = None,
        wait_approval: float = 0.0,
        **options: Any,
    ) -> Applied:
        """Recover, plan, check and apply, as the command does; the report may tell of failures."""

        async def work(workspace: Workspace) -> Applied:
            with workspace.store.begin("apply") as run:
                recovery = await Recovery(
                    workspace=workspace, run=run, sleep=self._sleep, now=self.now
                ).everything()
                plan = await make_plan(workspace, PlanOptions(**options), doubts=recovery.doubts)
                gate.check(plan, workspace, allow_deletes=allow_deletes)
                report = await Applier(
                    workspace=workspace,
                    plan=plan,
                    run=run,
                    stop=stop or asyncio.Event(),
                    listener=listener,
                    sleep=self._sleep,
                    clock=self.clock,
                    wait_approval=wait_approval,
                ).apply()
                if report.ended_by is not None:
                    raise report.ended_by
                run.finish("done", {})
            return Applied(plan=plan, report=report, recovery=recovery)

        return self.run(work)

    def apply_after(
        self, meanwhile: Callable[[], Any], *, approved: bool = True, **options: Any
    ) -> Applied:
        """Plan, do something else, and only then carry the plan out; somebody `approved` of it."""
        begun = self.clock()
        plan = self.plan(**options)
        meanwhile()
        seen = Seen(at=begun, approved=approved, destroy=bool(options.get("destroy")))

        async def work(workspace: Workspace) -> Applied:
            with workspace.store.begin("apply") as run:
                report = await Applier(
                    workspace=workspace,
                    plan=plan,
                    run=run,
                    stop=asyncio.Event(),
                    sleep=self._sleep,
                    clock=self.clock,
                    seen=seen,
                ).apply()
                if report.ended_by is not None:
                    raise report.ended_by
                run.finish("done", {})
            return Applied(plan=plan, report=report, recovery=RecoveryReport())

        return self.run(work)

    def apply(self, **options: Any) -> Applied:
        """Apply, and fail the test unless everything was done."""
        applied = self.try_apply(**options)
        assert not applied.failures, "\n".join(applied.failures)
        return applied

    def import_(
        self, out: str = "manifests", *, reached: Any = None, **options: Any
    ) -> ImportReport:
        """Import as the command does; the options are those of `ImportOptions`."""

        async def work(workspace: Workspace) -> ImportReport:
            importer = Importer(
                workspace,
                ImportOptions(**options),
                self.root / out,
                lambda instead: self.configuration(instead=instead),
                **({} if reached is None else {"reached": reached}),
            )
            try:
                prepared = await importer.prepare()
                with workspace.store.begin("import") as run:
                    report = await importer.land(prepared, run)
                    run.finish("done", {})
            finally:
                importer.close()
            return report

        return self.run(work)

    def drift(self, *, unmanaged: bool = False) -> DriftReport:
        """Compare live state with what was last applied."""
        return self.run(lambda workspace: find_drift(workspace, unmanaged=unmanaged))

    def destroy(self, **options: Any) -> Applied:
        """Delete everything that state owns, and fail the test unless all of it is gone."""
        return self.apply(destroy=True, **({"allow_deletes": 10**9} | options))

    def run(self, work: Callable[[Workspace], Awaitable[_Result]]) -> _Result:
        """Do anything else with a workspace that is opened for it, as one run of the tool."""

        async def opened() -> _Result:
            configuration = self.configuration()
            accounts = configuration.accounts
            providers = {name: self._build(configuration, name) for name in accounts}
            workspace = Workspace(
                configuration=configuration, providers=providers, store=self.store
            )
            try:
                return await work(workspace)
            finally:
                for each in providers.values():
                    await each.http.close()

        return self.wait_for(opened())

    def wait_for(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run it on an event loop."""
        return virtual_time.run(work) if self._virtual else asyncio.run(work)

    def _build(self, configuration: Configuration, name: str) -> Any:
        account = configuration.accounts[name]
        return build(
            account,
            environ={},
            root=configuration.project.root,
            project_limits=configuration.project.limits,
            transport=handed_in(InProcessTransport(self.app)),
            base_url=f"http://127.0.0.1/{account.type}",
            emulate=True,
            clock=virtual_time.VirtualClock() if self._virtual else SYSTEM_CLOCK,
        )

    async def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        await asyncio.sleep(0)

    # what state and the providers have

    @property
    def state(self) -> dict[str, OwnedObject]:
        """The rows of state by address."""
        return {str(address): row for address, row in self.store.objects().items()}

    def call(
        self, name: str, method: str, path: str, *, json: Json = None, query: Json = None
    ) -> Json:
        """Make a raw API call by hand as the account of provider `name`; returns the parsed answer.

        In path, query and body `<Kind/name>` stands for a resource's remote id, `<int Kind/name>`
        for the same as a number, `<appKey>` for a credential, and `<stored webhooks events=click>`
        for the `id` of the row of the emulator's table that has these values (lists: among others).
        """
        account = self.configuration().accounts[name]
        settings = _settings(account.type, self.readings.get(account.type, {}))["raw"]
        fill = _Filler(name, self.store.objects(), self.stored(account.type))
        by_hand = "__emulator__" in path
        prefix = "" if by_hand else settings.get("prefix", "")
        body = fill(json)
        if isinstance(body, dict) and not by_hand:
            body = fill(settings.get("body", {})) | body
        form = settings.get("form", False) and not by_hand

        async def send() -> httpx.Response:
            transport = InProcessTransport(self.app)
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(
                    method,
                    f"http://127.0.0.1/{account.type}{fill(prefix + path)}",
                    params=fill(query),
                    headers=fill(settings.get("headers", {})) | _basic(fill(settings)),
                    json=None if form else body,
                    data=body if form else None,
                )

        answer = self.wait_for(send())
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        try:
            parsed = json_module.loads(answer.text) if answer.text else None
        except ValueError:
            return answer.text
        refused = isinstance(parsed, dict) and (
            parsed.get("Success") is False or parsed.get("header", {}).get("isSuccessful") is False
        )
        assert not refused, f"{method} {path}: {answer.text}"
        return parsed

    def stored(self, provider_type: str) -> dict[str, Any]:
        """All that an emulated provider holds: rows by id, or numbers, by the table's name.

        The name is without type and account: `templates`, `blocked/0801234567`.
        """
        store = self.app.state.store
        if store.durable:  # what this process has not looked at is in the file alone
            names = [name for (name,) in store.execute("SELECT name FROM collections")]
            opened = {name: store.table(name) or store.numbers(name) for name in names}
        else:
            opened = store._tables | store._numbers
        return {
            "/".join(name.split("/")[2:]) or name: dict(rows)
            if hasattr(rows, "keys")
            else set(rows)
            for name, rows in opened.items()
            if name.startswith(provider_type)
        }


def _basic(settings: Json) -> dict[str, str]:
    """Return the header of an account that is reached by user and password."""
    if "basic" not in settings:
        return {}
    pair = ":".join(settings["basic"]).encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


class _Filler:
    """Puts values in place of `<…>`."""

    def __init__(
        self, provider_name: str, rows: Mapping[Address, OwnedObject], stored: Mapping[str, Any]
    ) -> None:
        self._provider = provider_name
        self._rows = rows
        self._stored = stored

    def __call__(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {name: self(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self(each) for each in value]
        if not isinstance(value, str) or "<" not in value:
            return value
        if value.startswith("<") and value.find(">") == len(value) - 1:
            return self._value(value[1:-1])
        before, rest = value.split("<", 1)
        inner, after = rest.split(">", 1)
        return f"{before}{self._value(inner)}{self(after)}"

    def _value(self, text: str) -> Json:
        word, _, rest = text.partition(" ")
        if word == "int":
            return int(self._value(rest))
        if word == "stored":
            return self._row_id(*rest.split())
        if "/" not in text:
            return f"emulated-{self._provider}-{text}"
        kind, name = text.split("/", 1)
        return self._rows[Address(self._provider, kind, name)].remote_id

    def _row_id(self, table: str, *conditions: str) -> Json:
        wanted = [each.split("=", 1) for each in conditions]
        found = [
            row["id"]
            for row in self._stored[table].values()
            if all(_holds(row[name], value) for name, value in wanted)
        ]
        assert len(found) == 1, f"{table} has {len(found)} rows with {conditions}"
        return found[0]


def _holds(value: Json, wanted: str) -> bool:
    return wanted in value if isinstance(value, list) else str(value) == wanted


# --- looking at plans ---------------------------------------------------------------------------


def actions(plan: Plan) -> dict[str, str]:
    """Return the action of every change by address."""
    return {str(change.address): change.action.value for change in plan.changes}


def fields(change: Change) -> list[str]:
    """Return the fields that a change changes, `members` standing for added or removed ones."""
    if isinstance(change, Forget):
        return []
    found = [each.path.split(".", 1)[0] for each in change.fields]
    if change.members is not None and not change.members.is_empty:
        found.append("members")
    return sorted(dict.fromkeys(found))


def change_of(plan: Plan, address: str) -> Change:
    """Return the one change of an address."""
    return next(change for change in plan.changes if str(change.address) == address)


def _kinds(provider_type: str) -> Any:
    return provider_class(provider_type).kinds


def _text(document: Json) -> str:
    """JSON is YAML, and quicker to write."""
    return json_module.dumps(document, ensure_ascii=False, indent=1)
