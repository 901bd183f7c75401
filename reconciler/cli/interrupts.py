"""SIGINT and SIGTERM: the first stops cleanly, the second at once.

A clean stop waits for the answers to what was sent and stores them, sends nothing new, and releases
the lock: within five seconds in the engine, and seven in all. CI runners kill shortly after that.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.errors import Stopped

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

LAST_SECONDS = 6.8
"""Seconds after the first signal at which the process ends, whatever it is doing."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_RESET = "\x1b[?25h\x1b[0m"
"""Shows the cursor again and ends colours."""


class Interrupts:
    """Remembers the first signal and ends the process at the second."""

    def __init__(self, leave: Callable[[int], None] = os._exit) -> None:
        """`leave` ends the process at once."""
        self.number: int | None = None
        self._leave = leave
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event: asyncio.Event | None = None
        self._watchdog: threading.Timer | None = None
        self._waiting = False
        """Whether work is under way that stops when `_event` is set."""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Handle signals inside, where this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._received) for number in _SIGNALS}
        try:
            yield
        finally:
            if self._watchdog is not None:
                self._watchdog.cancel()
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(self, work: Callable[[asyncio.Event], Coroutine[Any, Any, T]]) -> T:
        """Run work on an event loop; a signal sets the event that it is given."""
        import asyncio

        async def watched() -> T:
            event = asyncio.Event()
            self._loop, self._event = asyncio.get_running_loop(), event
            self._waiting = True
            try:
                return await work(event)
            finally:
                self._waiting = False

        return asyncio.run(watched())

    @contextmanager
    def immediate(self) -> Iterator[None]:
        """Inside, where nothing is in flight, a signal raises `Stopped` on the spot."""
        self.check()
        before, self._waiting = self._waiting, False
        try:
            yield
        finally:
            self._waiting = before

    def check(self) -> None:
        """Raise `Stopped` when a signal has come."""
        if self.number is not None:
            raise Stopped(self.number)

    async def unless_stopped(self, work: Coroutine[Any, Any, T], *, grace: float = 0.0) -> T:
        """Wait for work; a signal cancels it after `grace` seconds and raises `Stopped`."""
        import asyncio

        task = asyncio.ensure_future(work)
        event = self._event or asyncio.Event()
        bell = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({task, bell}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and grace:
                await asyncio.wait({task}, timeout=grace)
            if task.done() and self.number is None:
                return task.result()
            await _end(task)
            self.check()
            return task.result()
        finally:
            bell.cancel()
            await _end(task)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None:
            self._end_now(number)
            return
        self.number = number
        if not self._waiting or self._loop is None or self._event is None:
            raise Stopped(number)
        self._loop.call_soon_threadsafe(self._event.set)
        self._watchdog = threading.Timer(LAST_SECONDS, self._end_now, [number])
        self._watchdog.daemon = True
        self._watchdog.start()

    def _end_now(self, number: int) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            os.write(sys.stderr.fileno(), _RESET.encode())
        self._leave(128 + number)


async def _end(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait until it has ended, even with an exception."""
    import asyncio

    if not task.done():
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
