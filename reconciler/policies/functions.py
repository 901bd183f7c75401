"""The functions that expressions can call in addition to CEL's. Pure, without any network."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

ENCODINGS = ("utf-8", "utf-16", "cp949", "euc-kr")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NO_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")


def byte_length(text: str, encoding: str) -> int:
    """Return the bytes of a text; raises `ValueError` where the encoding lacks a character."""
    if encoding.lower() not in ENCODINGS:
        raise ValueError(f"byteLength knows {', '.join(ENCODINGS)}, not this encoding")
    name = "utf-16-le" if encoding.lower() == "utf-16" else encoding
    try:
        return len(text.encode(name))
    except UnicodeEncodeError as error:
        letter = f"U+{ord(text[error.start]):04X}"
        raise ValueError(f"{encoding} has no letter {letter}, which the text holds") from None


def host(url: str) -> str:
    """Return the host of a URL in lower case; "" where clients could disagree about it."""
    if _NO_URL.search(url):
        return ""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def cidr_contains(network: str, address: str) -> bool:
    """Tell whether a network contains an address; raises `ValueError` for anything else."""
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        raise ValueError("cidrContains takes a network and an address, not a name") from None


def is_e164(text: str) -> bool:
    """Tell whether a text is a phone number in E.164 form: `+821012345678`."""
    return _E164.fullmatch(text) is not None
