"""Checks, just before a write is sent, that it still may be.

A write may have waited: behind others, for a rate limit, or while the machine slept. What held when
it was requested, such as a lock on state, need not hold any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Permit: TypeAlias = Callable[[], Awaitable[None]]
"""Raises if nothing may be sent."""

_PERMIT: ContextVar[Permit | None] = ContextVar("permit", default=None)


@contextmanager
def permitted_by(permit: Permit | None) -> Iterator[None]:
    """Check `permit` before every write within this context, and of tasks that are begun in it."""
    token = _PERMIT.set(permit)
    try:
        yield
    finally:
        _PERMIT.reset(token)


async def ask() -> None:
    """Check the permit, if there is one; raises what it raises."""
    permit = _PERMIT.get()
    if permit is not None:
        await permit()
