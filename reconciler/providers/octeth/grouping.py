"""Webhook rows as the server has them, grouped into what manifests call a webhook.

A manifest's webhook is a domain, a URL and several events; the server has a row for each event, or
one row for several. The unit in between is the part: one event to one URL, named `event|URL`.
"""

from __future__ import annotations

from collections.abc import Collection as Group
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.parts import owed, owing, remember, remembered
from reconciler.model.resource import Resource
from reconciler.model.values import Fields, JsonValue, remote_id
from reconciler.providers.octeth.convert import EVENTS, in_order
from reconciler.providers.octeth.kinds import WEBHOOK, webhook_key
from reconciler.providers.octeth.known import domain_of
from reconciler.providers.octeth.rows import WebhookList
from reconciler.providers.parts import events_of


class Part(Struct, frozen=True, kw_only=True):
    """One event to one URL."""

    domain: str
    """The domain's id."""
    event: str
    url: str
    id: str
    """The id of its row, which may be that of other parts too."""
    shared: bool
    """Its row carries other events as well."""

    @property
    def name(self) -> str:
        """Return its name within its domain."""
        return part_name(self.event, self.url)


def part_name(event: str, url: str) -> str:
    """Return a part's name within its domain."""
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


def part_key(domain: str, name: str) -> str:
    """Return a part's natural key within an account."""
    return f"{domain}|{name}"


def group_id(domain: str, names: Iterable[str]) -> str:
    """Return the id of a webhook of several rows, which the server has none for.

    It is the key of its first part, which no other webhook has at the same time.
    """

    def rank(name: str) -> tuple[int, str]:
        event = event_of(name)
        return (EVENTS.index(event) if event in EVENTS else len(EVENTS)), name

    return part_key(domain, min(names, key=rank))


class Index(Struct, frozen=True):
    """All parts of some domains."""

    parts: Sequence[Part]
    domains: Mapping[str, str] = {}
    """A domain's natural key by its id."""
    _found: dict[tuple[str, str], list[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in sorted(self.parts, key=lambda part: (len(part.id), part.id)):
            self._found.setdefault((part.domain, part.name), []).append(part)

    def find(self, domain: str, name: str, preferred: str | None = None) -> Part | None:
        """Return the part, of several equal ones the one with this id, else the oldest."""
        found = self._found.get((domain, name), [])
        return next((part for part in found if part.id == preferred), found[0] if found else None)

    def domain(self, domain: str) -> str:
        """Return what a domain is called."""
        return self.domains.get(domain, f"#{domain}")


def parts_of(domain: str, listing: WebhookList) -> list[Part]:
    """Return the parts of a domain's rows."""
    return [
        Part(domain=domain, event=event, url=row.url, id=row.id, shared=len(row.events) > 1)
        for row in listing.rows
        for event in row.events
    ]


def owned_parts(owned: OwnedObject) -> dict[str, str]:
    """Return the ids that state remembers by part; of rows without, what was applied."""
    found = remembered(owned.extra)
    return dict.fromkeys(names_of(owned.applied), "") if found is None else found


def fields_of(domain: str, names: Iterable[str], desired_url: str | None) -> dict[str, JsonValue]:
    """Return parts in manifest form.

    While a URL is being changed there are parts at two; then the one that is to go is told, so that
    the next plan sees that there is something left to do.
    """
    names = list(names)
    urls = sorted(set(map(url_of, names)), key=lambda url: (url == desired_url, url))
    url = urls[0] if urls else desired_url
    events = in_order(event_of(name) for name in names if url_of(name) == url)
    return {"domain": remote_id(domain), "events": list(events), "url": url}


class Claimed(Struct, kw_only=True):
    """The parts of one address."""

    domain: str
    desired: Resource | None
    owned: OwnedObject | None
    parts: list[Part]
    fresh: list[Part]
    """Those that nobody manages and that its manifest names."""


def group(
    index: Index, desired: Sequence[tuple[str, Resource]], owned: Sequence[OwnedObject]
) -> Collection:
    """Return the webhooks of these domains, by address where a manifest or state claims them.

    `desired` are manifests, each with the id of its domain.
    """
    manifests = {each.address: each for _, each in desired}
    claimed = {
        row.address: Claimed(
            domain=domain,
            desired=manifests.get(row.address),
            owned=row,
            parts=_owned(index, domain, row),
            fresh=[],
        )
        for row in owned
        if (domain := domain_of(row.extra, row.applied)) is not None
    }
    nowhere = {row.address for row in owned} - claimed.keys()
    taken = {part for each in claimed.values() for part in each.parts}
    for domain, resource in desired:
        found = [index.find(domain, name) for name in names_of(resource.spec)]
        free = [part for part in found if part is not None and part not in taken]
        taken.update(free)
        if resource.address in claimed:
            claimed[resource.address].fresh = free
        elif resource.address not in nowhere:
            claimed[resource.address] = Claimed(
                domain=domain, desired=resource, owned=None, parts=free, fresh=[]
            )
    ours = {(domain_of(row.extra, row.applied), part) for row in owned for part in owned_parts(row)}
    objects = [_claimed_object(index, each, ours) for each in claimed.values()]
    rest = [part for part in index.parts if part not in taken]
    return Collection(
        kind=WEBHOOK,
        objects=(*filter(None, objects), *_unclaimed(index, rest)),
        parts=tuple(_part_object(part) for part in index.parts),
    )


def _owned(index: Index, domain: str, row: OwnedObject) -> list[Part]:
    found = [index.find(domain, name, known) for name, known in owned_parts(row).items()]
    return [part for part in found if part is not None]


def _claimed_object(
    index: Index, claimed: Claimed, ours: Group[tuple[str | None, str]]
) -> LiveObject | None:
    domain, desired, owned = claimed.domain, claimed.desired, claimed.owned
    # Other people's parts that an interrupted change removed and has not put back yet. What any
    # address owns is not other people's: its own manifest says whether it is made again.
    waiting = owed(owned.extra) if owned else {}
    lost = [n for n in waiting if (domain, n) not in ours and index.find(domain, n) is None]
    if not claimed.parts and not lost:
        return None
    names = [part.name for part in claimed.parts]
    fields = fields_of(domain, [] if lost else names, str(desired.spec["url"]) if desired else None)
    if fields["url"] is None and owned:
        fields["url"] = owned.applied.get("url")
    claims: Fields = desired.spec if desired else owned.applied if owned else fields
    called = index.domain(domain)
    return LiveObject(
        kind=WEBHOOK,
        id=owned.remote_id if owned else group_id(domain, names),
        key=webhook_key(called, str(claims.get("url")), events_of(claims)),
        fields=fields,
        extra=_extra(claimed, lost),
        address=owned.address if owned else desired.address if desired else None,
        conflicts=tuple(
            f"event {part.event} to {part.url} exists already as webhook {part.id}, "
            "which is not managed here"
            for part in claimed.fresh
        ),
        name=f"{called} {fields['url']}",
    )


def _extra(claimed: Claimed, lost: Sequence[str]) -> dict[str, JsonValue]:
    extra: dict[str, JsonValue] = {"domainId": claimed.domain}
    if claimed.parts:
        extra |= remember({part.name: part.id for part in claimed.parts})
    if claimed.fresh:
        extra["unmanaged"] = {part.name: part.id for part in claimed.fresh}
    if any(part.shared for part in claimed.parts):
        extra["shared"] = True
    if claimed.owned and owed(claimed.owned.extra):
        # Also when it is empty: what is there again, or has another owner, is not waited for.
        extra |= owing(dict.fromkeys(lost, "lost"))
    return extra


def _unclaimed(index: Index, parts: Iterable[Part]) -> list[LiveObject]:
    together: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        if part.event in EVENTS:
            together.setdefault((part.domain, part.url), []).append(part)
    return [
        LiveObject(
            kind=WEBHOOK,
            id=group_id(domain, [part.name for part in found]),
            key=webhook_key(index.domain(domain), url, [part.event for part in found]),
            fields=fields_of(domain, [part.name for part in found], url),
            extra={"domainId": domain, **remember({part.name: part.id for part in found})},
            name=f"{index.domain(domain)} {url}",
        )
        for (domain, url), found in together.items()
    ]


def _part_object(part: Part) -> LiveObject:
    return LiveObject(
        kind=WEBHOOK,
        id=part.id,
        key=part_key(part.domain, part.name),
        fields=fields_of(part.domain, [part.name], part.url),
        extra={"domainId": part.domain, **remember({part.name: part.id})},
    )
