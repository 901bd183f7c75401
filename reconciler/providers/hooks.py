"""Webhooks that a server keeps by event, and how the rows of a list and manifests call them.

A manifest's webhook is a place, such as a sender domain, a URL and several events; the server has a
row for each event, or one row for several. The unit in between is the part: one event to one URL,
named `event|URL`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from reconciler.model.owned import OwnedObject
from reconciler.model.parts import remember, remembered
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue, id_of, remote_id
from reconciler.providers.inside import Inside
from reconciler.providers.kind import ParentKey, mentioned
from reconciler.providers.parts import events_of, in_order


class HookRow(Struct, frozen=True, kw_only=True):
    """One webhook as the server has it; it may carry several events."""

    id: str
    url: str
    events: tuple[str, ...]
    """In our spelling; one that we do not know stays as it is."""

    @property
    def parts(self) -> list[str]:
        """Return the names of its parts."""
        return [part_name(event, self.url) for event in self.events]


class HookList(Struct, frozen=True, kw_only=True):
    """The webhooks of one place."""

    rows: tuple[HookRow, ...] = ()
    signing_key: Secret | None = None


class Part(Struct, frozen=True, kw_only=True):
    """One event to one URL."""

    place: str
    """The place's id."""
    event: str
    url: str
    id: str
    """The id of its row, which may be that of other parts too."""
    shared: bool
    """Its row carries other events as well."""

    @property
    def name(self) -> str:
        """Return its name within its place."""
        return part_name(self.event, self.url)


def part_name(event: str, url: str) -> str:
    """Return a part's name within its place."""
    return f"{event}|{url}"


def event_of(name: str) -> str:
    """Return the event of a part."""
    return name.partition("|")[0]


def url_of(name: str) -> str:
    """Return the URL of a part."""
    return name.partition("|")[2]


def names_of(fields: Fields) -> list[str]:
    """Return the parts that the fields of a webhook name."""
    return [part_name(event, str(fields.get("url"))) for event in events_of(fields)]


def part_key(place: str, name: str) -> str:
    """Return a part's natural key within an account."""
    return f"{place}|{name}"


def owned_parts(owned: OwnedObject) -> dict[str, str]:
    """Return the ids that state remembers by part; of rows without, what was applied."""
    found = remembered(owned.extra)
    return dict.fromkeys(names_of(owned.applied), "") if found is None else found


class Hooks(Struct, frozen=True, kw_only=True):
    """How webhooks of one provider are written in manifests, and what they are called."""

    inside: Inside
    events: Sequence[str]
    """Those that can be created, in the order in which they are shown."""
    past: Mapping[str, str] = {}
    """Other spellings of events that answers or manifests may have."""

    def spelled(self, event: str) -> str:
        """Return an event in our spelling, an unknown one as it is."""
        word = event.strip()
        return self.past.get(word.lower(), word.lower() if word.lower() in self.events else word)

    def in_order(self, events: Iterable[str]) -> list[str]:
        """Return events once each, in the order in which they are shown, unknown ones last."""
        return in_order(events, self.events)

    def key(self, place: str, url: str, events: Iterable[str]) -> str:
        """Return a webhook's natural key; `place` is the natural key of its place."""
        return f"{place}|{url}|{','.join(self.in_order(events))}"

    def canonical(self, spec: Fields, _name: str) -> dict[str, JsonValue]:
        """Return canonical fields: `Kind.canonical`."""
        fields = mentioned(spec)
        if "events" in fields:
            fields["events"] = [*self.in_order(map(self.spelled, events_of(fields)))]
        return fields

    def identity(self, fields: Fields, parent: ParentKey) -> str | None:
        """Return the natural key of fields: `Kind.identity`."""
        place = parent(fields.get(self.inside.field))
        return place and self.key(place, str(fields.get("url")), events_of(fields))

    def claims(self, fields: Fields, parent: ParentKey) -> tuple[str, ...]:
        """Return what fields occupy: `Kind.claims`."""
        reference = fields.get(self.inside.field)
        by_id = id_of(reference)
        place = parent(reference) or (f"#{by_id}" if by_id else None)
        return tuple(part_key(place, name) for name in names_of(fields)) if place else ()

    def group_id(self, place: str, names: Iterable[str]) -> str:
        """Return the id of a webhook of several rows, which the server has none for.

        It is the key of its first part, which no other webhook has at the same time.
        """

        def rank(name: str) -> tuple[int, str]:
            event = event_of(name)
            known = event in self.events
            return (self.events.index(event) if known else len(self.events)), name

        return part_key(place, min(names, key=rank))

    def fields(self, place: str, names: Iterable[str], url: str | None) -> dict[str, JsonValue]:
        """Return parts in manifest form; `url` is the desired one.

        While a URL is being changed there are parts at two; then the one that is to go is told, so
        that the next plan sees that there is something left to do.
        """
        names = list(names)
        urls = sorted(set(map(url_of, names)), key=lambda each: (each == url, each))
        shown = urls[0] if urls else url
        events = self.in_order(event_of(name) for name in names if url_of(name) == shown)
        return {self.inside.field: remote_id(place), "events": [*events], "url": shown}

    def remember(self, place: str, parts: Mapping[str, str | None]) -> dict[str, JsonValue]:
        """Return what `extra` holds of a webhook's parts."""
        return {**self.inside.remember(place), **remember(parts)}
