"""Accepts drift: says which manifests take over live values, and makes the rows that follow.

An accepted value counts as last applied, since the provider and the manifest both have it. So
neither drift nor a plan reports it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.diff.fields import keep
from reconciler.engine.diff.shown import names_of
from reconciler.engine.drift.report import DriftReport
from reconciler.engine.workspace import Workspace
from reconciler.manifests.writing.rewriting import NewValue
from reconciler.model.address import Address
from reconciler.model.change import Cause, FieldChange
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Configuration, Resource
from reconciler.model.result import Drift, DriftStatus
from reconciler.model.values import JsonValue, id_of
from reconciler.providers.kind import Field, Kind
from reconciler.state.base import Put, Run

_WHY = {
    DriftStatus.MISSING: "it is gone at the provider: `reconciler apply` makes it again; to let it "
    "go, remove its manifest",
    DriftStatus.UNVERIFIABLE: "what differs cannot be read back, so there is nothing to write",
    DriftStatus.UNDELIVERED: "its secret is not where it belongs: `reconciler apply` delivers it",
    DriftStatus.DEGRADED: "its values are as its manifest says; only the provider can mend it",
    DriftStatus.UNMANAGED: "it is not managed",
}


class Acceptance(Struct, frozen=True, kw_only=True):
    """The live values of one object, to be taken over into its manifest."""

    drift: Drift
    live: LiveObject
    values: tuple[NewValue, ...]

    @property
    def address(self) -> Address:
        """Return the address of the object."""
        return self.drift.address


class Acceptances:
    """Finds out what is to be written for chosen addresses, and what cannot be."""

    def __init__(self, workspace: Workspace, report: DriftReport) -> None:
        """Accept drift of this report."""
        self._workspace = workspace
        self._report = report
        self._names = names_of(workspace.store.objects())
        self.faults: list[str] = []
        """Why values cannot be accepted: one line each, with the place in the manifest."""

    def of(self, chosen: Iterable[Address]) -> list[Acceptance]:
        """Return an acceptance for each chosen address that drifted, and add to `faults`."""
        drifted = {each.address: each for each in self._report.drift}
        found = (self._of(drifted[a]) for a in sorted(chosen) if a in drifted)
        return [each for each in found if each is not None]

    def _of(self, drift: Drift) -> Acceptance | None:
        resource = self._workspace.configuration.resources.get(drift.address)
        live = self._report.live.get(drift.address)
        if resource is None:
            self._refuse(drift, None, "no manifest has it: there is nothing to write to")
            return None
        if drift.status is not DriftStatus.CHANGED or live is None:
            self._refuse(drift, resource, drift.reason or _WHY.get(drift.status, ""))
            return None
        if drift.members is not None:
            why = "its members differ, and lists of numbers are not written: change them by hand"
            self._refuse(drift, resource, why)
            return None
        values = tuple(self._values(drift, resource, live))
        return Acceptance(drift=drift, live=live, values=values)

    def _values(self, drift: Drift, resource: Resource, live: LiveObject) -> Iterator[NewValue]:
        kind = self._workspace.kind(drift.address)
        for field in drift.fields:
            declared = kind.field(field.path)
            why = self._why_not(declared, field, live)
            if why:
                self._refuse(drift, resource, f"{field.path} {why}", field.path)
                continue
            yield NewValue(
                resource=resource,
                name=field.path,
                value=self._as_in_manifest(
                    declared, live.fields[field.path], drift.address.provider
                ),
                same=_MeanTheSame(kind=kind, resource=resource, name=field.path),
            )

    def _why_not(self, declared: Field, field: FieldChange, live: LiveObject) -> str:
        if declared.secret:
            return "is a secret, which no manifest holds"
        if declared.local:
            return "is a place where a secret goes: `reconciler apply` delivers it there again"
        if declared.file_content:
            return "is files, whose content the provider does not give back"
        if field.cause is not Cause.DRIFT or declared.name not in live.fields:
            return "cannot be read back"
        if live.fields[declared.name] is None:
            return "is empty at the provider: remove it from the manifest by hand"
        return ""

    def _as_in_manifest(self, declared: Field, value: JsonValue, provider: str) -> JsonValue:
        """Return a live value as it stands in a manifest: references by name where possible."""
        if isinstance(value, list):
            return [self._as_in_manifest(declared, each, provider) for each in value]
        identifier = id_of(value) if declared.refers_to else None
        if identifier is None:
            return value
        name = self._names.get((provider, declared.refers_to, identifier))
        known = Address(provider, declared.refers_to, name or "")
        if name is not None and known in self._workspace.configuration.resources:
            return name
        return {"id": int(identifier) if identifier.isdecimal() else identifier}

    def _refuse(
        self, drift: Drift, resource: Resource | None, why: str, name: str | None = None
    ) -> None:
        path = ("spec",) if name is None else ("spec", name)
        where = () if resource is None else (str(resource.locate(path)),)
        self.faults.append(": ".join((*where, str(drift.address), why)))


class _MeanTheSame(Struct, frozen=True, kw_only=True):
    """Tells whether two items of a list field mean the same, though spelled differently."""

    kind: Kind
    resource: Resource
    name: str

    def __call__(self, one: JsonValue, other: JsonValue) -> bool:
        return one == other or self._canonical(one) == self._canonical(other)

    def _canonical(self, item: JsonValue) -> JsonValue:
        spec = {**self.resource.spec, self.name: [item]}
        return self.kind.canonical(spec, self.resource.address.name)[self.name]


def accepted_rows(
    workspace: Workspace, acceptances: Iterable[Acceptance], configuration: Configuration
) -> list[OwnedObject]:
    """Return the new rows of state; `configuration` has the manifests as they were rewritten."""
    rows = workspace.store.objects()
    return [_row(workspace, rows, each, configuration) for each in acceptances]


def _row(
    workspace: Workspace,
    rows: Mapping[Address, OwnedObject],
    acceptance: Acceptance,
    configuration: Configuration,
) -> OwnedObject:
    kind, row = workspace.kind(acceptance.address), rows[acceptance.address]
    digest = workspace.store.digest
    names = [value.name for value in acceptance.values]
    held = {n: keep(kind.field(n), acceptance.live.fields[n], digest) for n in names}
    references = configuration.resources[acceptance.address].references
    return replace(
        row,
        applied={**row.applied, **held},
        key=acceptance.live.key or row.key,
        depends_on=tuple(dict.fromkeys(each.target for each in references)),
    )


async def remember(run: Run, rows: Iterable[OwnedObject]) -> None:
    """Store the rows of all accepted objects in one transaction."""
    await run.settle_all(Put(row=row) for row in rows)
