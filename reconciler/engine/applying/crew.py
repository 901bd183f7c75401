"""Hands out work in dependency order, as much in parallel as each account allows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from graphlib import TopologicalSorter
from typing import TypeAlias

from reconciler.engine.applying.bundles import Bundle, Bundles
from reconciler.model.plan import Work

GRACE_SECONDS = 5.0
"""How long requests in flight may take to finish once a signal has come."""

WorkGraph: TypeAlias = Mapping[Work, tuple[Work, ...]]
"""Each piece of work, and what must be done before it."""


class Slot:
    """A worker's right to have something in flight at an account, until that is answered."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        """Hold none yet."""
        self.slots = slots
        self.held = False

    async def take(self) -> None:
        """Wait for one."""
        await self.slots.acquire()
        self.held = True

    def give_back(self) -> None:
        """Let another worker have it; does nothing the second time."""
        if self.held:
            self.held = False
            self.slots.release()


Do: TypeAlias = Callable[[Bundle, WorkGraph, Slot], Awaitable[None]]
"""Does the work of one bundle; the graph tells what came before it."""


class Crew:
    """Workers, some for each account."""

    def __init__(
        self,
        *,
        do: Do,
        most: Callable[[Work], int],
        slots: Callable[[str], int],
        stop: asyncio.Event,
        clock: Callable[[], float],
    ) -> None:
        """Prepare workers that `do` pieces of work."""
        self.do = do
        self.most = most
        """How much work goes together with a piece; 1 where it goes alone."""
        self.slots = slots
        """How many requests an account takes at once, by its name."""
        self.stop = stop
        self.clock = clock

    async def work_through(self, graph: WorkGraph) -> None:
        """Do all of it; what is before it and not in the graph was done earlier."""
        sorter: TopologicalSorter[Work] = TopologicalSorter(
            {work: [each for each in before if each in graph] for work, before in graph.items()}
        )
        sorter.prepare()
        queues = {work.address.provider: asyncio.Queue[Bundle]() for work in graph}
        finished: asyncio.Queue[Work | None] = asyncio.Queue()
        workers: list[asyncio.Task[None]] = []
        for provider, queue in queues.items():
            count = self.slots(provider)
            slots = asyncio.Semaphore(count)
            # Twice as many workers as slots: while one stores its outcome, another uses the slot.
            workers += [
                asyncio.create_task(self._worker(queue, Slot(slots), finished, graph))
                for _ in range(2 * count)
            ]
        stopping = asyncio.create_task(self._tell_of_stop(finished))
        try:
            await self._feed(sorter, queues, finished)
        finally:
            stopping.cancel()
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _feed(
        self,
        sorter: TopologicalSorter[Work],
        queues: Mapping[str, asyncio.Queue[Bundle]],
        finished: asyncio.Queue[Work | None],
    ) -> None:
        """Hand out what is ready until nothing is left, or for a grace period once stopped.

        What is handed out after the stop is skipped by whoever does it; what was under way has the
        grace period to finish.
        """
        deadline: float | None = None
        bundles = Bundles(self.most)
        while sorter.is_active():
            for bundle in bundles.begin(sorter.get_ready()):
                queues[bundle[0].address.provider].put_nowait(bundle)
            try:
                async with asyncio.timeout(
                    None if deadline is None else max(0.0, deadline - self.clock())
                ):
                    done = await finished.get()
            except TimeoutError:
                return
            if deadline is None and self.stop.is_set():
                deadline = self.clock() + GRACE_SECONDS
            if done is not None:
                bundles.done(done)
                sorter.done(done)

    async def _tell_of_stop(self, finished: asyncio.Queue[Work | None]) -> None:
        """Wake whoever waits for finished work when the run is to stop."""
        await self.stop.wait()
        finished.put_nowait(None)

    async def _worker(
        self,
        queue: asyncio.Queue[Bundle],
        slot: Slot,
        finished: asyncio.Queue[Work | None],
        graph: WorkGraph,
    ) -> None:
        while True:
            await slot.take()
            bundle = await queue.get()
            try:
                await self.do(bundle, graph, slot)
            finally:
                slot.give_back()
                for work in bundle:
                    finished.put_nowait(work)
