"""Records how a run ended that did not come to its changes, for `state history`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.errors import NotApproved, PlanRefused, Stopped
from reconciler.state.base import Run, StateStore


@contextmanager
def ending_in_words(run: Run, store: StateStore) -> Iterator[None]:
    """Record why a run ended before its plan was carried out, and raise the error again."""
    before = store.serial
    try:
        yield
    except NotApproved:
        run.finish("not approved", {})
        raise
    except PlanRefused:
        run.finish("refused", {})
        raise
    except Stopped as error:
        untouched = store.serial == before  # recovery may have settled something
        if untouched:
            error.hint = "Nothing was changed."
        run.finish("interrupted before anything" if untouched else "stopped", {})
        raise
