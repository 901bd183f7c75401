"""Webhooks that a server keeps by event: rows, parts and their names.

A webhook belongs to a parent, such as a sender domain. In a manifest it has one URL and several
events. The server has a row for each event, or one row for several. Both consist of parts: a part
is one event to one URL, named `event|URL`.
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
    """One webhook as the server has it, for one or several events."""

    id: str
    url: str
    events: tuple[str, ...]
    """In our spelling; an unknown event stays as the server spells it."""

    @property
    def parts(self) -> list[str]:
        """Return the names of its parts."""
        return [part_name(event, self.url) for event in self.events]


class HookList(Struct, frozen=True, kw_only=True):
    """The webhooks of one parent."""

    rows: tuple[HookRow, ...] = ()
    signing_key: Secret | None = None


class Part(Struct, frozen=True, kw_only=True):
    """One event to one URL."""

    parent: str
    """The parent's id."""
    event: str
    url: str
    id: str
    """The id of its row, which may have other parts, too."""
    shared: bool
    """Whether its row has other events, too."""

    @property
    def name(self) -> str:
        """Return its name within its parent."""
        return part_name(self.event, self.url)


def part_name(event: str, url: str) -> str:
    """Return a part's name within its parent."""
    return f"{event}|{url}"


def event_of(name: str) -> str:
    """Return the event of a part."""
    return name.partition("|")[0]


def url_of(name: str) -> str:
    """Return the URL of a part."""
    return name.partition("|")[2]


def names_of(fields: Fields) -> list[str]:
    """Return the names of the parts that a webhook's fields describe."""
    return [part_name(event, str(fields.get("url"))) for event in events_of(fields)]


def part_key(parent: str, name: str) -> str:
    """Return a part's natural key within an account."""
    return f"{parent}|{name}"


def owned_parts(owned: OwnedObject) -> dict[str, str]:
    """Return the ids that state remembers, by part; an empty id where it has none yet."""
    found = remembered(owned.extra)
    return dict.fromkeys(names_of(owned.applied), "") if found is None else found


class Hooks(Struct, frozen=True, kw_only=True):
    """How one provider's webhooks are written in manifests, and how events are spelled."""

    inside: Inside
    events: Sequence[str]
    """The events that can be created, in the order in which they are shown."""
    past: Mapping[str, str] = {}
    """Other spellings of events that answers or manifests may have."""

    def spelled(self, event: str) -> str:
        """Return an event in our spelling; an unknown one unchanged."""
        word = event.strip()
        return self.past.get(word.lower(), word.lower() if word.lower() in self.events else word)

    def in_order(self, events: Iterable[str]) -> list[str]:
        """Return events, each once, in the order in which they are shown; unknown ones last."""
        return in_order(events, self.events)

    def key(self, parent: str, url: str, events: Iterable[str]) -> str:
        """Return a webhook's natural key; `parent` is the natural key of its parent."""
        return f"{parent}|{url}|{','.join(self.in_order(events))}"

    def canonical(self, spec: Fields, _name: str) -> dict[str, JsonValue]:
        """Return canonical fields: `Kind.canonical`."""
        fields = mentioned(spec)
        if "events" in fields:
            fields["events"] = [*self.in_order(map(self.spelled, events_of(fields)))]
        return fields

    def identity(self, fields: Fields, parent: ParentKey) -> str | None:
        """Return the natural key of fields: `Kind.identity`."""
        parent_key = parent(fields.get(self.inside.field))
        return parent_key and self.key(parent_key, str(fields.get("url")), events_of(fields))

    def claims(self, fields: Fields, parent: ParentKey) -> tuple[str, ...]:
        """Return the keys of the parts that fields name: `Kind.claims`."""
        reference = fields.get(self.inside.field)
        by_id = id_of(reference)
        parent_key = parent(reference) or (f"#{by_id}" if by_id else None)
        return tuple(part_key(parent_key, name) for name in names_of(fields)) if parent_key else ()

    def group_id(self, parent: str, names: Iterable[str]) -> str:
        """Return our id for a webhook of several rows, for which the server has none.

        It is the key of its first part, which no other webhook has at the same time.
        """

        def rank(name: str) -> tuple[int, str]:
            event = event_of(name)
            known = event in self.events
            return (self.events.index(event) if known else len(self.events)), name

        return part_key(parent, min(names, key=rank))

    def fields(self, parent: str, names: Iterable[str], url: str | None) -> dict[str, JsonValue]:
        """Return parts in manifest form; `url` is the desired one.

        While a URL is being changed, there are parts at two URLs. Then the old URL is returned, so
        that the next plan sees that something is left to do.
        """
        names = list(names)
        urls = sorted(set(map(url_of, names)), key=lambda each: (each == url, each))
        shown = urls[0] if urls else url
        events = self.in_order(event_of(name) for name in names if url_of(name) == shown)
        return {self.inside.field: remote_id(parent), "events": [*events], "url": shown}

    def remember(self, parent: str, parts: Mapping[str, str | None]) -> dict[str, JsonValue]:
        """Return what `extra` holds of a webhook's parts."""
        return {**self.inside.remember(parent), **remember(parts)}
