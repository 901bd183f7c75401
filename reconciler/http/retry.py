"""When to ask again, and after how long."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from reconciler.errors import ProviderError
from reconciler.http.clock import Clock

ATTEMPTS = 5
ATTEMPTS_UNREACHABLE = 3
"""For reads without a connection: whoever waits for a plan should learn of it soon."""
ATTEMPTS_LIMITED = 10
"""For attempts that a rate limit refused, so that certainly nothing happened."""
BUDGET_SECONDS = 60.0
"""How long backoff may take in all; waits that the provider asks for do not count."""
_FIRST = 0.5
_LONGEST = 20.0
_JITTER = 1.0

_log = logging.getLogger("reconciler.http")

T = TypeVar("T")


class Again(Exception):
    """An attempt failed in a way that allows another."""

    def __init__(
        self,
        error: ProviderError,
        *,
        wait: float | None = None,
        limited: bool = False,
        attempts: int = ATTEMPTS,
    ) -> None:
        """Keep the error to raise if there is no further attempt.

        Args:
            error: What happened.
            wait: The seconds that the provider asked for.
            limited: A rate limit refused the attempt.
            attempts: How many attempts there may be in all.
        """
        super().__init__(error.message)
        self.error = error
        self.wait = wait
        self.attempts = ATTEMPTS_LIMITED if limited else attempts


class Retrier:
    """Repeats attempts that raise `Again`.

    stamina counts attempts and computes the backoff. Waiting and jitter use the injected clock and
    random source, so that tests are quick and deterministic.
    """

    def __init__(self, clock: Clock, rng: random.Random, *, name: str) -> None:
        """Take the clock to wait on, the source of jitter, and the account's name in the log."""
        self._clock = clock
        self._rng = rng
        self._name = name

    async def run(self, attempt: Callable[[], Awaitable[T]], *, worth: Callable[[], bool]) -> T:
        """Return what `attempt` returns, or raise the error of its last failure.

        After a failure, `worth` tells whether there is time for another attempt.
        """
        try:
            return await attempt()
        except Again as failure:
            first = failure
        import stamina  # only once something failed

        waits = _Waits(self._rng, worth, self._name)
        try:
            async for context in stamina.retry_context(
                on=waits.decide,
                attempts=ATTEMPTS_LIMITED,
                timeout=None,
                wait_initial=_FIRST,
                wait_max=_LONGEST,
                wait_jitter=0,
            ):
                waits.attempt, waits.backoff = context.num, context.next_wait
                if waits.next:
                    await self._clock.sleep(waits.next)
                with context:
                    if context.num == 1:
                        raise first
                    return await attempt()
        except Again as failure:
            raise failure.error from None
        raise first.error


class _Waits:
    """Decides whether and when one request is attempted again."""

    def __init__(self, rng: random.Random, worth: Callable[[], bool], name: str) -> None:
        self._rng = rng
        self._name = name
        self._worth = worth
        self._spent = 0.0
        self.attempt = 1
        self.backoff = 0.0
        self.next = 0.0

    def decide(self, error: Exception) -> bool | float:
        """Return False to give up, else 0: how long stamina itself is to wait."""
        if not isinstance(error, Again) or not self._worth():
            return False
        if self.attempt >= error.attempts:
            return False
        if error.wait is not None:
            self.next = error.wait
        else:
            self.next = min(self.backoff + self._rng.uniform(0, _JITTER), _LONGEST)
            self._spent += self.next
            if self._spent > BUDGET_SECONDS:
                return False
        words = "%s: attempt %d: %s; again in %.1f s"
        _log.info(words, self._name, self.attempt, error, self.next)
        return 0.0
