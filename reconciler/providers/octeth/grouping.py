"""Webhook rows as the server has them, grouped into what manifests call a webhook.

A manifest's webhook is a domain, a URL and several events; the server has a row for each event, or
one row for several. The unit in between is the part: one event to one URL.
"""

from __future__ import annotations

from collections.abc import Collection as Group
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from reconciler.model.address import Address
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource
from reconciler.model.values import Fields, JsonValue, id_of, remote_id
from reconciler.providers.octeth.convert import EVENTS, in_order
from reconciler.providers.octeth.kinds import SENDER_DOMAIN, WEBHOOK, events_of, webhook_key
from reconciler.providers.octeth.rows import WebhookList

Pair = tuple[str, str]
"""An event and a URL."""


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
    def pair(self) -> Pair:
        return self.event, self.url


class Desired(Struct, frozen=True, kw_only=True):
    """What one manifest says, as far as it can be looked up."""

    address: Address
    domain: str
    """The domain's id."""
    fields: Fields

    @property
    def url(self) -> str:
        return str(self.fields.get("url"))

    @property
    def pairs(self) -> list[Pair]:
        return [(event, self.url) for event in events_of(self.fields)]


class Index(Struct, frozen=True):
    """All parts of some domains."""

    parts: Sequence[Part]
    names: Mapping[str, str]
    """A domain's natural key by its id."""
    _found: dict[tuple[str, Pair], list[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in sorted(self.parts, key=lambda part: (len(part.id), part.id)):
            self._found.setdefault((part.domain, part.pair), []).append(part)

    def find(self, domain: str, pair: Pair, preferred: str | None = None) -> Part | None:
        """Return the part, of several equal ones the one with this id, else the oldest."""
        found = self._found.get((domain, pair), [])
        return next((part for part in found if part.id == preferred), found[0] if found else None)


def part_key(domain: str, pair: Pair) -> str:
    """Return a part's natural key within an account."""
    return f"{domain}|{pair[0]}|{pair[1]}"


def parts_of(domain: str, listing: WebhookList) -> list[Part]:
    """Return the parts of a domain's rows."""
    return [
        Part(domain=domain, event=event, url=row.url, id=row.id, shared=len(row.events) > 1)
        for row in listing.rows
        for event in row.events
    ]


def to_json(
    parts: Mapping[Pair, str] | Mapping[Pair, str | None] | Mapping[Pair, None],
) -> dict[str, JsonValue]:
    """Return ids by part as state keeps them."""
    return {f"{event}|{url}": part_id for (event, url), part_id in parts.items()}


def from_json(value: JsonValue) -> dict[Pair, str]:
    """Read what `to_json` made."""
    if not isinstance(value, dict):
        return {}
    found: dict[Pair, str] = {}
    for key, part_id in value.items():
        event, _, url = key.partition("|")
        if part_id is not None:
            found[event, url] = str(part_id)
    return found


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


def owned_pairs(owned: OwnedObject) -> dict[Pair, str]:
    """Return the ids by part that state remembers."""
    found = from_json(owned.extra.get("parts"))
    if found or "parts" in owned.extra:
        return found
    url = str(owned.applied.get("url"))
    return {(event, url): "" for event in events_of(owned.applied)}


def fields_of(domain: str, pairs: Iterable[Pair], desired_url: str | None) -> dict[str, JsonValue]:
    """Return parts in manifest form.

    While a URL is being changed there are parts at two; then the one that is to go is told, so that
    the next plan sees that there is something left to do.
    """
    pairs = list(pairs)
    urls = sorted({url for _, url in pairs}, key=lambda url: (url == desired_url, url))
    url = urls[0] if urls else desired_url
    events = in_order(event for event, its_url in pairs if its_url == url)
    return {"domain": remote_id(domain), "events": list(events), "url": url}


def group(index: Index, desired: Sequence[Desired], owned: Sequence[OwnedObject]) -> Collection:
    """Return the webhooks of these domains, by address where a manifest or state claims them."""
    desired_at = {each.address: each for each in desired}
    owned_at = {row.address: row for row in owned}
    mine = {row.address: _claimed(index, row) for row in owned}
    taken = {part for parts in mine.values() for part in parts}
    ours = {(domain_of(row.extra, row.applied), pair) for row in owned for pair in owned_pairs(row)}
    unmanaged: dict[Address, list[Part]] = {}
    for each in desired:
        found = [index.find(each.domain, pair) for pair in each.pairs]
        free = [part for part in found if part is not None and part not in taken]
        if each.address in mine:
            unmanaged[each.address] = free
        else:
            mine[each.address] = free
        taken.update(free)
    objects = [
        live
        for address, parts in mine.items()
        if (
            live := _claimed_object(
                index,
                parts,
                address=address,
                desired=desired_at.get(address),
                owned=owned_at.get(address),
                unmanaged=unmanaged.get(address, []),
                ours=ours,
            )
        )
    ]
    rest = [part for part in index.parts if part not in taken]
    return Collection(
        kind=WEBHOOK,
        objects=(*objects, *_unclaimed(index, rest)),
        parts=tuple(_part_object(part) for part in index.parts),
    )


def _claimed(index: Index, owned: OwnedObject) -> list[Part]:
    domain = domain_of(owned.extra, owned.applied)
    if domain is None:
        return []
    pairs = owned_pairs(owned)
    found = [index.find(domain, pair, part_id) for pair, part_id in pairs.items()]
    return [part for part in found if part is not None]


def _claimed_object(
    index: Index,
    parts: Sequence[Part],
    *,
    address: Address,
    desired: Desired | None,
    owned: OwnedObject | None,
    unmanaged: Sequence[Part],
    ours: Group[tuple[str | None, Pair]],
) -> LiveObject | None:
    domain = domain_of(owned.extra, owned.applied) if owned else desired.domain if desired else None
    if domain is None:
        return None
    lost = _lost(index, domain, owned, ours)
    if not parts and not lost:
        return None
    url = desired.url if desired else None
    fields = fields_of(domain, [] if lost else [part.pair for part in parts], url)
    if fields["url"] is None and owned:
        fields["url"] = owned.applied.get("url")
    extra: dict[str, JsonValue] = {
        "domainId": domain,
        "parts": to_json({part.pair: part.id for part in parts}),
        "unmanaged": to_json({part.pair: part.id for part in unmanaged}),
        "shared": any(part.shared for part in parts),
    }
    extra = {name: value for name, value in extra.items() if value}
    if owned and owned.extra.get("restore"):
        # Also when it is empty: what is there again, or has another owner, is not waited for.
        extra["restore"] = to_json(dict.fromkeys(lost, "lost"))
    claims: Fields = desired.fields if desired else owned.applied if owned else fields
    name = index.names.get(domain, f"#{domain}")
    return LiveObject(
        kind=WEBHOOK,
        id=owned.remote_id if owned else group_id(domain, [part.pair for part in parts]),
        key=webhook_key(name, str(claims.get("url")), events_of(claims)),
        fields=fields,
        extra=extra,
        address=address,
        conflicts=tuple(
            f"event {part.event} to {part.url} exists already as webhook {part.id}, "
            "which is not managed here"
            for part in unmanaged
        ),
        name=f"{name} {fields['url']}",
    )


def _lost(
    index: Index,
    domain: str,
    owned: OwnedObject | None,
    ours: Group[tuple[str | None, Pair]],
) -> list[Pair]:
    """Return other people's parts that an interrupted change removed and has not put back yet.

    What any address owns is not other people's: its own manifest says whether it is made again.
    """
    waiting = from_json(owned.extra.get("restore")) if owned else {}
    return [
        pair for pair in waiting if (domain, pair) not in ours and index.find(domain, pair) is None
    ]


def _unclaimed(index: Index, parts: Iterable[Part]) -> list[LiveObject]:
    together: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        if part.event in EVENTS:
            together.setdefault((part.domain, part.url), []).append(part)
    return [
        LiveObject(
            kind=WEBHOOK,
            id=group_id(domain, [part.pair for part in found]),
            key=webhook_key(index.names.get(domain, f"#{domain}"), url, _events(found)),
            fields=fields_of(domain, [part.pair for part in found], url),
            extra={"domainId": domain, "parts": to_json({part.pair: part.id for part in found})},
            name=f"{index.names.get(domain, domain)} {url}",
        )
        for (domain, url), found in together.items()
    ]


def group_id(domain: str, pairs: Iterable[Pair]) -> str:
    """Return the id of a webhook of several rows, which the server has none for.

    It is the key of its first part, which no other webhook has at the same time.
    """
    return part_key(domain, min(pairs, key=lambda pair: (_rank(pair[0]), pair)))


def _rank(event: str) -> int:
    return EVENTS.index(event) if event in EVENTS else len(EVENTS)


def _events(parts: Group[Part]) -> list[str]:
    return [part.event for part in parts]


def _part_object(part: Part) -> LiveObject:
    return LiveObject(
        kind=WEBHOOK,
        id=part.id,
        key=part_key(part.domain, part.pair),
        fields={
            "domain": remote_id(part.domain),
            "events": [part.event],
            "url": part.url,
        },
        extra={"domainId": part.domain, "parts": to_json({part.pair: part.id})},
    )
