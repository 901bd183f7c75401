"""The progress of reading and applying as plain lines, for CI logs and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, field

from reconciler.model.change import Action
from reconciler.model.result import Status
from reconciler.render.layout.style import Colour, Style, count, duration
from reconciler.render.plans.changes import CREATED_FIRST, SYMBOLS
from reconciler.render.plans.words import DONE, NOT_DONE

_EVERY = 5.0
"""Seconds between lines about the same work."""
_PATIENTLY = 60.0
"""Seconds between repeats of the same waiting message."""
MOST_NAMED = 50
"""Up to this many changes, each finished one gets a line of its own."""


class Step(Struct, frozen=True, kw_only=True):
    """One finished change, with the counts of the whole apply."""

    address: str
    action: Action
    status: Status
    done: int
    total: int
    failed: int
    message: str = ""
    create_first: bool = False
    """Whether a replacement made the new object before it deleted the old one."""


class ProgressView(Protocol):
    """A display of progress. Every method returns at once."""

    def reading(self, what: str, done: int, total: int) -> None:
        """`done` of `total` pages (0 if unknown) of `what` have been read."""

    def applying(self, total: int) -> None:
        """Applying `total` changes begins."""

    def started(self, address: str, action: Action) -> None:
        """One change begins."""

    def finished(self, step: Step) -> None:
        """One change is over."""

    def members(self, address: str, done: int, total: int) -> None:
        """`done` of `total` members of a large set are done."""

    def waiting(self, message: str) -> None:
        """Only waiting is left; the message says for what."""

    def close(self) -> None:
        """Stop showing anything; may be called more than once."""


def finished_line(step: Step, style: Style) -> str:
    """Return the line of a finished change."""
    sign, colour = SYMBOLS[step.action]
    if step.create_first:
        sign = CREATED_FIRST
    name = style.clean(step.address)
    if step.status is Status.DONE:
        return f"{style.paint(f'{sign:>3}', colour)} {name} {style.dim(DONE[step.action])}"
    word = f"{step.action.value} {NOT_DONE[step.status]}"
    mild = step.status in {Status.SKIPPED, Status.STALE, Status.WAITING}
    alarm = Colour.YELLOW if mild else Colour.RED
    why = f": {style.clean(step.message)}" if step.message else ""
    sign = "…" if step.status is Status.WAITING else "✗"
    return f"{style.paint(f'{sign:>3}', alarm)} {name} {style.paint(word, alarm)}{why}"


def named(step: Step) -> bool:
    """Tell whether a finished change gets a line: always in a small apply, else if it failed."""
    return step.total <= MOST_NAMED or step.status in {
        Status.FAILED,
        Status.UNKNOWN,
        Status.STALE,
    }


def pace(done: int, total: int, seconds: float) -> str:
    """Return `120/s, about 6 s left`; "" before anything is done."""
    if done <= 0 or seconds <= 0:
        return ""
    rate = done / seconds
    left = (total - done) / rate if total > done else 0.0
    text = f"{rate:,.0f}/s" if rate >= 1 else f"{rate * 60:,.0f}/min"
    return f"{text}, about {duration(left)} left" if left else text


class PlainProgress(Struct, kw_only=True):
    """Writes a line now and then; reads that take less than `_EVERY` seconds get none."""

    write: Callable[[str], None]
    clock: Callable[[], float]
    style: Style = field(default_factory=Style)
    _last_shown: dict[str, float] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)
    _done: int = 0
    _total: int = 0
    _failed: int = 0

    def reading(self, what: str, done: int, total: int) -> None:
        """See `ProgressView`."""
        if self._due(what):
            of = f" of {total:,}" if total else ""
            self.write(f"reading all of {self.style.clean(what)}: {done:,}{of}")

    def applying(self, total: int) -> None:
        """See `ProgressView`."""
        self._total = total
        self._due("apply")
        if total:
            self.write(f"applying {count(total, 'change')}")

    def started(self, address: str, action: Action) -> None:
        """See `ProgressView`."""

    def finished(self, step: Step) -> None:
        """See `ProgressView`."""
        self._done, self._total, self._failed = step.done, step.total, step.failed
        if named(step):
            self.write(finished_line(step, self.style))
        elif self._due("apply"):
            self.write(self._so_far())

    def _so_far(self) -> str:
        failed = f", {self._failed:,} failed" if self._failed else ""
        seconds = self.clock() - self._begun["apply"]
        speed = pace(self._done, self._total, seconds)
        return f"applied {self._done:,} of {self._total:,}{failed}" + (
            f", {speed}" if speed else ""
        )

    def members(self, address: str, done: int, total: int) -> None:
        """See `ProgressView`."""
        if self._due(address):
            speed = pace(done, total, self.clock() - self._begun[address])
            of = f"{done:,} of {total:,} members"
            self.write(f"{self.style.clean(address)}: {of}" + (f", {speed}" if speed else ""))

    def waiting(self, message: str) -> None:
        """See `ProgressView`."""
        if (
            message not in self._last_shown
            or self.clock() - self._last_shown[message] >= _PATIENTLY
        ):
            self._last_shown[message] = self.clock()
            self.write(self.style.clean(message))

    def close(self) -> None:
        """See `ProgressView`."""

    def _due(self, key: str) -> bool:
        """Tell whether it is time for a line; the first call only starts the clock."""
        now = self.clock()
        self._begun.setdefault(key, now)
        if now - self._last_shown.setdefault(key, now) < _EVERY:
            return False
        self._last_shown[key] = now
        return True
