"""The DNS records that a sender domain needs, as its provider names them and state keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from reconciler.model.values import JsonValue

RECORDS = "records"
"""The key, in the `extra` of a row, of a domain's records."""
VERIFIED = "verified"
"""The key that is set once a domain was verified, so that a lost verification is noticed."""
ASKED = "askedAt"
"""The key of the time when the provider was last asked to check DNS, in seconds of the clock."""
PUBLISHING = "publish, then: reconciler dns --check --wait 30m --verify"
"""What people are told to do after a domain was made."""


class DnsRecord(Struct, frozen=True, kw_only=True, order=True):
    """One record."""

    type: str
    name: str
    value: str
    published: bool
    """Whether the provider found the record at its last check."""

    def __str__(self) -> str:
        """Return the record as one would write it into a zone."""
        return f"{self.name} {self.type} {self.value}"

    def to_json(self) -> JsonValue:
        """Return the record as state keeps it."""
        return {
            "type": self.type,
            "name": self.name,
            "value": self.value,
            "published": self.published,
        }


class DnsAnswer(Struct, frozen=True, kw_only=True):
    """What a provider answers that was asked to check the DNS of a domain."""

    records: tuple[DnsRecord, ...] = ()
    """Empty if the provider names none."""
    verified: bool | None = None
    """`None` if the provider does not say."""


def domain_key(name: str) -> str:
    """Return a domain name in the form in which names are compared: lower case, IDNA, no final dot.

    A name that IDNA does not allow is returned in lower case.
    """
    plain = name.strip().rstrip(".").lower()
    if plain.isascii():
        return plain
    import idna

    try:
        return idna.encode(plain, uts46=True).decode()
    except idna.IDNAError:
        return plain  # the schema reports it


def remember(records: Iterable[DnsRecord]) -> dict[str, JsonValue]:
    """Return the entries for `extra` that keep these records; none for no records."""
    listed: list[JsonValue] = [record.to_json() for record in records]
    return {RECORDS: listed} if listed else {}


def answered(
    extra: Mapping[str, JsonValue], answer: DnsAnswer, asked_at: float
) -> dict[str, JsonValue]:
    """Return the `extra` of a row after an answer.

    That a domain was verified once is kept: losing the verification is drift.
    """
    seen: dict[str, JsonValue] = {VERIFIED: True} if answer.verified else {}
    return {**extra, **remember(answer.records), **seen, ASKED: asked_at}


def remembered(extra: Mapping[str, JsonValue]) -> tuple[DnsRecord, ...]:
    """Return the records that `extra` keeps."""
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
    """Return the records that the provider has not found in DNS yet."""
    return tuple(record for record in records if not record.published)


def listing(records: Iterable[DnsRecord]) -> str:
    """Return records in one line of text."""
    return "; ".join(map(str, records))
