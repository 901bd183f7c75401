"""Optional reads: their failure does not tell whether the provider takes writes.

A provider's statistics may be down, or missing, while all its other requests work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_aside: ContextVar[bool] = ContextVar("aside", default=False)


@contextmanager
def aside() -> Iterator[None]:
    """Do not count reads that fail within this context as failures of the provider."""
    token = _aside.set(True)
    try:
        yield
    finally:
        _aside.reset(token)


def is_aside() -> bool:
    """Tell whether the current read is optional."""
    return _aside.get()
