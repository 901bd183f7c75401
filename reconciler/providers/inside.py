"""Kinds whose objects belong to a parent object, such as a sender domain, and are listed by it.

An account may have many parents. So a run lists only those that it is about, and of these only
those that have any such objects, if the server shows counts.
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
    """An object that others belong to, as listed."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def key(self) -> str:
        """Return its natural key."""


P = TypeVar("P", bound=Parent)
T = TypeVar("T")


class Inside(Struct, frozen=True, kw_only=True):
    """How objects of some kinds refer to their parent."""

    kind: str
    """The parent's kind."""
    field: str
    """The field that refers to the parent."""

    def remember(self, parent: str) -> dict[str, JsonValue]:
        """Return the entry of `extra` with the parent's id."""
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
    """An account's parents, as last read, and the scope of the run."""

    def __init__(self, inside: Inside, missing: Callable[[Resource, str], Finding]) -> None:
        """Start without any; `missing` makes the finding that a manifest names an unknown id."""
        self.inside = inside
        self._missing = missing
        self.scope = Scope(kinds=frozenset())
        self.rows: Mapping[str, P] = {}
        """By id."""
        self.counts: Mapping[str, Mapping[str, int]] = {}
        """How many objects belong to each, by its id and then by kind; empty if unknown."""
        self._read: set[str] = set()
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    def begin(self, scope: Scope, rows: Iterable[P]) -> None:
        """Start a run with its scope and the parents just listed."""
        self.scope = scope
        self.rows = {row.id: row for row in rows}
        self.counts = {}
        self._read = set()

    def lock(self, kind: str, parent: str) -> asyncio.Lock:
        """Return a lock for whoever lists a parent's objects of a kind and relies on that list."""
        return self._locks.setdefault((kind, parent), asyncio.Lock())

    def tell(self, kind: str) -> None:
        """Report as progress that a kind was read."""
        self._read.add(kind)
        self.scope.progress("collections", len(self._read), len(self.scope.kinds))

    async def listed(self, kind: str, ask: Callable[[str], Awaitable[T]]) -> list[tuple[P, T]]:
        """Return the parents that matter, each with what `ask` returns for its id."""
        parents = self.asked(kind)
        lists = await asyncio.gather(*(ask(parent.id) for parent in parents))
        self.tell(kind)
        return list(zip(parents, lists, strict=True))

    def asked(self, kind: str) -> list[P]:
        """Return the parents whose objects are in scope; all if none is named or all are asked."""
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
        """Return the desired resources of a kind."""
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
        """Return findings on manifests that name a parent by an id that does not exist."""
        if self.scope.whole:
            return ()
        named = [(each, id_of(each.spec.get(self.inside.field))) for each in self.desired(kind)]
        return tuple(
            self._missing(each, known)
            for each, known in named
            if known is not None and known not in self.rows
        )
