"""Where a plan is to be saved. What saves is loaded only where something is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reconciler.cli.parameters.choice import SaveOptions


@contextmanager
def place_for(asked: SaveOptions, paths: Sequence[str]) -> Iterator[Path | None]:
    """Give the place where a plan is to be saved, if it is; an older one goes where none comes.

    Raises `UsageError` before any work.
    """
    if asked == SaveOptions():
        yield None
        return
    from reconciler.cli.saved_plans.saving import or_none, place_of

    place = place_of(asked, paths)
    with or_none(place):
        yield place
