"""Sends a canary at most once, even across crashes, and finds out what became of it.

The sending is stored before the request leaves. After a lost answer or a kill, the message is
looked for by its content; no second one is sent in its place.
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
"""Stores a sending durably, as it is known now."""
Receipts = Callable[[str], Receipt | None]
"""Returns the receipt of a message, by its id, from collected callbacks; `None` for none yet."""

_REPEATABLE = 3600.0 - 300.0
"""Seconds after which a repeatable message is no longer sent again: an hour, less five minutes."""
_WEIGHT = (Arrival.WAITING, Arrival.DELIVERED, Arrival.FAILED)
"""Of two receipts that differ, the one whose status comes later here counts."""
_PAUSES = (1.0, 2.0, 3.0, 5.0)
"""Seconds between two looks; the last pause is repeated."""


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
        """Prepare a message to be sent or looked for."""
        self.messenger = messenger
        self.message = message
        self.record = record
        self.timing = timing
        self.receipts = receipts
        self.repeatable = repeatable
        """Sending the same request again within the hour makes no second message."""
        self.patience = patience
        """Seconds to wait for a receipt, in place of the canary's own deadline."""
        self._trouble = ""

    async def send(self, sending: CanarySend) -> CanarySend:
        """Send the canary and wait for the expected outcome; return the sending with its status."""
        await self.record(sending)
        try:
            answer = await self.messenger.send(self.message)
        except NotSent as error:
            reason = f"nothing was sent: {error.message}"
            return await self._end(sending, CheckStatus.SKIPPED, reason)
        except OutcomeUnknown as error:
            self._trouble = f"the answer was lost ({error.message})"
            return await self.follow(sending)
        return await self._handle(sending, answer)

    async def _handle(self, sending: CanarySend, answer: Taken | Refused) -> CanarySend:
        if isinstance(answer, Taken):
            return await self._handle_taken(sending, answer)
        reason = f"refused: {redact_foreign(answer.reason)}"
        return await self._end(sending, CheckStatus.FAILED, reason)

    async def follow(self, sending: CanarySend) -> CanarySend:
        """Find out what became of an earlier sending; return it with its status."""
        if sending.message:
            return await self._await_receipt(sending)
        deadline = self._deadline(sending)
        async for _ in self._looks(deadline):
            try:
                found = await self._look(sending)
            except ProviderError as error:
                self._trouble = error.message
                continue
            if found is not None:
                return await self._handle(sending, found)
        reason = f"whether it was sent is not known: {self._trouble or 'its answer was lost'}"
        return await self._end(sending, CheckStatus.UNDECIDED, reason)

    async def _look(self, sending: CanarySend) -> Taken | Refused | None:
        """Look for a message, by sending the same request again if that makes no second one."""
        age = self.timing.now() - sending.sent_at
        if self.repeatable and 0 <= age < _REPEATABLE:
            return await self.messenger.send(self.message)
        return await self.messenger.find(self.message, sending.sent_at)

    async def _handle_taken(self, sending: CanarySend, answer: Taken) -> CanarySend:
        self._trouble = ""
        taken = replace(sending, message=answer.message, receipt=_accepted(answer))
        await self.record(taken)
        return await self._await_receipt(taken)

    async def _await_receipt(self, sending: CanarySend) -> CanarySend:
        """Wait for the receipt, if one is expected."""
        if self.message.canary.expect is Expect.ACCEPTED:
            return await self._end(sending, CheckStatus.PASSED, "")
        async for _ in self._looks(self._deadline(sending)):
            receipt = await self._receipt(sending)
            if receipt is None or receipt.status is Arrival.WAITING:
                continue
            sending = replace(sending, receipt=self._timed(sending, receipt))
            if receipt.status is Arrival.FAILED:
                return await self._end(sending, CheckStatus.FAILED, _failure(sending.receipt))
            return await self._watch_for_bounce(sending)
        seconds = f"{self._allowed():.0f}"
        reason = f"no receipt within {seconds} s"
        reason += f": {self._trouble}" if self._trouble else ""
        return await self._end(sending, CheckStatus.UNDECIDED, reason)

    async def _watch_for_bounce(self, sending: CanarySend) -> CanarySend:
        """Watch a delivered mail while a bounce may still come."""
        hold = self.message.canary.hold_seconds
        until = self.timing.now() + hold
        async for _ in self._looks(until):
            later = await self._receipt(sending) if hold else None
            if later is not None and later.status is Arrival.FAILED:
                failed = replace(sending, receipt=self._timed(sending, later))
                return await self._end(failed, CheckStatus.FAILED, _failure(failed.receipt))
        return await self._end(sending, CheckStatus.PASSED, "")

    async def _receipt(self, sending: CanarySend) -> Receipt | None:
        """Return the receipt from collected callbacks or from the provider, if there is one yet."""
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
        """Return when to stop looking: now, if the allowed time since the sending is over."""
        return max(sending.sent_at, self.timing.now() - self._allowed()) + self._allowed()

    async def _looks(self, deadline: float) -> AsyncIterator[None]:
        """Yield whenever it is time to look: at once, after each pause, and at the deadline."""
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
