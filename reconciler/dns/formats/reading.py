"""Reads zone files back, with dnspython."""

from __future__ import annotations

import dns.exception
import dns.rdatatype
import dns.zone


def read(text: str, zone: str) -> dict[tuple[str, str], tuple[int, set[str]]]:
    """Read a zone file: TTL and values by full name and type.

    Raises:
        ValueError: It is no zone file.
    """
    try:
        found = dns.zone.from_text(text, zone, relativize=False, check_origin=False)
    except dns.exception.DNSException as error:
        raise ValueError(str(error)) from None
    rows: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for name, ttl, data in found.iterate_rdatas():
        key = (name.to_text(omit_final_dot=True), dns.rdatatype.to_text(data.rdtype))
        rows.setdefault(key, (ttl, set()))[1].add(_read_value(data))
    return rows


def _read_value(data: object) -> str:
    strings = getattr(data, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("latin-1")
    return str(data).removesuffix(".")
