"""Where `plan --out` saves. The modules that save are loaded only if something is saved."""

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
    """Yield the path where the plan is to be saved; `None` where it is not.

    An older plan at that path is removed if the work inside fails. Raises `UsageError` before any
    work.
    """
    if asked == SaveOptions():
        yield None
        return
    from reconciler.cli.saved_plans.saving import place_of, removed_on_error

    place = place_of(asked, paths)
    if place is not None and settings.report_order is not None:
        settings.report_order.require_free(place)
    with removed_on_error(place):
        yield place
