"""Whether a write may still leave, asked at the moment when it would.

A write waits for its turn: behind others, for a rate limit, for a machine that was asleep. What was
true when it was asked for need not be true any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Permit: TypeAlias = Callable[[], Awaitable[None]]
"""Raises where nothing may leave."""

_PERMIT: ContextVar[Permit | None] = ContextVar("permit", default=None)


@contextmanager
def permitted_by(permit: Permit | None) -> Iterator[None]:
    """Let every write within, of tasks begun within too, ask before it leaves."""
    token = _PERMIT.set(permit)
    try:
        yield
    finally:
        _PERMIT.reset(token)


async def ask() -> None:
    """Ask; raises what the permit raises."""
    permit = _PERMIT.get()
    if permit is not None:
        await permit()
