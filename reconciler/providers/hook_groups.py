"""Groups the parts that a server has into webhooks as manifests and state claim them."""

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
    """All parts of some places."""

    parts: Sequence[Part]
    places: Mapping[str, str] = {}
    """A place's natural key by its id."""
    _found: dict[tuple[str, str], list[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in sorted(self.parts, key=lambda part: (len(part.id), part.id)):
            self._found.setdefault((part.place, part.name), []).append(part)

    def find(self, place: str, name: str, preferred: str | None = None) -> Part | None:
        """Return the part, of several equal ones the one with this id, else the oldest."""
        found = self._found.get((place, name), [])
        return next((part for part in found if part.id == preferred), found[0] if found else None)

    def called(self, place: str) -> str:
        """Return what a place is called."""
        return self.places.get(place, f"#{place}")


def parts_of(place: str, listing: HookList) -> list[Part]:
    """Return the parts of a place's rows."""
    return [
        Part(place=place, event=event, url=row.url, id=row.id, shared=len(row.events) > 1)
        for row in listing.rows
        for event in row.events
    ]


class Claimed(Struct, kw_only=True):
    """The parts of one address."""

    place: str
    desired: Resource | None
    owned: OwnedObject | None
    parts: list[Part]
    fresh: list[Part]
    """Those that nobody manages and that its manifest names."""


class Groups:
    """The webhooks of one account, as one list of parts has them."""

    def __init__(self, hooks: Hooks, kind: str, index: Index) -> None:
        """Group what is in the index into objects of the kind."""
        self.hooks = hooks
        self.kind = kind
        self.index = index

    def collection(
        self, desired: Sequence[tuple[str, Resource]], owned: Sequence[OwnedObject]
    ) -> Collection:
        """Return the webhooks, by address where a manifest or state claims them.

        `desired` are manifests, each with the id of its place.
        """
        claimed, taken = self._claimed(desired, owned)
        ours = {(self._place(row), part) for row in owned for part in owned_parts(row)}
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
        """Return what each address has, and all parts that are somebody's then."""
        manifests = {each.address: each for _, each in desired}
        claimed = {
            row.address: Claimed(
                place=place,
                desired=manifests.get(row.address),
                owned=row,
                parts=self._owned(place, row),
                fresh=[],
            )
            for row in owned
            if (place := self._place(row)) is not None
        }
        nowhere = {row.address for row in owned} - claimed.keys()
        taken = {part for each in claimed.values() for part in each.parts}
        for place, resource in desired:
            found = [self.index.find(place, name) for name in names_of(resource.spec)]
            free = [part for part in found if part is not None and part not in taken]
            taken.update(free)
            if resource.address in claimed:
                claimed[resource.address].fresh = free
            elif resource.address not in nowhere:
                claimed[resource.address] = Claimed(
                    place=place, desired=resource, owned=None, parts=free, fresh=[]
                )
        return [*claimed.values()], taken

    def _place(self, row: OwnedObject) -> str | None:
        return self.hooks.inside.remembered(row.extra, row.applied)

    def _owned(self, place: str, row: OwnedObject) -> list[Part]:
        found = [self.index.find(place, name, known) for name, known in owned_parts(row).items()]
        return [part for part in found if part is not None]

    def _claimed_object(
        self, claimed: Claimed, ours: Group[tuple[str | None, str]]
    ) -> LiveObject | None:
        place, desired, owned = claimed.place, claimed.desired, claimed.owned
        # Other people's parts that an interrupted change removed and has not put back yet. What any
        # address owns is not other people's: its own manifest says whether it is made again.
        waiting = owed(owned.extra) if owned else {}
        lost = [
            name
            for name in waiting
            if (place, name) not in ours and self.index.find(place, name) is None
        ]
        if not claimed.parts and not lost:
            return None
        names = [part.name for part in claimed.parts]
        url = str(desired.spec["url"]) if desired else None
        fields = self.hooks.fields(place, [] if lost else names, url)
        if fields["url"] is None and owned:
            fields["url"] = owned.applied.get("url")
        claims: Fields = desired.spec if desired else owned.applied if owned else fields
        called = self.index.called(place)
        return LiveObject(
            kind=self.kind,
            id=owned.remote_id if owned else self.hooks.group_id(place, names),
            key=self.hooks.key(called, str(claims.get("url")), events_of(claims)),
            fields=fields,
            extra=self._extra(claimed, lost),
            address=owned.address if owned else desired.address if desired else None,
            conflicts=tuple(
                f"event {part.event} to {part.url} exists already as webhook {part.id}, "
                "which is not managed here"
                for part in claimed.fresh
            ),
            name=f"{called} {fields['url']}",
        )

    def _extra(self, claimed: Claimed, lost: Sequence[str]) -> dict[str, JsonValue]:
        extra = self.hooks.inside.remember(claimed.place)
        if claimed.parts:
            extra |= self.hooks.remember(claimed.place, _ids(claimed.parts))
        if claimed.fresh:
            extra["unmanaged"] = {part.name: part.id for part in claimed.fresh}
        if any(part.shared for part in claimed.parts):
            extra["shared"] = True
        if claimed.owned and owed(claimed.owned.extra):
            # Also when it is empty: what is there again, or has another owner, is not waited for.
            extra |= owing(dict.fromkeys(lost, "lost"))
        return extra

    def _unclaimed(self, parts: Iterable[Part]) -> list[LiveObject]:
        together: dict[tuple[str, str], list[Part]] = {}
        for part in parts:
            if part.event in self.hooks.events:
                together.setdefault((part.place, part.url), []).append(part)
        return [
            LiveObject(
                kind=self.kind,
                id=self.hooks.group_id(place, _ids(found)),
                key=self.hooks.key(self.index.called(place), url, [part.event for part in found]),
                fields=self.hooks.fields(place, _ids(found), url),
                extra=self.hooks.remember(place, _ids(found)),
                name=f"{self.index.called(place)} {url}",
            )
            for (place, url), found in together.items()
        ]

    def _part_object(self, part: Part) -> LiveObject:
        return LiveObject(
            kind=self.kind,
            id=part.id,
            key=part_key(part.place, part.name),
            fields=self.hooks.fields(part.place, [part.name], part.url),
            extra=self.hooks.remember(part.place, _ids([part])),
        )


def unmanaged_parts(extra: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return the parts, with their ids, that a manifest names and nobody manages."""
    found = extra.get("unmanaged")
    return {name: str(known) for name, known in found.items()} if isinstance(found, dict) else {}


def is_shared(extra: Mapping[str, JsonValue]) -> bool:
    """Tell whether a row of the webhook carries events of others as well."""
    return extra.get("shared") is True


def _ids(parts: Iterable[Part]) -> dict[str, str | None]:
    return {part.name: part.id for part in parts}
