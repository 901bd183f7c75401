"""The sender domains of an account, and which of them a run is about."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.errors import ProviderError
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.resource import Resource
from reconciler.model.values import Fields, JsonValue, id_of
from reconciler.providers.octeth.kinds import CHILDREN, SENDER_DOMAIN
from reconciler.providers.octeth.rows import DomainRow
from reconciler.providers.task import Scope, Task


class Known(Struct, frozen=True, kw_only=True):
    """What is known of domains while a scope is read."""

    scope: Scope
    rows: Mapping[str, DomainRow]
    """The account's domains by id."""
    counts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    """By domain how many objects it has, by kind; empty where nobody asked or the server is old."""

    read: set[str] = field(default_factory=set)
    """The kinds that were read so far."""

    def tell(self, kind: str) -> None:
        """Say that a kind was read."""
        self.read.add(kind)
        self.scope.progress("collections", len(self.read), len(self.scope.kinds))

    def lists(self) -> int:
        """Return how many lists are to be read: one for each kind and domain."""
        return sum(len(self.asked(kind)) for kind in CHILDREN if kind in self.scope.kinds)

    def asked(self, kind: str) -> list[DomainRow]:
        """Return the domains whose objects matter; all where nobody says, or all are asked for."""
        desired, owned = self.desired(kind), self.scope.owned.get(kind, ())
        ids: list[str | None] = [*self.rows]
        if (desired or owned) and not self.scope.whole:
            ids = [self.domain_id(resource) for resource in desired]
            ids += [domain_of(row.extra, row.applied) for row in owned]
        return [
            self.rows[one]
            for one in dict.fromkeys(ids)
            if one is not None and one in self.rows and self.counts.get(one, {}).get(kind) != 0
        ]

    def desired(self, kind: str) -> list[Resource]:
        """Return what manifests have of a kind."""
        return [*self.scope.desired.get(kind, ())]

    def domain_id(self, resource: Resource) -> str | None:
        """Return the id of the live domain that a resource refers to, if there is one."""
        if (known := id_of(resource.spec.get("domain"))) is not None:
            return known
        address = domain_address(resource)
        for owned in self.scope.owned.get(SENDER_DOMAIN, ()):
            if owned.address == address and owned.remote_id in self.rows:
                return owned.remote_id
        for desired in self.desired(SENDER_DOMAIN):
            if desired.address == address:
                same = [row for row in self.rows.values() if row.key == desired.spec.get("domain")]
                return same[0].id if len(same) == 1 else None
        return None

    def missing(self, kind: str) -> list[Finding]:
        """Return a finding for each manifest that names a domain, by its id, that is not there."""
        if self.scope.whole:
            return []
        named = [(each, id_of(each.spec.get("domain"))) for each in self.desired(kind)]
        return [
            note(
                each,
                Severity.WARNING,
                "octeth-domain-missing",
                f"the account has no sender domain with the id {known}",
            )
            for each, known in named
            if known is not None and known not in self.rows
        ]


def note(resource: Resource, severity: Severity, rule: str, message: str) -> Finding:
    """Return what is to be said of a manifest."""
    return Finding(
        severity=severity,
        rule=rule,
        message=message,
        address=resource.address,
        origin=resource.origin,
    )


def domain_address(resource: Resource) -> Address:
    """Return the address of the domain that a resource refers to by name."""
    return next(
        (one.target for one in resource.references if one.field == "domain"),
        Address(resource.address.provider, SENDER_DOMAIN, str(resource.spec.get("domain"))),
    )


def domain_of(extra: Mapping[str, JsonValue], fields: Fields) -> str | None:
    """Return the id of the domain that an object belongs to."""
    known = extra.get("domainId")
    return str(known) if known is not None else id_of(fields.get("domain"))


def domain_id(task: Task) -> str:
    """Return the id of the domain that a task's object belongs to; raises `ProviderError`."""
    found = domain_of({}, task.desired)
    if found is None and task.owned:
        found = domain_of(task.owned.extra, task.owned.applied)
    if found is None and task.live:
        found = domain_of(task.live.extra, task.live.fields)
    if found is None:
        raise ProviderError(f"{task.address}: the id of its domain is not known")
    return found
