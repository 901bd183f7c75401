"""Failpoints: where a test lets a durable effect fail, or the process die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Failpoints: TypeAlias = Callable[[str], None]
"""Called with `<effect>:before` and `<effect>:after`; a test raises the failure that it wants."""


def no_failpoints(_name: str) -> None:
    """Do nothing."""


@contextmanager
def effect(failpoints: Failpoints, name: str) -> Iterator[None]:
    """Call the two failpoints of one durable effect, before and after the block."""
    failpoints(f"{name}:before")
    yield
    failpoints(f"{name}:after")
