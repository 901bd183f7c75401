"""What expressions can call beside the functions of CEL. Pure, and without any network."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

ENCODINGS = ("utf-8", "utf-16", "cp949", "euc-kr")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NO_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")


def byte_length(text: str, encoding: str) -> int:
    """Return how many bytes a text takes; raises `ValueError` where the encoding lacks a letter."""
    if encoding.lower() not in ENCODINGS:
        raise ValueError(f"byteLength knows {', '.join(ENCODINGS)}, not this encoding")
    name = "utf-16-le" if encoding.lower() == "utf-16" else encoding
    try:
        return len(text.encode(name))
    except UnicodeEncodeError as error:
        letter = f"U+{ord(text[error.start]):04X}"
        raise ValueError(f"{encoding} has no letter {letter}, which the text holds") from None


def host(url: str) -> str:
    """Return the host of a URL in lower case; nothing where clients could read it in two ways."""
    if _NO_URL.search(url):
        return ""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def cidr_contains(network: str, address: str) -> bool:
    """Tell whether a network holds an address; raises `ValueError` where one of them is none."""
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        raise ValueError("cidrContains takes a network and an address, not a name") from None


def is_e164(text: str) -> bool:
    """Tell whether a text is a phone number as E.164 writes it: `+821012345678`."""
    return _E164.fullmatch(text) is not None
