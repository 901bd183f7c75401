"""The progress of reading and applying in a terminal, as a moving bar (rich)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from reconciler.model.change import Action
from reconciler.model.result import Status
from reconciler.render.layout.style import Style
from reconciler.render.plans.progress import Step, finished_line, named, pace

_BAR = 24
"""Columns of the bar, whatever is beside it."""


class LiveProgress:
    """Shows what is being read, then how many changes are done, failed and left."""

    def __init__(
        self, stream: TextIO, style: Style, clock: Callable[[], float], *, brief: bool = False
    ) -> None:
        """Draw on `stream`, a terminal, beginning with the first event.

        With `brief`, failures are only counted, as a report that names them follows there.
        """
        self._brief = brief
        self._style = style
        self._clock = clock
        console = Console(
            file=stream,
            force_terminal=True,
            color_system="standard" if style.colour else None,
            no_color=not style.colour,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._bars = Bars(
            SpinnerColumn(),
            BarColumn(bar_width=_BAR, table_column=Column(width=_BAR, no_wrap=True)),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            TextColumn(
                "{task.fields[aside]}",
                markup=False,
                style="dim",
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            ),
            expand=True,
            console=console,
            transient=True,
            refresh_per_second=8,
        )
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, float] = {}
        self._open = False
        self._pace = ""
        self._apart = False
        self._running: dict[str, str] = {}

    def reading(self, what: str, done: int, total: int) -> None:
        """See `ProgressView`."""
        self._show(f"reading all of {what}", done, total)

    def applying(self, total: int) -> None:
        """See `ProgressView`."""
        self._clear()
        self._apart = True
        if total:
            self._show("applying", 0, total)

    def started(self, address: str, action: Action) -> None:
        """See `ProgressView`."""
        self._running[address] = f"{action.value} {address}"
        self._show("applying", None, None, aside=self._aside())

    def finished(self, step: Step) -> None:
        """See `ProgressView`."""
        self._running.pop(step.address, None)
        failed_line = step.status in {Status.FAILED, Status.UNKNOWN, Status.SKIPPED}
        if named(step) and not (self._brief and failed_line):
            self._line(finished_line(step, self._style))
        seconds = self._clock() - self._begun.get("applying", self._clock())
        failed = f"{step.failed:,} failed, " if step.failed else ""
        self._pace = failed + pace(step.done, step.total, seconds)
        self._show("applying", step.done, step.total, aside=self._aside())

    def _aside(self) -> str:
        return " · ".join(part for part in (self._pace, *[*self._running.values()][-1:]) if part)

    def members(self, address: str, done: int, total: int) -> None:
        """See `ProgressView`."""
        begun = self._begun.setdefault(address, self._clock())
        self._show(address, done, total, aside=pace(done, total, self._clock() - begun))
        if done >= total and address in self._tasks:
            self._bars.remove_task(self._tasks.pop(address))

    def waiting(self, message: str) -> None:
        """See `ProgressView`."""
        self._show("waiting", None, None, aside=message)

    def close(self) -> None:
        """See `ProgressView`."""
        if self._open:
            self._open = False
            self._clear()
            self._bars.stop()

    def _line(self, text: str) -> None:
        self._start()
        if self._apart:  # from the plan above
            self._apart = False
            self._bars.console.print()
        self._bars.console.print(Text.from_ansi(text), soft_wrap=True)

    def _start(self) -> None:
        if not self._open:
            self._open = True
            self._bars.start()

    def _show(self, name: str, done: int | None, total: int | None, *, aside: str = "") -> None:
        self._start()
        if name not in self._tasks:
            self._begun.setdefault(name, self._clock())
            clean = self._style.clean(name)
            self._tasks[name] = self._bars.add_task(clean, total=total or None, aside="")
        aside = self._style.clean(aside)
        self._bars.update(self._tasks[name], aside=aside, completed=done, total=total or None)

    def _clear(self) -> None:
        for task in self._tasks.values():
            self._bars.remove_task(task)
        self._tasks.clear()
