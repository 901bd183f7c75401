"""Which hosts are this machine, so that nobody can read along on the way."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name alone; nothing is looked up."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False
