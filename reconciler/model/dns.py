"""DNS records that a sender domain needs, as providers tell them and state remembers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from reconciler.model.values import JsonValue

RECORDS = "records"
"""The key of a state row's `extra` below which a domain's records stand."""
VERIFIED = "verified"
"""The key that is set once a domain was seen verified: if it is not so any more, that was lost."""


ASKED = "askedAt"
"""The key below which stands when the provider was last asked to look, in seconds of the clock."""
PUBLISHING = "publish, then: reconciler dns --check --wait 30m --verify"
"""For people: what comes after a domain was made."""


class DnsRecord(Struct, frozen=True, kw_only=True, order=True):
    """One record."""

    type: str
    name: str
    value: str
    published: bool
    """Whether the provider found it when it last looked."""

    def __str__(self) -> str:
        """Return it as one would write it into a zone."""
        return f"{self.name} {self.type} {self.value}"

    def to_json(self) -> JsonValue:
        """Return it as state keeps it."""
        return {
            "type": self.type,
            "name": self.name,
            "value": self.value,
            "published": self.published,
        }


class DnsAnswer(Struct, frozen=True, kw_only=True):
    """What a provider says that was asked to look at the DNS of a domain."""

    records: tuple[DnsRecord, ...] = ()
    """None where it tells none."""
    verified: bool | None = None
    """`None` where it does not say."""


def domain_key(name: str) -> str:
    """Return a domain name in the form that is compared: lower case, IDNA, no final dot."""
    plain = name.strip().rstrip(".").lower()
    if plain.isascii():
        return plain
    import idna

    try:
        return idna.encode(plain, uts46=True).decode()
    except idna.IDNAError:
        return plain  # the schema has an opinion on it


def remember(records: Iterable[DnsRecord]) -> dict[str, JsonValue]:
    """Return what `extra` holds of records: nothing where there are none."""
    listed: list[JsonValue] = [record.to_json() for record in records]
    return {RECORDS: listed} if listed else {}


def answered(
    extra: Mapping[str, JsonValue], answer: DnsAnswer, asked_at: float
) -> dict[str, JsonValue]:
    """Return what a row's `extra` holds after an answer.

    That a domain was verified once is not forgotten: losing that is drift.
    """
    seen: dict[str, JsonValue] = {VERIFIED: True} if answer.verified else {}
    return {**extra, **remember(answer.records), **seen, ASKED: asked_at}


def remembered(extra: Mapping[str, JsonValue]) -> tuple[DnsRecord, ...]:
    """Return the records that `extra` holds."""
    listed = extra.get(RECORDS)
    return tuple(
        DnsRecord(
            type=str(row.get("type", "")),
            name=str(row.get("name", "")),
            value=str(row.get("value", "")),
            published=row.get("published") is True,
        )
        for row in (listed if isinstance(listed, list) else [])
        if isinstance(row, dict)
    )


def unpublished(records: Iterable[DnsRecord]) -> tuple[DnsRecord, ...]:
    """Return the records that are not found in DNS yet."""
    return tuple(record for record in records if not record.published)


def listing(records: Iterable[DnsRecord]) -> str:
    """Return records in one line of text."""
    return "; ".join(map(str, records))
