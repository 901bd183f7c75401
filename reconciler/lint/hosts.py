"""Tells hosts that the Internet cannot reach, by their name or address; looks nothing up."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

_INNER_ENDINGS = (
    ".localhost",
    ".local",
    ".localdomain",
    ".internal",
    ".intranet",
    ".lan",
    ".home.arpa",
)


def inner(host: str) -> str:
    """Return why the Internet cannot reach a host, as `is …`; "" if it can."""
    host = host.rstrip(".").lower()
    if not host:
        return ""
    address = _address(host)
    if address is not None:
        return _inner_address(address)
    if host == "localhost" or host.endswith(".localhost"):
        return "is this machine"
    if host.endswith(_INNER_ENDINGS) or "." not in host:
        return "is a name of an inner network"
    return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address, also in the short forms that clients accept: `127.1`, `0x7f000001`."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    if not host.rpartition(".")[2].removeprefix("0x")[:1].isdigit():
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _inner_address(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_unspecified:
        return "is this machine"
    if address.is_link_local:
        return "is a link-local address"
    return "" if address.is_global else "is not a public address"
