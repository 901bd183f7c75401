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
"""Of a read where no connection is made: whoever waits for a plan wants to know soon."""
ATTEMPTS_LIMITED = 10
"""Where every attempt was turned away by a rate limit, which says that nothing happened."""
BUDGET_SECONDS = 60.0
"""For waits of our own choosing; what the provider asks for comes on top."""
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
        """Keep the error to raise when there is no further attempt.

        Args:
            error: What happened.
            wait: The seconds that the provider asked for.
            limited: It was turned away by a rate limit.
            attempts: How often to try in all.
        """
        super().__init__(error.message)
        self.error = error
        self.wait = wait
        self.attempts = ATTEMPTS_LIMITED if limited else attempts


class Retrier:
    """Repeats attempts that raise `Again`.

    stamina counts attempts and lets the wait grow. The wait itself passes on the injected clock,
    with jitter from the injected source, so that tests need neither time nor luck.
    """

    def __init__(self, clock: Clock, rng: random.Random, *, name: str) -> None:
        """Keep the clock to wait on, the source of jitter and what the log calls the account."""
        self._clock = clock
        self._rng = rng
        self._name = name

    async def run(self, attempt: Callable[[], Awaitable[T]], *, worth: Callable[[], bool]) -> T:
        """Return what `attempt` returns, or raise the error of its last failure.

        `worth` is asked after a failure whether there is time for another attempt.
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
    """Decides for one request whether there is another attempt, and when."""

    def __init__(self, rng: random.Random, worth: Callable[[], bool], name: str) -> None:
        self._rng = rng
        self._name = name
        self._worth = worth
        self._spent = 0.0
        self.attempt = 1
        self.backoff = 0.0
        self.next = 0.0

    def decide(self, error: Exception) -> bool | float:
        """Answer stamina: False to give up, else the 0 seconds that it shall wait itself."""
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
