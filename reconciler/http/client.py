"""The one HTTP client that every provider speaks through.

This table decides what becomes of a write. Only the answers it lists prove that nothing happened:

| what came back | means for a write |
|---|---|
| no connection (refused, DNS, TLS, connect timeout) | not sent: retried, then `NotSent` |
| connection broken or silent after that | `OutcomeUnknown` |
| 429, or what the provider's `Dialect` calls a rate limit | retried after a wait, then `Rejected` |
| 3xx | `OutcomeUnknown`; never followed |
| a body that is cut off, too large or not JSON | `OutcomeUnknown` |
| anything else | as the `Dialect` classifies it; `OutcomeUnknown` when it does not know |

A read is retried where a write would be, and also where the outcome is unknown (but not on 3xx).
If it still fails, it raises `ReadFailed`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.errors import NotSent, OutcomeUnknown, ProviderError, ReadFailed
from reconciler.http import answers
from reconciler.http.answers import Reading
from reconciler.http.aside import is_aside
from reconciler.http.clock import SYSTEM_CLOCK, Clock
from reconciler.http.endpoint import base_url_fault
from reconciler.http.failures import LinkError, NotDelivered, NotJson, Unreadable, Unsendable
from reconciler.http.outcomes import (
    UnclearAnswer,
    Unreachable,
    judged,
    read_failure,
    write_failure,
)
from reconciler.http.pace import shared_pace
from reconciler.http.request import Request
from reconciler.http.retry import ATTEMPTS_UNREACHABLE, Again, Retrier
from reconciler.http.sender import Call, Sender
from reconciler.http.transports.base import Answer, Destination, Opener
from reconciler.http.transports.wire import Wire
from reconciler.http.verdict import Dialect, Verdict, VerdictKind
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.redaction import quiet_loggers, redact, redact_foreign

MAX_BODY = 10 * 1024 * 1024
"""Bytes of the largest answer, where a provider type names no others."""
_LONGEST_MESSAGE = 500

_Failed = Callable[[Request, LinkError], ProviderError | Again]
_Refused = Callable[[str, int, Verdict], ProviderError | Again]


class HttpSettings(Struct, frozen=True, kw_only=True):
    """How to reach one account."""

    base_url: str
    """https, or http on a loopback host; may carry a path prefix."""
    headers: Mapping[str, Secret | str] = field(default_factory=dict)
    concurrency: int = 8
    requests_per_second: float = 50.0
    timeout_seconds: float = 30.0
    name: str = ""
    """What the log calls the account."""
    rate_key: str = ""
    """Names the account for the rate limit that all runs on this machine share."""
    limiter_path: Path | None = None
    """The folder where that limit is kept; `None` keeps it in memory, for this process alone."""
    max_body: int = MAX_BODY
    """The largest answer, in bytes after decompression."""


class HttpClient:
    """Sends requests to one account: retries, pace, redaction, classification of outcomes."""

    def __init__(
        self,
        settings: HttpSettings,
        dialect: Dialect,
        *,
        transport: Opener | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rng: random.Random | None = None,
    ) -> None:
        """Prepare; nothing is loaded or connected before the first request.

        Raises:
            ValueError: The base URL is not allowed, or a header holds a control character.
        """
        fault = base_url_fault(settings.base_url)
        if fault:
            raise ValueError(fault)
        self.settings = settings
        self.dialect = dialect
        self._transport = transport
        self._clock = clock
        self._calls = 0
        self._unreachable = False
        self._retrier = Retrier(
            clock,
            rng or random.Random(),  # noqa: S311 -- jitter
            name=settings.name,
        )
        self._wire = Wire(_destination(settings), transport)
        self._sender = Sender(
            self._wire,
            name=settings.name,
            headers=settings.headers,
            concurrency=settings.concurrency,
            pace=shared_pace(
                settings.requests_per_second,
                clock=clock,
                folder=settings.limiter_path,
                key=settings.rate_key,
            ),
            clock=clock,
        )
        quiet_loggers()

    @property
    def requests(self) -> int:
        """Return the number of attempts that were sent; those without a connection do not count."""
        return self._sender.requests

    @property
    def latency(self) -> float:
        """Return how long answered requests took on average, in seconds."""
        return self._sender.latency

    async def read(self, request: Request) -> JsonValue:
        """Return the answer to a request that changes nothing, whatever its method; retries freely.

        Raises:
            Absent: The provider says that the object does not exist.
            Rejected: The provider refuses the request, for instance for its credentials.
            Unreachable: No connection could be made; later reads make a single attempt each.
            ReadFailed: There was no usable answer, so nothing is known.
        """
        try:
            call = Call(request=request, write=False, aside=is_aside())
            return await self._run(call, self._unread, read_failure)
        except Unreachable:
            self._unreachable = True
            raise

    async def write(self, request: Request) -> JsonValue:
        """Return the answer to a request that changes something.

        It is sent once. It is retried only if it never left this machine, or if the answer says
        that a rate limit kept it from being carried out.

        Raises:
            NotSent: It could not be sent, or was held back because the provider keeps failing.
            AbsentObject: The object to change does not exist.
            Rejected: The provider refused it; nothing was changed.
            OutcomeUnknown: It may or may not have been carried out.
        """
        return await self._run(Call(request=request, write=True), self._unwritten, write_failure)

    def expect(self, count: int) -> None:
        """Announce `count` more requests; the transport is chosen by how many there are."""
        self._wire.expect(count)

    def elsewhere(
        self, base_url: str, headers: Mapping[str, Secret | str], dialect: Dialect
    ) -> HttpClient:
        """Return a client for another host of the same account, with its own credentials.

        Limits, clock and transport are the same. The caller closes it. Raises `ValueError` if the
        base URL is not allowed.
        """
        settings = replace(self.settings, base_url=base_url, headers=headers)
        return HttpClient(settings, dialect, transport=self._transport, clock=self._clock)

    async def close(self) -> None:
        """Close all connections."""
        await self._wire.close()

    async def _run(self, call: Call, failed: _Failed, refused: _Refused) -> JsonValue:
        """Send with retries; `failed` and `refused` turn other outcomes into errors or retries."""
        self._calls += 1
        try:
            return await self._retrier.run(
                lambda: self._once(call, failed, refused),
                worth=lambda: call.seconds < self._wire.budget,
            )
        finally:
            self._calls -= 1

    async def _once(self, call: Call, failed: _Failed, refused: _Refused) -> JsonValue:
        request = call.request
        try:
            answer = await self._answered(call)
            said = await self._understood(request, answer)
        except LinkError as error:
            if isinstance(error, NotJson) and not call.write:
                self._sender.failed(call)
            raise failed(request, error) from None
        self._sender.count(answer.status, said.verdict, call)
        if said.verdict.outcome is VerdictKind.DONE:
            return said.body
        words = self._say(request, judged(answer.status, said.verdict))
        raise refused(words, answer.status, said.verdict)

    async def _answered(self, call: Call) -> Answer:
        try:
            answer = await self._sender.send(call, waiting=self._calls)
        except NotSent as error:
            raise NotSent(self._say(call.request, error.message), hint=error.hint) from None
        self._unreachable = False
        return answer

    async def _understood(self, request: Request, answer: Answer) -> Reading:
        """Read an answer; if it asks to wait, hold back all requests. Raises `NotJson`."""
        said = answers.read(answer, self.dialect)
        wait = said.verdict.retry_after
        if said.verdict.outcome is VerdictKind.RATE_LIMITED and wait is not None:
            await self._sender.hold(request, wait)
        return said

    def _unread(self, request: Request, error: LinkError) -> ProviderError | Again:
        """Return the error for a read without a usable answer, or `Again` to retry it."""
        if isinstance(error, NotDelivered):
            # The message does not name the request, so that it is the same for all reads.
            failure = Unreachable(redact_foreign(str(error)))
            return Again(failure, attempts=1 if self._unreachable else ATTEMPTS_UNREACHABLE)
        failed = ReadFailed(self._say(request, str(error)))
        return failed if isinstance(error, Unreadable | Unsendable) else Again(failed)

    def _unwritten(self, request: Request, error: LinkError) -> ProviderError | Again:
        """Return the error for a write without a usable answer, or `Again` to retry it."""
        match error:
            case NotDelivered():
                return Again(NotSent(self._say(request, f"not sent: {error}")))
            case Unsendable():
                return NotSent(self._say(request, f"not sent: {error}"))
            case Unreadable() | NotJson():
                return UnclearAnswer(self._say(request, str(error)), status=error.status)
            case _:
                return OutcomeUnknown(self._say(request, str(error)))

    def _say(self, request: Request, *parts: str) -> str:
        said = (part if part.isdecimal() else redact_foreign(part) for part in parts if part)
        words = ": ".join((redact(request.label), *said))
        return words if len(words) <= _LONGEST_MESSAGE else words[:_LONGEST_MESSAGE] + "…"


def _destination(settings: HttpSettings) -> Destination:
    return Destination(
        settings.base_url,
        concurrency=settings.concurrency,
        timeout_seconds=settings.timeout_seconds,
        max_body=settings.max_body,
    )
