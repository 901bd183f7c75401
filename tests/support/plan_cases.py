"""Plan cases as data: manifests, what a provider has, what state has, and the plan of them.

tests/cases/plan/README.md explains the files. The providers are the real ones, with all that they
know of their kinds; only reading is scripted: an account lists what `live.json` says.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from reconciler.cli.runs.choosing import declared_elsewhere
from reconciler.engine.applying import gate
from reconciler.engine.diff.fields import keep
from reconciler.engine.live.delivered import delivered
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.planning.verdicts import judged
from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanRefused, ReadFailed
from reconciler.http.transports.httpx import handed_in
from reconciler.manifests import load
from reconciler.model.address import Address
from reconciler.model.change import Change, FieldChange, Replace, Write, is_beside
from reconciler.model.finding import Finding, Severity
from reconciler.model.journal import Intent, Response, Verb, Watch
from reconciler.model.live import Collection, LiveObject, Observation
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.model.plan import Plan
from reconciler.model.resource import OnRemove
from reconciler.model.review import Review
from reconciler.model.secret import Secret
from reconciler.model.usage import Usage
from reconciler.model.values import id_of
from reconciler.providers.kind import Kind
from reconciler.providers.registry import build
from reconciler.state.base import Put, StartWatch
from reconciler.state.open import open_store
from tests.support import intents, virtual_time

Json = Any

DATA = ("live.json", "state.json", "options.json", "plan.json")
"""What stands beside the manifests of a case, and is none."""
WIDTH = 100
"""Columns that a value may take before it is spread over several lines."""


def planned(case: Path, root: Path) -> Json:
    """Return the plan of a case as `plan.json` has it; the project is laid out below `root`."""
    for path in case.iterdir():
        if path.is_dir():
            shutil.copytree(path, root / path.name)
        elif path.name not in DATA and path.name != "README.md":
            shutil.copy(path, root)
    live, state, options = (_read(case / name) for name in DATA[:3])
    configuration = load(options.get("paths", ()), cwd=root, root=root).require()
    store = open_store("memory:", root=root, create=True)
    accounts = {
        name: Account(
            build(account, environ={}, root=root, transport=handed_in(_NOTHING), emulate=True), live
        )
        for name, account in configuration.accounts.items()
    }
    workspace = Workspace(
        configuration=configuration,
        providers={name: account.provider for name, account in accounts.items()},
        store=store,
    )

    async def work() -> Json:
        await remember(workspace, state)
        plan = await make_plan(workspace, chosen(workspace, options))
        plan = judged(plan, ignored=options.get("ignoreFindings", ()))
        listings = max((account.listings for account in accounts.values()), default=1)
        return document(plan, gate_of(plan, workspace, options), listings)

    return virtual_time.run(work())


def chosen(workspace: Workspace, options: Json) -> PlanOptions:
    """Read `options.json`."""
    return PlanOptions(
        adopt=options.get("adopt", False),
        prune=options.get("prune", True),
        destroy=options.get("destroy", False),
        targets=frozenset(map(Address.parse, options.get("targets", ()))),
        selector=options.get("selector", {}),
        elsewhere=declared_elsewhere(workspace),
        allow_empty_remote=options.get("allowEmptyRemote", False),
    )


def gate_of(plan: Plan, workspace: Workspace, options: Json) -> Json:
    """Return what refuses to apply the plan; nothing where nothing does."""
    try:
        gate.check(plan, workspace, allow_deletes=options.get("allowDeletes"))
    except PlanRefused as refused:
        details = [] if plan.refused else list(refused.details)  # those are the blocked ones
        return _filled({"message": refused.message, "details": details})
    return None


def _refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a plan case sends nothing: {request.method} {request.url}")


_NOTHING = httpx.MockTransport(_refuse)


def _read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


# --- what the provider has ------------------------------------------------------------------------


class Account:
    """A provider of which only the reading is scripted."""

    def __init__(self, provider: Any, live: Json) -> None:
        self.provider = provider
        self.listings = 0
        """How often its collections were listed until the plan was made."""
        self._findings = live.get("findings", ())
        self._live = live.get(provider.account.name, {})
        self._listed: Counter[str] = Counter()
        provider.observe = self.observe
        provider.exists = self.exists
        provider.usage = self.usage

    async def usage(self, _live: LiveObject) -> Usage | None:
        """Nothing is known of the use of anything."""
        return None

    async def observe(self, scope: Any) -> Observation:
        self._listed.update(scope.kinds)
        self.listings = max(self._listed.values())
        if "error" in self._live:
            raise ReadFailed(self._live["error"])
        name = self.provider.account.name
        findings = [each for each in self._findings if each["address"].startswith(f"{name}/")]
        return Observation(
            provider=name,
            collections={kind: self._collection(kind) for kind in sorted(scope.kinds)},
            findings=tuple(map(_finding, findings)),
        )

    async def exists(self, row: OwnedObject) -> bool:
        return any(each["id"] == row.remote_id for each in self._live.get(row.address.kind, ()))

    def _collection(self, name: str) -> Collection:
        data = self._live.get(name, [])
        if isinstance(data, dict):
            return Collection(kind=name, complete=False, error=data["error"])
        turn = self._listed[name]
        shown = [each for each in data if turn in each.get("listed", (turn,))]
        objects = tuple(self._object(self.provider.kinds[name], each) for each in shown)
        return Collection(kind=name, objects=objects)

    def _object(self, kind: Kind, data: Json) -> LiveObject:
        address = data.get("address")
        return LiveObject(
            kind=kind.name,
            id=data["id"],
            key=data["key"] if "key" in data else self._key(kind, data["fields"]),
            fields=data["fields"],
            extra=data.get("extra", {}),
            address=address and Address.parse(address),
            conflicts=tuple(data.get("conflicts", ())),
            secrets={name: Secret(text) for name, text in data.get("secrets", {}).items()},
            members=NumberSet(data["members"]) if "members" in data else None,
            degraded=data.get("degraded", ""),
            review=msgspec.convert(data["review"], Review) if "review" in data else None,
        )

    def _key(self, kind: Kind, fields: Json) -> str | None:
        def parent(value: Json) -> str | None:
            for name, objects in self._live.items():
                for each in objects if isinstance(objects, list) else ():
                    if each["id"] == id_of(value):
                        return self._key(self.provider.kinds[name], each["fields"])
            return None

        return kind.identity(fields, parent)


def _finding(data: Json) -> Finding:
    return Finding(
        severity=Severity(data["severity"]),
        rule=data["rule"],
        message=data["message"],
        address=Address.parse(data["address"]),
        refuses_writes=data.get("refusesWrites", False),
    )


# --- what state has -------------------------------------------------------------------------------


async def remember(workspace: Workspace, state: Json) -> None:
    """Fill the store with `state.json`."""
    rows = {Address.parse(text): row for text, row in state.get("rows", {}).items()}
    with workspace.store.begin("apply") as run:
        for number, (address, data) in enumerate(rows.items()):
            row = _row(workspace, address, data, rows)
            op_id = f"made-{number}"
            if data.get("madeLately"):
                await run.intend(_intent(workspace, op_id, {"address": str(address)}))
            await run.settle(
                Put(row=row, members=NumberSet(data["members"]) if "members" in data else None),
                closes={op_id: "done"} if data.get("madeLately") else {},
            )
        for number, data in enumerate(state.get("intents", ())):
            op_id = data.get("id", f"open-{number}")
            await run.intend(_intent(workspace, op_id, data))
            if "response" in data:
                await run.respond(op_id, _response(data["response"]))
        for data in state.get("watches", ()):
            await run.settle(StartWatch(watch=_watch(data)))
        run.finish("done", {})


def _row(
    workspace: Workspace, address: Address, data: Json, rows: Mapping[Address, Json]
) -> OwnedObject:
    applied = _applied(workspace, address, data.get("applied", {}))
    digests: dict[str, str] = {}
    for name, text in data.get("delivered", {}).items():
        field, part = name.split(".")
        digests |= delivered(workspace, field, {part: Secret(text)})
    return OwnedObject(
        address=address,
        remote_id=data["id"],
        key=data["key"] if "key" in data else _row_key(workspace, address, rows),
        applied=applied,
        extra=data.get("extra", {}),
        provenance=Provenance(data.get("provenance", "proven")),
        protect=data.get("protect", False),
        on_remove=OnRemove(data.get("onRemove", "delete")),
        depends_on=tuple(map(Address.parse, data.get("dependsOn", ()))),
        deposed=tuple(data.get("deposed", ())),
        labels=data.get("labels", {}),
        manifest=data.get("manifest", "manifests.yaml"),
        needs_delivery=tuple(data.get("needsDelivery", ())),
        delivered=digests,
    )


def _row_key(workspace: Workspace, address: Address, rows: Mapping[Address, Json]) -> str | None:
    if not workspace.knows(address):
        return None

    def parent(value: Json) -> str | None:
        for other, row in rows.items():
            if other.provider == address.provider and row["id"] == id_of(value):
                return _row_key(workspace, other, rows)
        return None

    return workspace.kind(address).identity(rows[address]["applied"], parent)


def _applied(workspace: Workspace, address: Address, fields: Json) -> dict[str, Json]:
    """Return fields as state keeps them: what nobody may read as a keyed digest."""
    if not workspace.knows(address):
        return dict(fields)
    kind, digest = workspace.kind(address), workspace.store.digest
    return {name: keep(kind.field(name), value, digest) for name, value in fields.items()}


def _intent(workspace: Workspace, op_id: str, data: Json) -> Intent:
    address = Address.parse(data["address"])
    before = data.get("preIds")
    return intents.intent(
        op_id=op_id,
        address=address,
        verb=Verb(data.get("verb", "create")),
        step=data.get("step", "create"),
        creation=workspace.kind(address).creation,
        account="",
        key=data.get("key"),
        pre_ids=None if before is None else tuple(before),
        applied=_applied(workspace, address, data.get("applied", {})),
        lifecycle={
            "manifest": data.get("manifest", "manifests.yaml"),
            "dependsOn": data.get("dependsOn", []),
        },
        target=data.get("target"),
    )


def _response(data: Json) -> Response:
    secrets = {name: Secret(text) for name, text in data.get("secrets", {}).items()}
    return Response(server_id=data.get("id"), extra=data.get("extra", {}), secrets=secrets)


def _watch(data: Json) -> Watch:
    return Watch(
        address=Address.parse(data["address"]),
        op_id=data.get("operation", ""),
        key=data.get("key"),
        pre_ids=tuple(data.get("preIds", ())),
        gone_ids=tuple(data.get("goneIds", ())),
    )


# --- what the plan is -----------------------------------------------------------------------------


def document(plan: Plan, refused: Json, listings: int) -> Json:
    """Return a plan in the words of `plan.json`; whatever is empty is left out."""
    return _filled(
        {
            "summary": {action: number for action, number in plan.summary().items() if number},
            "listings": listings if listings > 1 else None,
            "changes": {str(change.address): _change(change) for change in plan.changes},
            "blocked": {str(address): _blocked(plan, address) for address in sorted(plan.blocked)},
            "unread": {each.provider: each.error for each in plan.unread},
            "moves": {str(each.source): str(each.target) for each in plan.moves},
            "handOvers": [
                f"{each.source} → {each.target}: {each.part}" for each in plan.hand_overs
            ],
            "emptied": list(map(str, plan.emptied)),
            "gone": list(map(str, plan.gone)),
            "restated": plan.restated,
            "leftAlone": _filled({"outside": plan.extent.outside, "kept": plan.extent.kept}),
            "findings": list(_findings(plan)),
            "gate": refused,
        }
    )


def _change(change: Change) -> Json:
    sent = isinstance(change, Write)
    members = change.members if sent else None
    return _filled(
        {
            "action": change.action.value,
            "reason": change.reason,
            "dependsOn": list(map(str, change.depends_on)),
            "createFirst": isinstance(change, Replace) and change.create_first,
            "beside": is_beside(change),
            "waits": change.waits,
            "fields": _fields(change.fields) if sent else {},
            "members": members
            and _filled({"add": list(members.add), "remove": list(members.remove)}),
            "notes": list(change.notes),
        }
    )


def _fields(fields: tuple[FieldChange, ...]) -> Json:
    return {each.path: _field(each) for each in fields}


def _field(field: FieldChange) -> Json:
    marks = ("sensitive", "unknown", "pending", "replaces")
    sides = {"before": field.before, "after": field.after, "cause": field.cause.value}
    return sides | {mark: True for mark in marks if getattr(field, mark)}


def _blocked(plan: Plan, address: Address) -> Json:
    held = plan.held.get(address)
    return _filled(
        {
            "why": plan.blocked[address],
            "stops": _what_stops(plan, address),
            "fields": _fields(held.fields) if held else None,
            "candidates": {each.id: _fields(each.fields) for each in held.candidates}
            if held
            else None,
        }
    )


def _what_stops(plan: Plan, address: Address) -> str:
    if address in plan.undecided:
        return "this, until it is decided"
    return "the whole plan" if address in plan.refused else "this"


def _findings(plan: Plan) -> Iterator[Json]:
    for each in plan.findings:
        address = str(each.address) if each.address else None
        yield {"severity": each.severity.value, "rule": each.rule, "address": address}


def _filled(data: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out what says nothing."""
    return {name: value for name, value in data.items() if value}


def dump(value: Json, indent: int = 0, before: int = 0) -> str:
    """Serialise for people: what fits into a line is one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent + before <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, list):
        parts = [inner + dump(each, indent + 2) for each in value]
    else:
        parts = [
            f"{inner}{json.dumps(name, ensure_ascii=False)}: "
            + dump(each, indent + 2, len(name) + 4)
            for name, each in value.items()
        ]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return f"{opening}\n" + ",\n".join(parts) + f"\n{' ' * indent}{closing}"
