"""What the command line says of saving a plan: light, since `plan --help` needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct


class Wish(Struct, frozen=True, kw_only=True):
    """What the command line says of saving."""

    out: str | None = None
    recipients: tuple[str, ...] = ()
    expires_after: float | None = None
    """Seconds."""


@contextmanager
def place_for(wish: Wish, paths: Sequence[str]) -> Iterator[Path | None]:
    """Give the place where a plan is to be saved, if it is; an older one goes where none comes.

    Raises `UsageError` before any work. What saves is loaded only where something is saved.
    """
    if wish == Wish():
        yield None
        return
    from reconciler.cli.saved_plans.saving import or_none, place_of

    place = place_of(wish, paths)
    with or_none(place):
        yield place
