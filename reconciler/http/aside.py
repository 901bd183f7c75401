"""Reads that are nice to know: how they end says nothing of whether the provider takes writes.

Statistics may be down, or not be there at all, at a provider whose other requests work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_aside: ContextVar[bool] = ContextVar("aside", default=False)


@contextmanager
def aside() -> Iterator[None]:
    """Have reads that fail within count as no failure of the provider."""
    token = _aside.set(True)
    try:
        yield
    finally:
        _aside.reset(token)


def is_aside() -> bool:
    """Tell whether what is read now is only nice to know."""
    return _aside.get()
