"""Decides for each canary, one at a time for each account, whether to send it, and sends it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.verifying.canaries import Flight, Timing
from reconciler.engine.verifying.canary_checks import check_of, outcome_of
from reconciler.engine.verifying.drafts import Drafts
from reconciler.engine.verifying.due import Decision, LookFor, Skip, Standing, decide
from reconciler.engine.verifying.options import CanaryBook, VerifyOptions
from reconciler.engine.verifying.turns import Turns
from reconciler.engine.workspace import Workspace
from reconciler.model.verification import CanarySend, Check, CheckStatus, Receipt
from reconciler.providers.messenger import Message, Messenger


class _Next(Struct, frozen=True, kw_only=True):
    """A canary to decide on next."""

    message: Message
    messenger: Messenger[Any]
    sending: CanarySend


class Dispatch:
    """Sends the canaries of one run."""

    def __init__(
        self, workspace: Workspace, options: VerifyOptions, *, timing: Timing, book: CanaryBook
    ) -> None:
        """Start from the sendings in `book`."""
        self._accounts = workspace.configuration.accounts
        self._drafts = Drafts(workspace)
        self._options = options
        self._timing = timing
        self._book = book
        self._turns = Turns(book.sends())

    async def prove(self, message: Message, messenger: Messenger[Any]) -> Check:
        """Decide on a canary, look for an earlier sending if need be, and send it.

        Decisions on canaries of one account are made one by one, since they share a budget.
        """
        async with self._turns.lock(message.canary.address.provider):
            sending = self._drafts.sending(message, self._timing.now())
            decided = await self._decide(
                _Next(message=message, messenger=messenger, sending=sending)
            )
            if isinstance(decided, Check):
                return decided
            self._turns.take(decided)
        flight = self._flight(messenger, message, decided.op_id)
        flight.repeatable = messenger.repeatable
        return outcome_of(await flight.send(decided), message)

    async def _decide(self, ready: _Next) -> CanarySend | Check:
        """Return the sending to be made, or a check that says why none is."""
        standing = self._standing(ready)
        decision = decide(standing, self._options.sending)
        if isinstance(decision, LookFor):
            return await self._look_first(decision.earlier, ready, standing)
        return _send_or_skip(decision, ready)

    def _standing(self, ready: _Next) -> Standing:
        canary = ready.message.canary
        return self._turns.standing(
            canary,
            ready.sending,
            self._accounts[canary.address.provider].canaries,
            advertising=ready.messenger.advertising(ready.message),
        )

    async def _look_first(
        self, earlier: CanarySend, ready: _Next, standing: Standing
    ) -> CanarySend | Check:
        """Find out what became of an earlier sending; decide again unless that is the outcome."""
        same = _same_message(earlier, ready.sending)
        flight = self._flight(ready.messenger, ready.message, earlier.op_id)
        flight.repeatable = same and ready.messenger.repeatable
        ended = await flight.follow(earlier)
        if same and ended.status is not CheckStatus.UNDECIDED:
            return outcome_of(ended, ready.message)
        sending = replace(ready.sending, sent_at=self._timing.now())
        standing = replace(standing, past=[*standing.past[:-1], ended], now=sending.sent_at)
        decision = decide(standing, self._options.sending, looked=True)
        if isinstance(decision, Skip) and ended.status is CheckStatus.UNDECIDED:
            return outcome_of(ended, ready.message)
        return _send_or_skip(decision, replace(ready, sending=sending))

    def _flight(self, messenger: Messenger[Any], message: Message, op_id: str) -> Flight:
        provider = message.canary.address.provider
        return Flight(
            messenger=messenger,
            message=replace(message, op_id=op_id),
            record=self._book.record,
            timing=self._timing,
            receipts=self._options.receipts.get(provider, _none_collected),
            patience=self._options.patience,
        )


def _send_or_skip(decision: Decision, ready: _Next) -> CanarySend | Check:
    if isinstance(decision, Skip):
        message = ready.message
        return check_of(message.canary, CheckStatus.SKIPPED, decision.reason, message.to)
    return ready.sending


def _same_message(one: CanarySend, other: CanarySend) -> bool:
    return (one.object_digest, one.recipient_digest) == (
        other.object_digest,
        other.recipient_digest,
    )


def _none_collected(_message: str) -> Receipt | None:
    return None
