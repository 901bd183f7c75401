"""Where a plan is to be saved. What saves is loaded only where something is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reconciler.cli.parameters.choice import SaveOptions
from reconciler.cli.settings import Settings


@contextmanager
def place_for(
    settings: Settings, asked: SaveOptions, paths: Sequence[str]
) -> Iterator[Path | None]:
    """Give the place where a plan is to be saved, if it is; an older one goes where none comes.

    Raises `UsageError` before any work.
    """
    if asked == SaveOptions():
        yield None
        return
    from reconciler.cli.saved_plans.saving import or_none, place_of

    place = place_of(asked, paths)
    if place is not None and settings.ordered is not None:
        settings.ordered.leave(place)
    with or_none(place):
        yield place
