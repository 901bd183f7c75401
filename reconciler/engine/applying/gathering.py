"""Several creates in one request, each with an intent, an answer and an end of its own.

A create whose intent is durable waits here until every other of its bundle does, or has ended. So
nothing leaves before all that it makes is in the journal. Of a request that was refused, nobody
tells which part was to blame nor whether the others were done: then each is sent alone, which
settles that. Of one whose answer was lost, each is looked for, with one reading for all of them;
what is not found is sent alone where there was an answer, since one part may be to blame for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct

from reconciler.engine.settling.decision import Decision
from reconciler.errors import OutcomeUnknown, Rejected
from reconciler.model.address import Address
from reconciler.model.values import JsonValue
from reconciler.providers.handler import concerns_request
from reconciler.providers.task import Batch, CreateStep, Step

Send: TypeAlias = Callable[[Step], Awaitable[JsonValue]]
Settle: TypeAlias = Callable[[Sequence[Address]], Coroutine[Any, Any, Mapping[Address, Decision]]]
Result = TypeVar("Result")


class _Arrival(Struct, frozen=True, kw_only=True):
    """A create that waits for the others."""

    step: CreateStep
    batch: Batch
    answer: asyncio.Future[JsonValue]


class _Lost(Struct, kw_only=True):
    """Creates whose common answer was lost."""

    addresses: tuple[Address, ...]
    settling: asyncio.Task[Mapping[Address, Decision]] | None = None


class Gathering:
    """The creates of one bundle."""

    def __init__(self, addresses: Iterable[Address], send: Send) -> None:
        """Expect a create of each address, or that it leaves."""
        self.accepted: set[Address] = set()
        """What was accepted together with others: the answer does not speak of each."""
        self._present = set(addresses)
        self._send = send
        self._arrived: dict[Address, _Arrival] = {}
        self._lost: dict[Address, _Lost] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def send(self, address: Address, step: Step) -> JsonValue:
        """Send a step, where it can with those of the others; raises as `Provider.send`."""
        batch = step.batch if isinstance(step, CreateStep) else None
        if not isinstance(step, CreateStep) or batch is None or address not in self._present:
            return await self._send(step)
        answer: asyncio.Future[JsonValue] = asyncio.get_running_loop().create_future()
        self._arrived[address] = _Arrival(step=step, batch=batch, answer=answer)
        self._go_once_complete()
        try:
            return await answer
        except Rejected as refused:
            if batch.concerns_all(refused):
                raise
        return await self._send(step)

    def leave(self, address: Address) -> None:
        """Wait no longer for an address: it has ended, or failed before it sent anything."""
        self._present.discard(address)
        self._go_once_complete()

    async def settled(self, address: Address, settle: Settle) -> Decision:
        """Find out what came of a create, with all whose answer was lost together with its own."""
        lost = self._lost.pop(address, None) or _Lost(addresses=(address,))
        if lost.settling is None:
            lost.settling = self._begin(settle(lost.addresses))
        return (await lost.settling)[address]

    async def close(self) -> None:
        """End what is still under way, when the run is."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _go_once_complete(self) -> None:
        if not self._arrived or self._arrived.keys() < self._present:
            return
        arrivals, self._arrived = self._arrived, {}
        self._begin(self._go(arrivals))

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _go(self, arrivals: Mapping[Address, _Arrival]) -> None:
        try:
            body = await self._send(_joint([arrivals[each] for each in sorted(arrivals)]))
        except Exception as error:  # noqa: BLE001 -- handed to each who waits
            self._went_wrong(arrivals, error)
            return
        if len(arrivals) > 1:
            self.accepted |= arrivals.keys()
        for each in arrivals.values():
            if not each.answer.done():
                each.answer.set_result(body)

    def _went_wrong(self, arrivals: Mapping[Address, _Arrival], error: Exception) -> None:
        if isinstance(error, OutcomeUnknown):
            self._lost |= dict.fromkeys(arrivals, _Lost(addresses=tuple(arrivals)))
            if any(concerns_request(error, each.batch.concerns_all) for each in arrivals.values()):
                self._present -= arrivals.keys()
        for each in arrivals.values():
            if not each.answer.done():
                each.answer.set_exception(_copy(error))


def _copy(error: Exception) -> Exception:
    """Return an error of its own for each who waits, as raising one gathers tracebacks in it.

    Its constructor may want other arguments than those it has kept, so it is not called.
    """
    made = type(error).__new__(type(error), *error.args)
    made.__dict__.update(error.__dict__)
    return made


def _joint(arrivals: Sequence[_Arrival]) -> CreateStep:
    """Return the step that does what all of these do."""
    first = arrivals[0]
    if len(arrivals) == 1:
        return first.step
    items = [each.batch.item for each in arrivals]
    return CreateStep(name=first.step.name, request=first.batch.together(items))
