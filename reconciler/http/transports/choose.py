"""Which transport a request takes: whether httpx and aiohttp are worth their import."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

FEW = 20
"""Requests done or coming up to which reads need no httpx."""
MANY = 200
"""Requests done or coming from which importing aiohttp pays: httpx's own pool costs more per
request with every connection in it."""
MANY_CROWDED = 60
"""The same where more than `CROWDED` run at once."""
CROWDED = 10


class Way(IntEnum):
    """The ways, each named for its module. A run never goes back to a lower one."""

    STDLIB = 1
    """Carries reads alone: a thread cannot be stopped, and a write must not be left half done."""
    HTTPX = 2
    AIOHTTP = 3


class Load(Struct, frozen=True, kw_only=True):
    """How much an account is asked."""

    sent: int
    coming: int
    """How many more requests are known to be coming."""
    concurrency: int


def choose(load: Load, *, read: bool) -> Way:
    """Return the way that this much work is worth."""
    total = load.sent + load.coming
    if read and total < FEW:
        return Way.STDLIB
    crowded = min(load.concurrency, load.coming) > CROWDED
    return Way.AIOHTTP if total >= (MANY_CROWDED if crowded else MANY) else Way.HTTPX
