"""An event loop on which nobody waits: when nothing is left to do, time jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock starts at 1000 s and moves in jumps. For work without a network.

    Work in threads of the loop's executor is waited for, really; other threads are only when no
    timer is set.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self.busy = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> Any:
        future = super().run_in_executor(executor, func, *args)
        self.busy += 1
        future.add_done_callback(self._idle)
        return future

    def _idle(self, _future: Any) -> None:
        self.busy -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """Where an ordinary selector would sleep until a timer, moves the loop's clock there."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        events = super().select(0)
        if events:
            return events
        if self._loop.busy:
            return super().select(1.0)
        self._loop.now += timeout
        return []


class NoWait:
    """A clock on which waiting takes no time, on any loop."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits.append(seconds)
        await asyncio.sleep(0)


class VirtualClock:
    """The clock of the loop that runs, as `reconciler.http.clock.Clock` wants it."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Take the place of `asyncio.run`, without waiting."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
