"""Sends canaries and finds out what became of them: each at most once, whatever dies meanwhile.

State knows of a sending before the request leaves. After a lost answer, or a kill, the message is
looked for by what it carries; it is never sent again in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.errors import NotSent, OutcomeUnknown, ProviderError
from reconciler.model.canary import Expect
from reconciler.model.verification import (
    Arrival,
    CanarySend,
    CheckStatus,
    Receipt,
)
from reconciler.providers.messenger import Message, Messenger, Refused, Taken
from reconciler.redaction import redact_foreign

Record = Callable[[CanarySend], Awaitable[None]]
"""Makes a sending, as it is known now, durable."""
Receipts = Callable[[str], Receipt | None]
"""Gives the receipt of a message by its id, where callbacks were collected; `None` so far."""

_REPEATABLE = 3600.0 - 300.0
"""Seconds within which a repeatable message is asked for again, with minutes to spare."""
_WEIGHT = (Arrival.WAITING, Arrival.DELIVERED, Arrival.FAILED)
"""What counts for more where two receipts differ stands later."""
_PAUSES = (1.0, 2.0, 3.0, 5.0)
"""Seconds between two looks; the last one again and again."""


class Timing(Struct, frozen=True, kw_only=True):
    """The clock that canaries go by."""

    now: Callable[[], float]
    """Wall clock, seconds."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Flight:
    """One canary on its way."""

    def __init__(
        self,
        *,
        messenger: Messenger[Any],
        message: Message,
        record: Record,
        timing: Timing,
        receipts: Receipts = lambda _message: None,
        repeatable: bool = False,
        patience: float | None = None,
    ) -> None:
        """Get a message ready to be sent, or looked for."""
        self.messenger = messenger
        self.message = message
        self.record = record
        self.timing = timing
        self.receipts = receipts
        self.repeatable = repeatable
        """The message may be asked for again within the hour: it will still be one."""
        self.patience = patience
        """Seconds to wait for a receipt, in place of the canary's own deadline."""
        self._trouble = ""

    async def send(self, sending: CanarySend) -> CanarySend:
        """Send it and wait for what is expected of it; returns how it stands then."""
        await self.record(sending)
        try:
            answer = await self.messenger.send(self.message)
        except NotSent as error:
            reason = f"nothing was sent: {error.message}"
            return await self._end(sending, CheckStatus.SKIPPED, reason)
        except OutcomeUnknown as error:
            self._trouble = f"the answer was lost ({error.message})"
            return await self.follow(sending)
        return await self._answered(sending, answer)

    async def _answered(self, sending: CanarySend, answer: Taken | Refused) -> CanarySend:
        if isinstance(answer, Taken):
            return await self._taken(sending, answer)
        reason = f"refused: {redact_foreign(answer.reason)}"
        return await self._end(sending, CheckStatus.FAILED, reason)

    async def follow(self, sending: CanarySend) -> CanarySend:
        """Find out what became of an earlier sending; returns how it stands then."""
        if sending.message:
            return await self._arrived(sending)
        deadline = self._deadline(sending)
        async for _ in self._looks(deadline):
            try:
                found = await self._look(sending)
            except ProviderError as error:
                self._trouble = error.message
                continue
            if found is not None:
                return await self._answered(sending, found)
        reason = f"whether it was sent is not known: {self._trouble or 'its answer was lost'}"
        return await self._end(sending, CheckStatus.UNDECIDED, reason)

    async def _look(self, sending: CanarySend) -> Taken | Refused | None:
        """Look for a message, by asking for the same one again where that sends no second one."""
        age = self.timing.now() - sending.sent_at
        if self.repeatable and 0 <= age < _REPEATABLE:
            return await self.messenger.send(self.message)
        return await self.messenger.find(self.message, sending.sent_at)

    async def _taken(self, sending: CanarySend, answer: Taken) -> CanarySend:
        self._trouble = ""
        taken = replace(sending, message=answer.message, receipt=_accepted(answer))
        await self.record(taken)
        return await self._arrived(taken)

    async def _arrived(self, sending: CanarySend) -> CanarySend:
        """Wait for the receipt, where one is expected."""
        if self.message.canary.expect is Expect.ACCEPTED:
            return await self._end(sending, CheckStatus.PASSED, "")
        async for _ in self._looks(self._deadline(sending)):
            receipt = await self._receipt(sending)
            if receipt is None or receipt.status is Arrival.WAITING:
                continue
            sending = replace(sending, receipt=self._timed(sending, receipt))
            if receipt.status is Arrival.FAILED:
                return await self._end(sending, CheckStatus.FAILED, _failure(sending.receipt))
            return await self._held(sending)
        seconds = f"{self._allowed():.0f}"
        reason = f"no receipt within {seconds} s"
        reason += f": {self._trouble}" if self._trouble else ""
        return await self._end(sending, CheckStatus.UNDECIDED, reason)

    async def _held(self, sending: CanarySend) -> CanarySend:
        """Watch a delivered mail for as long as a bounce may still come."""
        hold = self.message.canary.hold_seconds
        until = self.timing.now() + hold
        async for _ in self._looks(until):
            later = await self._receipt(sending) if hold else None
            if later is not None and later.status is Arrival.FAILED:
                failed = replace(sending, receipt=self._timed(sending, later))
                return await self._end(failed, CheckStatus.FAILED, _failure(failed.receipt))
        return await self._end(sending, CheckStatus.PASSED, "")

    async def _receipt(self, sending: CanarySend) -> Receipt | None:
        """Return what is known by now, out of collected callbacks or from the provider."""
        found = [self.receipts(sending.message)]
        try:
            found.append(await self.messenger.receipt(self.message, sending.message))
        except ProviderError as error:
            self._trouble = error.message
        known = [each for each in found if each is not None]
        return max(known, key=lambda each: _WEIGHT.index(each.status), default=None)

    async def _end(self, sending: CanarySend, status: CheckStatus, reason: str) -> CanarySend:
        ended = replace(sending, status=status, reason=reason)
        await self.record(ended)
        return ended

    def _allowed(self) -> float:
        own = self.message.canary.deadline_seconds
        return own if self.patience is None else self.patience

    def _deadline(self, sending: CanarySend) -> float:
        """Return until when to look; an earlier sending is looked for once more in any case."""
        return max(sending.sent_at, self.timing.now() - self._allowed()) + self._allowed()

    async def _looks(self, deadline: float) -> AsyncIterator[None]:
        """Yield each time it is time to look, at least once, and a last time at the deadline."""
        yield
        number = 0
        while (left := deadline - self.timing.now()) > 0:
            pause = _PAUSES[min(number, len(_PAUSES) - 1)]
            number += 1
            await self.timing.sleep(min(pause, left))
            yield

    def _timed(self, sending: CanarySend, receipt: Receipt) -> Receipt:
        seconds = receipt.seconds
        if seconds is None:
            seconds = max(0.0, self.timing.now() - sending.sent_at)
        cost = receipt.cost or (sending.receipt.cost if sending.receipt else "")
        return replace(receipt, seconds=seconds, cost=cost, code=redact_foreign(receipt.code))


def _accepted(answer: Taken) -> Receipt | None:
    return Receipt(status=Arrival.WAITING, cost=answer.cost) if answer.cost else None


def _failure(receipt: Receipt | None) -> str:
    code = receipt.code if receipt is not None else ""
    return f"it did not arrive: {code}" if code else "it did not arrive"
