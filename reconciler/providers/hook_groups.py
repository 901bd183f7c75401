"""Groups the parts at a server into webhooks, by the claims of manifests and state."""

from __future__ import annotations

from collections.abc import Collection as Group
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.parts import owed, owing
from reconciler.model.resource import Resource
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.hooks import (
    HookList,
    Hooks,
    Part,
    names_of,
    owned_parts,
    part_key,
)
from reconciler.providers.parts import events_of


class Index(Struct, frozen=True):
    """All parts of some parents."""

    parts: Sequence[Part]
    parents: Mapping[str, str] = {}
    """A parent's natural key by its id."""
    _found: dict[tuple[str, str], list[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in sorted(self.parts, key=lambda part: (len(part.id), part.id)):
            self._found.setdefault((part.parent, part.name), []).append(part)

    def find(self, parent: str, name: str, preferred: str | None = None) -> Part | None:
        """Return a part; of several the same, the one with the `preferred` id, else the oldest."""
        found = self._found.get((parent, name), [])
        return next((part for part in found if part.id == preferred), found[0] if found else None)

    def called(self, parent: str) -> str:
        """Return a parent's natural key, or its id where the key is not known."""
        return self.parents.get(parent, f"#{parent}")


def parts_of(parent: str, listing: HookList) -> list[Part]:
    """Return the parts of a parent's rows."""
    return [
        Part(parent=parent, event=event, url=row.url, id=row.id, shared=len(row.events) > 1)
        for row in listing.rows
        for event in row.events
    ]


class Claimed(Struct, kw_only=True):
    """The parts of one address."""

    parent: str
    desired: Resource | None
    owned: OwnedObject | None
    parts: list[Part]
    new: list[Part]
    """Parts that its manifest names, and that no address owns in state."""


class Groups:
    """Makes the webhooks of one account from a list of parts."""

    def __init__(self, hooks: Hooks, kind: str, index: Index) -> None:
        """Group what is in the index into objects of the kind."""
        self.hooks = hooks
        self.kind = kind
        self.index = index

    def collection(
        self, desired: Sequence[tuple[str, Resource]], owned: Sequence[OwnedObject]
    ) -> Collection:
        """Return the webhooks: one for each address, and one for each unclaimed URL.

        `desired` are manifests, each with the id of its parent.
        """
        claimed, taken = self._claimed(desired, owned)
        ours = {(self._parent(row), part) for row in owned for part in owned_parts(row)}
        objects = [self._claimed_object(each, ours) for each in claimed]
        rest = [part for part in self.index.parts if part not in taken]
        return Collection(
            kind=self.kind,
            objects=(*filter(None, objects), *self._unclaimed(rest)),
            parts=tuple(self._part_object(part) for part in self.index.parts),
        )

    def _claimed(
        self, desired: Sequence[tuple[str, Resource]], owned: Sequence[OwnedObject]
    ) -> tuple[list[Claimed], set[Part]]:
        """Return the parts of each address, and all parts that an address claims."""
        manifests = {each.address: each for _, each in desired}
        claimed = {
            row.address: Claimed(
                parent=parent,
                desired=manifests.get(row.address),
                owned=row,
                parts=self._owned(parent, row),
                new=[],
            )
            for row in owned
            if (parent := self._parent(row)) is not None
        }
        nowhere = {row.address for row in owned} - claimed.keys()
        taken = {part for each in claimed.values() for part in each.parts}
        for parent, resource in desired:
            found = [self.index.find(parent, name) for name in names_of(resource.spec)]
            free = [part for part in found if part is not None and part not in taken]
            taken.update(free)
            if resource.address in claimed:
                claimed[resource.address].new = free
            elif resource.address not in nowhere:
                claimed[resource.address] = Claimed(
                    parent=parent, desired=resource, owned=None, parts=free, new=[]
                )
        return [*claimed.values()], taken

    def _parent(self, row: OwnedObject) -> str | None:
        return self.hooks.inside.remembered(row.extra, row.applied)

    def _owned(self, parent: str, row: OwnedObject) -> list[Part]:
        found = [self.index.find(parent, name, known) for name, known in owned_parts(row).items()]
        return [part for part in found if part is not None]

    def _claimed_object(
        self, claimed: Claimed, ours: Group[tuple[str | None, str]]
    ) -> LiveObject | None:
        parent, desired, owned = claimed.parent, claimed.desired, claimed.owned
        # Unmanaged parts that an interrupted change removed and has not put back yet. Not those
        # that an address owns by now: its own manifest decides whether they are made again.
        waiting = owed(owned.extra) if owned else {}
        lost = [
            name
            for name in waiting
            if (parent, name) not in ours and self.index.find(parent, name) is None
        ]
        if not claimed.parts and not lost:
            return None
        names = [part.name for part in claimed.parts]
        url = str(desired.spec["url"]) if desired else None
        fields = self.hooks.fields(parent, [] if lost else names, url)
        if fields["url"] is None and owned:
            fields["url"] = owned.applied.get("url")
        claims: Fields = desired.spec if desired else owned.applied if owned else fields
        called = self.index.called(parent)
        return LiveObject(
            kind=self.kind,
            id=owned.remote_id if owned else self.hooks.group_id(parent, names),
            key=self.hooks.key(called, str(claims.get("url")), events_of(claims)),
            fields=fields,
            extra=self._extra(claimed, lost),
            address=owned.address if owned else desired.address if desired else None,
            conflicts=tuple(
                f"event {part.event} to {part.url} exists already as webhook {part.id}, "
                "which is not managed here"
                for part in claimed.new
            ),
            name=f"{called} {fields['url']}",
        )

    def _extra(self, claimed: Claimed, lost: Sequence[str]) -> dict[str, JsonValue]:
        extra = self.hooks.inside.remember(claimed.parent)
        if claimed.parts:
            extra |= self.hooks.remember(claimed.parent, _ids(claimed.parts))
        if claimed.new:
            extra["unmanaged"] = {part.name: part.id for part in claimed.new}
        if any(part.shared for part in claimed.parts):
            extra["shared"] = True
        if claimed.owned and owed(claimed.owned.extra):
            # Even if none is lost any more: this clears those that state remembers as lost.
            extra |= owing(dict.fromkeys(lost, "lost"))
        return extra

    def _unclaimed(self, parts: Iterable[Part]) -> list[LiveObject]:
        together: dict[tuple[str, str], list[Part]] = {}
        for part in parts:
            if part.event in self.hooks.events:
                together.setdefault((part.parent, part.url), []).append(part)
        return [
            LiveObject(
                kind=self.kind,
                id=self.hooks.group_id(parent, _ids(found)),
                key=self.hooks.key(self.index.called(parent), url, [part.event for part in found]),
                fields=self.hooks.fields(parent, _ids(found), url),
                extra=self.hooks.remember(parent, _ids(found)),
                name=f"{self.index.called(parent)} {url}",
            )
            for (parent, url), found in together.items()
        ]

    def _part_object(self, part: Part) -> LiveObject:
        return LiveObject(
            kind=self.kind,
            id=part.id,
            key=part_key(part.parent, part.name),
            fields=self.hooks.fields(part.parent, [part.name], part.url),
            extra=self.hooks.remember(part.parent, _ids([part])),
        )


def unmanaged_parts(extra: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return the unmanaged parts that a manifest names, with their ids."""
    found = extra.get("unmanaged")
    return {name: str(known) for name, known in found.items()} if isinstance(found, dict) else {}


def is_shared(extra: Mapping[str, JsonValue]) -> bool:
    """Tell whether a row of the webhook has several events."""
    return extra.get("shared") is True


def _ids(parts: Iterable[Part]) -> dict[str, str | None]:
    return {part.name: part.id for part in parts}
