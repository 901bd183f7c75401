"""Kinds whose objects are inside one of another kind, and are listed one of these at a time.

Such as what belongs to a sender domain. An account may have many, so only those are asked that a
run is about, and of these, where the server tells counts, only those that have anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from reconciler.errors import ProviderError
from reconciler.model.address import Address
from reconciler.model.finding import Finding
from reconciler.model.resource import Resource
from reconciler.model.values import Fields, JsonValue, id_of
from reconciler.providers.task import Scope, Task


class Parent(Protocol):
    """What others are inside of, as listed."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def key(self) -> str:
        """Return its natural key."""


P = TypeVar("P", bound=Parent)
T = TypeVar("T")


class Inside(Struct, frozen=True, kw_only=True):
    """How objects say what they are inside of."""

    kind: str
    """The parent's kind."""
    field: str
    """The field that refers to it."""

    def remember(self, parent: str) -> dict[str, JsonValue]:
        """Return what `extra` holds of the parent's id."""
        return {f"{self.field}Id": parent}

    def remembered(self, extra: Mapping[str, JsonValue], fields: Fields) -> str | None:
        """Return the id of an object's parent, by its `extra` or else its fields."""
        known = extra.get(f"{self.field}Id")
        return str(known) if known is not None else id_of(fields.get(self.field))

    def address(self, resource: Resource) -> Address:
        """Return the address of the parent that a resource refers to by name."""
        return next(
            (each.target for each in resource.references if each.field == self.field),
            Address(resource.address.provider, self.kind, str(resource.spec.get(self.field))),
        )

    def of(self, task: Task) -> str:
        """Return the id of the parent of a task's object; raises `ProviderError`."""
        found = self.remembered({}, task.desired)
        if found is None and task.owned:
            found = self.remembered(task.owned.extra, task.owned.applied)
        if found is None and task.live:
            found = self.remembered(task.live.extra, task.live.fields)
        if found is None:
            raise ProviderError(f"{task.address}: the id of its {self.field} is not known")
        return found


class Parents(Generic[P]):
    """The parents that an account has, as last read, and what a run is about."""

    def __init__(self, inside: Inside, missing: Callable[[Resource, str], Finding]) -> None:
        """Know of none yet; `missing` says of a manifest that the account lacks the id it names."""
        self.inside = inside
        self._missing = missing
        self.scope = Scope(kinds=frozenset())
        self.rows: Mapping[str, P] = {}
        """By id."""
        self.counts: Mapping[str, Mapping[str, int]] = {}
        """By id how many objects are inside, by kind; empty where no server tells."""
        self._read: set[str] = set()
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    def begin(self, scope: Scope, rows: Iterable[P]) -> None:
        """Take what was listed just now, to read a scope."""
        self.scope = scope
        self.rows = {row.id: row for row in rows}
        self.counts = {}
        self._read = set()

    def lock(self, kind: str, parent: str) -> asyncio.Lock:
        """Serialise what lists a parent's objects of a kind and then relies on that list."""
        return self._locks.setdefault((kind, parent), asyncio.Lock())

    def tell(self, kind: str) -> None:
        """Say that a kind was read."""
        self._read.add(kind)
        self.scope.progress("collections", len(self._read), len(self.scope.kinds))

    async def listed(self, kind: str, ask: Callable[[str], Awaitable[T]]) -> list[tuple[P, T]]:
        """List the parents that matter, each with what `ask` tells of it by its id."""
        parents = self.asked(kind)
        lists = await asyncio.gather(*(ask(parent.id) for parent in parents))
        self.tell(kind)
        return list(zip(parents, lists, strict=True))

    def asked(self, kind: str) -> list[P]:
        """Return the parents whose objects matter; all where nobody says, or all are asked for."""
        desired, owned = self.desired(kind), self.scope.owned.get(kind, ())
        ids: list[str | None] = [*self.rows]
        if (desired or owned) and not self.scope.whole:
            ids = [self.of(resource) for resource in desired]
            ids += [self.inside.remembered(row.extra, row.applied) for row in owned]
        return [
            self.rows[known]
            for known in dict.fromkeys(ids)
            if known is not None
            and known in self.rows
            and self.counts.get(known, {}).get(kind) != 0
        ]

    def desired(self, kind: str) -> list[Resource]:
        """Return what manifests have of a kind."""
        return [*self.scope.desired.get(kind, ())]

    def of(self, resource: Resource) -> str | None:
        """Return the id of the live parent that a resource refers to, if there is one."""
        if (known := id_of(resource.spec.get(self.inside.field))) is not None:
            return known
        address = self.inside.address(resource)
        for owned in self.scope.owned.get(self.inside.kind, ()):
            if owned.address == address and owned.remote_id in self.rows:
                return owned.remote_id
        for desired in self.desired(self.inside.kind):
            if desired.address == address:
                key = desired.spec.get(self.inside.field)
                same = [row for row in self.rows.values() if row.key == key]
                return same[0].id if len(same) == 1 else None
        return None

    def findings(self, kind: str) -> tuple[Finding, ...]:
        """Return what is to be said of manifests that name a parent by an id that is not there."""
        if self.scope.whole:
            return ()
        named = [(each, id_of(each.spec.get(self.inside.field))) for each in self.desired(kind)]
        return tuple(
            self._missing(each, known)
            for each, known in named
            if known is not None and known not in self.rows
        )
