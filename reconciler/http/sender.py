"""Sends single attempts to one account, within its rate limit, and counts them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from msgspec import Struct

from reconciler import VERSION
from reconciler.errors import NotSent
from reconciler.http import permit
from reconciler.http.breaker import FAILURES, Breaker
from reconciler.http.clock import Clock
from reconciler.http.failures import Lost, NotDelivered, Unsendable
from reconciler.http.pace import Pace
from reconciler.http.request import Request
from reconciler.http.transports.base import Answer, Outgoing
from reconciler.http.transports.wire import Wire
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.secret import Secret

_log = logging.getLogger("reconciler.http")


class Call(Struct, kw_only=True):
    """A request on its way, through all its attempts."""

    request: Request
    write: bool
    aside: bool = False
    """An optional read, whose failure does not count: see `reconciler.http.aside`."""
    seconds: float = 0.0
    """How long its attempts have taken so far, without the waits between them."""


class Sender:
    """Sends attempts; `Wire` does the input and output."""

    def __init__(
        self,
        wire: Wire,
        *,
        name: str,
        headers: Mapping[str, Secret | str],
        concurrency: int,
        pace: Pace,
        clock: Clock,
    ) -> None:
        """Prepare; raises `ValueError` when a header holds a control character."""
        self._wire = wire
        self._name = name
        self._headers = _plain_headers(headers)
        self._slots = asyncio.Semaphore(concurrency)
        self._pace = pace
        self._clock = clock
        self._breaker = Breaker()
        self.requests = 0
        """How many attempts were sent; those without a connection do not count."""
        self._answered = 0
        self._seconds = 0.0

    @property
    def latency(self) -> float:
        """Return how long answered requests took on average, in seconds."""
        return self._seconds / self._answered if self._answered else 0.0

    async def send(self, call: Call, *, waiting: int) -> Answer:
        """Send one attempt once the rate limit allows it.

        Raises what `Wire.send` and a write's permit raise, and `NotSent` after too many failures.
        """
        async with self._slots:
            await self._pace.turn()
            if call.write and self._breaker.is_open:
                raise NotSent(
                    f"not sent: {FAILURES} failures in a row at this provider",
                    hint="Run it again once the provider answers properly.",
                )
            if call.write:
                await permit.ask()
            outgoing = self._outgoing(call.request)
            self.requests += 1
            started = self._clock.monotonic()
            try:
                answer = await self._wire.send(
                    outgoing,
                    waiting=waiting,
                    read=not call.write,
                    # A read's attempts share one time limit; each attempt of a write has all of it.
                    seconds=self._wire.budget - (0 if call.write else call.seconds),
                )
            except (NotDelivered, Lost) as error:
                self.requests -= isinstance(error, NotDelivered)
                self.failed(call)
                raise
            finally:
                seconds = self._clock.monotonic() - started
                call.seconds += seconds
            self._note(call.request, answer, seconds)
            return answer

    async def hold(self, request: Request, seconds: float) -> None:
        """Send nothing for this many seconds, because the provider asked for it."""
        _log.info("%s: %s: the provider asks to wait %.0f s", self._name, request.label, seconds)
        await self._pace.hold(seconds)

    def count(self, status: int, verdict: Verdict, call: Call) -> None:
        """Tell the circuit breaker whether an answer shows that the provider is failing."""
        if status >= 500 and verdict.outcome is VerdictKind.UNKNOWN:
            self.failed(call)
        else:
            self._breaker.worked(write=call.write)

    def failed(self, call: Call) -> None:
        """Count a provider failure: an attempt without an answer, or with an unusable one."""
        if not call.aside:
            self._breaker.failed(write=call.write)

    def _outgoing(self, request: Request) -> Outgoing:
        try:
            content, content_type = request.content()
            target = request.target()
        except UnicodeEncodeError:
            raise Unsendable("it holds a character that cannot be encoded") from None
        headers = self._headers
        if content_type:
            headers = {"content-type": content_type, **headers}
        if request.secret_headers:
            headers = {**headers, **_own_headers(request)}
        return Outgoing(method=request.method, target=target, headers=headers, content=content)

    def _note(self, request: Request, answer: Answer, seconds: float) -> None:
        self._answered += 1
        self._seconds += seconds
        _log.debug("%s: %s: %d in %.3f s", self._name, request.label, answer.status, seconds)


def _own_headers(request: Request) -> dict[str, str]:
    found = {name: secret.reveal() for name, secret in request.secret_headers.items()}
    for name, text in found.items():
        if not text.isascii() or not text.isprintable():
            raise Unsendable(f"the header {name} would hold a character that is not allowed")
    return found


def _plain_headers(given: Mapping[str, Secret | str]) -> dict[str, str]:
    headers = {
        "accept": "application/json",
        "accept-encoding": "gzip",
        "user-agent": f"reconciler/{VERSION}",
    }
    for name, value in given.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if not text.isascii() or not text.isprintable():
            raise ValueError(f"the header {name} would hold a character that is not allowed")
        headers[name.lower()] = text
    return headers
