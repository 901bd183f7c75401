"""The one HTTP client that every provider speaks through.

What becomes of a request follows one table, in which only what is listed counts as "nothing
happened":

| what came back | means for a write |
|---|---|
| no connection (refused, DNS, TLS, connect timeout) | not sent: again, then `NotSent` |
| connection broken or silent after that | `OutcomeUnknown` |
| 429, or `Errors[].Code` 429 in any status | again after the wait asked for, then `Rejected` |
| 3xx | `OutcomeUnknown`; never followed |
| a body that is cut, too large or not JSON | `OutcomeUnknown` |
| anything else | as the provider's `classify` says; `OutcomeUnknown` when it does not know |

A read is repeated wherever a write would be and also where nothing is known (not on 3xx), and ends
as `ReadFailed`. `classify` is given the status and the parsed body, `None` for an empty one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from reconciler import VERSION
from reconciler.errors import NotSent, OutcomeUnknown, ReadFailed, Rejected
from reconciler.http import answers
from reconciler.http.body import Answer
from reconciler.http.breaker import FAILURES, Breaker
from reconciler.http.clock import SYSTEM_CLOCK, Clock
from reconciler.http.endpoint import base_url_fault
from reconciler.http.failures import Lost, NotDelivered, Unreadable, Unsendable
from reconciler.http.outcomes import (
    Absent,
    AbsentObject,
    UnclearAnswer,
    Unreachable,
    judged,
    not_json,
)
from reconciler.http.pace import shared_pace
from reconciler.http.request import Request
from reconciler.http.retry import ATTEMPTS_UNREACHABLE, Again, Retrier
from reconciler.http.transport import AsyncTransport, Wire
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.redaction import quiet_loggers, redact, redact_foreign

MAX_BODY = 10 * 1024 * 1024
_LONGEST_MESSAGE = 500
_REDIRECT = "a redirect, which is never followed: check `spec.baseUrl`"

_log = logging.getLogger("reconciler.http")


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
    """The folder where that limit is kept; `None` keeps it in this process."""
    max_body: int = MAX_BODY
    """Bytes of an answer, decompressed."""
    lenient_json: bool = False
    """Accept commas before a closing bracket."""


class _Call(Struct, kw_only=True):
    """A request on its way, through all its attempts."""

    request: Request
    write: bool
    seconds: float = 0.0
    """What its attempts took so far, without the waits between them."""


class HttpClient:
    """Sends requests to one account: retries, pace, redaction, classification of outcomes."""

    def __init__(
        self,
        settings: HttpSettings,
        classify: Callable[[int, JsonValue], Verdict],
        *,
        transport: AsyncTransport | None = None,
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
        self.requests = 0
        """How many were sent, each attempt counted; without a connection nothing was."""
        self._unreachable = False
        self._classify = classify
        self._headers = self._plain_headers(settings.headers)
        self._clock = clock
        source = rng or random.Random()  # noqa: S311 -- jitter
        self._retrier = Retrier(clock, source, name=settings.name)
        self._breaker = Breaker()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._pace = shared_pace(
            settings.requests_per_second,
            clock=clock,
            folder=settings.limiter_path,
            key=settings.rate_key,
        )
        self._wire = Wire(
            settings.base_url,
            concurrency=settings.concurrency,
            timeout_seconds=settings.timeout_seconds,
            max_body=settings.max_body,
            transport=transport,
        )
        self._calls = 0
        self._answered = 0
        self._seconds = 0.0
        quiet_loggers()

    @property
    def latency(self) -> float:
        """Return the mean seconds that answered requests took."""
        return self._seconds / self._answered if self._answered else 0.0

    async def read(self, request: Request) -> JsonValue:
        """Return the body of a request that changes nothing, of whatever method; repeats it freely.

        Raises:
            Absent: The provider says that it does not exist.
            Rejected: The provider refuses it, the credentials for instance.
            Unreachable: No connection could be made; further reads try only once each.
            ReadFailed: There was no usable answer; nothing may be concluded.
        """
        try:
            return await self._run(_Call(request=request, write=False), self._read_once)
        except Unreachable:
            self._unreachable = True
            raise

    async def write(self, request: Request) -> JsonValue:
        """Return the body of a request that changes something.

        It leaves this machine once. It is repeated only where it did not leave, or where the answer
        says that a rate limit kept it from being carried out.

        Raises:
            NotSent: It never left, or the provider keeps failing and was not asked.
            AbsentObject: Its object does not exist.
            Rejected: The provider refused it; nothing was changed.
            OutcomeUnknown: It may or may not have been carried out.
        """
        return await self._run(_Call(request=request, write=True), self._write_once)

    def expect(self, count: int) -> None:
        """Say that so many more requests are coming; it decides what they are sent with."""
        self._wire.expect(count)

    async def close(self) -> None:
        """Close all connections."""
        await self._wire.close()

    async def _run(self, call: _Call, once: Callable[[_Call], Awaitable[JsonValue]]) -> JsonValue:
        self._calls += 1
        try:
            return await self._retrier.run(
                lambda: once(call), worth=lambda: call.seconds < self._wire.budget
            )
        finally:
            self._calls -= 1

    async def _read_once(self, call: _Call) -> JsonValue:
        request = call.request
        try:
            answer = await self._exchange(call)
        except (Unreadable, Unsendable) as error:
            raise ReadFailed(self._say(request, str(error))) from None
        except NotDelivered as error:
            # Not about this request: no word of it, so that all reads fail with the same words.
            failure = Unreachable(redact_foreign(str(error)))
            attempts = 1 if self._unreachable else ATTEMPTS_UNREACHABLE
            raise Again(failure, attempts=attempts) from None
        except Lost as error:
            raise Again(ReadFailed(self._say(request, str(error)))) from None
        body, verdict = await self._judge(request, answer)
        if verdict is None:
            self._breaker.failed(write=False)
            raise Again(ReadFailed(self._say(request, not_json(answer.status))))
        self._count(answer.status, verdict, write=False)
        if verdict.outcome is VerdictKind.DONE:
            return body
        words = self._say(request, judged(answer.status, verdict))
        match verdict.outcome:
            case VerdictKind.ABSENT:
                raise Absent(words)
            case VerdictKind.REJECTED:
                raise self._rejected(words, answer.status, verdict)
            case VerdictKind.RATE_LIMITED:
                raise Again(ReadFailed(words), wait=verdict.retry_after, limited=True)
            case _ if answer.status == 408 or answer.status >= 500 or answer.status < 300:
                raise Again(ReadFailed(words))
            case _:
                raise ReadFailed(words)

    async def _write_once(self, call: _Call) -> JsonValue:
        request = call.request
        try:
            answer = await self._exchange(call)
        except NotDelivered as error:
            failure = NotSent(self._say(request, f"not sent: {error}"))
            raise Again(failure) from None
        except Unsendable as error:
            raise NotSent(self._say(request, f"not sent: {error}")) from None
        except Lost as error:
            raise OutcomeUnknown(self._say(request, str(error))) from None
        except Unreadable as error:
            raise UnclearAnswer(self._say(request, str(error)), status=error.status) from None
        body, verdict = await self._judge(request, answer)
        if verdict is None:
            words = self._say(request, not_json(answer.status))
            raise UnclearAnswer(words, status=answer.status)
        self._count(answer.status, verdict, write=True)
        if verdict.outcome is VerdictKind.DONE:
            return body
        words = self._say(request, judged(answer.status, verdict))
        match verdict.outcome:
            case VerdictKind.ABSENT:
                raise AbsentObject(words, provider_code="absent", status=answer.status)
            case VerdictKind.REJECTED:
                raise self._rejected(words, answer.status, verdict)
            case VerdictKind.RATE_LIMITED:
                refused = self._rejected(words, answer.status, verdict)
                raise Again(refused, wait=verdict.retry_after, limited=True)
            case _:
                repeatable = verdict.outcome is not VerdictKind.FAILED
                raise UnclearAnswer(words, status=answer.status, repeatable=repeatable)

    async def _exchange(self, call: _Call) -> Answer:
        """Send it when it is its turn; raises the errors of `Wire.send`, and `NotSent`."""
        request, write = call.request, call.write
        async with self._slots:
            await self._pace.turn()
            if write and self._breaker.is_open:
                raise NotSent(
                    self._say(request, f"not sent: {FAILURES} failures in a row at this provider"),
                    hint="Run it again once the provider answers properly.",
                )
            try:
                content, content_type = request.content()
                target = request.target()
            except UnicodeEncodeError:
                raise Unsendable("it holds a character that cannot be encoded") from None
            headers = self._headers
            if content_type:
                headers = {"content-type": content_type, **headers}
            self.requests += 1
            started = self._clock.monotonic()
            try:
                answer = await self._wire.send(
                    request.method,
                    target,
                    headers=headers,
                    content=content,
                    waiting=self._calls,
                    read=not write,
                    # All attempts of a read share its time; a write that left gets it in full.
                    seconds=self._wire.budget - (0 if write else call.seconds),
                )
            except (NotDelivered, Lost) as error:
                self.requests -= isinstance(error, NotDelivered)
                self._breaker.failed(write=write)
                raise
            finally:
                seconds = self._clock.monotonic() - started
                call.seconds += seconds
            self._unreachable = False
            self._answered += 1
            self._seconds += seconds
            name = self.settings.name
            _log.debug("%s: %s: %d in %.3f s", name, request.label, answer.status, seconds)
            return answer

    async def _judge(self, request: Request, answer: Answer) -> tuple[JsonValue, Verdict | None]:
        """Return the body and what the answer means, `None` for a 2xx that is not JSON."""
        body: JsonValue = None
        if 300 <= answer.status < 400:
            return None, Verdict(outcome=VerdictKind.UNKNOWN, message=_REDIRECT)
        try:
            body = answers.parse(answer.body, lenient=self.settings.lenient_json)
        except ValueError:
            if answer.status < 300:
                return None, None
            verdict = Verdict(outcome=VerdictKind.UNKNOWN, message="the answer is not valid JSON")
        else:
            verdict = self._classify(answer.status, body)
        limited = verdict.outcome is VerdictKind.RATE_LIMITED
        if limited or answers.is_rate_limited(answer.status, body):
            wait = answers.wait_asked(answer.headers, answer.body)
            if wait is None:
                wait = answers.sensible_wait(verdict.retry_after)
            if wait is not None:
                name = self.settings.name
                _log.info("%s: %s: the provider asks to wait %.0f s", name, request.label, wait)
                await self._pace.hold(wait)
            verdict = Verdict(
                outcome=VerdictKind.RATE_LIMITED,
                message=verdict.message if limited else "too many requests",
                code=verdict.code or "429",
                retry_after=wait,
            )
        return body, verdict

    def _count(self, status: int, verdict: Verdict, *, write: bool) -> None:
        if status >= 500 and verdict.outcome is VerdictKind.UNKNOWN:
            self._breaker.failed(write=write)
        else:
            self._breaker.worked(write=write)

    def _rejected(self, words: str, status: int, verdict: Verdict) -> Rejected:
        hint = ""
        if status in {401, 403}:
            hint = "Check the provider's credentials."
        elif verdict.outcome is VerdictKind.RATE_LIMITED:
            hint = "Lower `limits.requestsPerSecond` of the provider, or run it again later."
        return Rejected(words, hint=hint, provider_code=verdict.code, status=status)

    def _say(self, request: Request, *parts: str) -> str:
        said = (part if part.isdecimal() else redact_foreign(part) for part in parts if part)
        words = ": ".join((redact(request.label), *said))
        return words if len(words) <= _LONGEST_MESSAGE else words[:_LONGEST_MESSAGE] + "…"

    def _plain_headers(self, given: Mapping[str, Secret | str]) -> dict[str, str]:
        headers = {
            "accept": "application/json",
            "accept-encoding": "gzip",
            "user-agent": f"reconciler/{VERSION}",
        }
        for name, value in given.items():
            text = value
            if isinstance(value, Secret):
                text = value.reveal()
            if not str(text).isascii() or not str(text).isprintable():
                raise ValueError(f"the header {name} would hold a character that is not allowed")
            headers[name.lower()] = str(text)
        return headers
