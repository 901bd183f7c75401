"""The purpose of a TXT record, and whether two mean the same."""

from __future__ import annotations

import re
from enum import StrEnum

_SPACE_OR_QUOTE = re.compile(r'[\s"]+')


class Purpose(StrEnum):
    """The purpose of a TXT record. A name may have one of each, but many of `OTHER`."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    OTHER = "other"


def purpose(fqdn: str, text: str) -> Purpose:
    """Return the purpose of a text at a name (RFC 7208 section 4.5, RFC 6376, RFC 7489)."""
    head = text.lstrip().casefold()
    if head == "v=spf1" or head.startswith("v=spf1 "):
        return Purpose.SPF
    if head.startswith("v=dmarc1") or fqdn.startswith("_dmarc."):
        return Purpose.DMARC
    if head.startswith("v=dkim1") or "._domainkey." in fqdn:
        return Purpose.DKIM
    return Purpose.OTHER


def tags(text: str) -> dict[str, str]:
    """Return the tags of a DKIM or DMARC record, without white space in values and around names."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): "".join(value.split()) for name, sign, value in pairs if sign}


def same(fqdn: str, one: str, other: str) -> bool:
    """Tell whether two texts at a name mean the same."""
    if one == other:
        return True
    kinds = {purpose(fqdn, one), purpose(fqdn, other)}
    return kinds <= {Purpose.DKIM, Purpose.DMARC} and len(kinds) == 1 and _same_tags(one, other)


def _same_tags(one: str, other: str) -> bool:
    return '"' not in one + other and bool(tags(one)) and tags(one) == tags(other)


def joined_wrongly(one: str, other: str) -> bool:
    """Tell whether two texts differ only in white space and quotes, as parts joined by hand do."""
    return one != other and _SPACE_OR_QUOTE.sub("", one) == _SPACE_OR_QUOTE.sub("", other)
