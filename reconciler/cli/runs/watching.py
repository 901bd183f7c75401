"""Shows the progress that the engine reports, on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.cli.output import Output
from reconciler.engine.applying.events import ApplyEvent
from reconciler.model.change import Replace
from reconciler.model.plan import Plan
from reconciler.render.plans.progress import PlainProgress, ProgressView, Step


@contextmanager
def watching(output: Output) -> Iterator[ProgressView]:
    """Show progress on stderr: a moving bar in a terminal, otherwise a line now and then."""
    progress: ProgressView
    if output.live:
        from reconciler.render.plans.live import LiveProgress

        progress = LiveProgress(
            output.notes_stream,
            output.note_style,
            time.monotonic,
            brief=output.style.terminal,
        )
    else:
        progress = PlainProgress(write=output.note, clock=time.monotonic, style=output.note_style)
    try:
        yield progress
    finally:
        progress.close()


class Listener:
    """Passes the applier's events on to the progress display; never raises."""

    def __init__(self, progress: ProgressView, plan: Plan) -> None:
        """Pass the events of applying `plan` on to `progress`."""
        self._progress = progress
        self._created_first = {
            change.address
            for change in plan.changes
            if isinstance(change, Replace) and change.create_first
        }

    def __call__(self, event: ApplyEvent) -> None:
        """Pass one event on."""
        if event.kind == "waiting":
            self._progress.waiting(event.message)
            return
        address = str(event.address)
        if event.kind == "started":
            self._progress.started(address, event.action)
        elif event.kind == "finished" and event.status is not None:
            self._progress.finished(
                Step(
                    address=address,
                    action=event.action,
                    status=event.status,
                    done=event.done,
                    total=event.total,
                    failed=event.failed,
                    message=event.message,
                    create_first=event.address in self._created_first,
                )
            )
        elif event.kind == "members":
            self._progress.members(address, event.done, event.total)
