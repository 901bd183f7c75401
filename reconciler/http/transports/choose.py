"""Chooses the transport for a request: whether httpx or aiohttp is worth its import."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

FEW = 20
"""With fewer requests than this, done and expected, reads need no httpx."""
MANY = 200
"""From this many requests, done and expected, importing aiohttp pays: with httpx's own pool, each
request costs more the more connections there are."""
MANY_CROWDED = 60
"""The same if more than `CROWDED` run at once."""
CROWDED = 10


class Way(IntEnum):
    """The transports, each named for its module. A run never goes back to a lower one."""

    STDLIB = 1
    """For reads alone: a thread cannot be stopped, and a write must not be left half done."""
    HTTPX = 2
    AIOHTTP = 3


class Load(Struct, frozen=True, kw_only=True):
    """How many requests an account gets."""

    sent: int
    coming: int
    """How many more requests are known to be coming."""
    concurrency: int


def choose(load: Load, *, read: bool) -> Way:
    """Return the transport for this much work."""
    total = load.sent + load.coming
    if read and total < FEW:
        return Way.STDLIB
    crowded = min(load.concurrency, load.coming) > CROWDED
    return Way.AIOHTTP if total >= (MANY_CROWDED if crowded else MANY) else Way.HTTPX
