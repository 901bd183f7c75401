"""Ids that we make: of operations and saved plans, and the marker that names an operation."""

from __future__ import annotations

import base64
import secrets
import time
from uuid import UUID


def new_uuid(now: float) -> str:
    """Return a new UUIDv7 (RFC 9562); `now` is in seconds since the epoch.

    For a clock before 1970 or far ahead, it has the last 48 bits of the milliseconds.
    """
    milliseconds = int(now * 1000) & ((1 << 48) - 1)
    number = milliseconds << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=number & ~(0x3 << 62) | 0x2 << 62))


def new_op_id() -> str:
    """Return the id of an operation that begins now."""
    return new_uuid(time.time())


def marker_of(op_id: str) -> str:
    """Return the 50-bit marker of an operation, `[mp:<10 base32>]`."""
    bits = bytes.fromhex(op_id.replace("-", ""))[-7:]
    return f"[mp:{base64.b32encode(bits).decode()[:10]}]"
