"""What every request to an emulated provider passes through: recording, latency, faults, hooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, assert_never
from urllib.parse import parse_qsl

from msgspec import Struct, field

from reconciler.emulator.faults import (
    ConnectionDropped,
    FaultKind,
    FaultRequest,
    Faults,
    Injection,
    Rule,
)

if TYPE_CHECKING:
    from collections import Counter

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from reconciler.emulator.store import Store

ABORT_EXTENSION = "reconciler.abort"
"""Key in the ASGI scope's extensions: a callable that resets the TCP connection (see `server`)."""

_HINTS = "reconciler.list_hints"
_LARGEST_RECORDED_BODY = 65_536
_HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body></body></html>"
_SENTENCES = {
    "header": "Too many requests. Wait for {seconds} seconds for another 5 attempts.",
    "text": "Too many requests. Wait for {seconds} seconds for another 5 attempts.",
    "please": "Too many requests. Please wait for {seconds} seconds before trying again.",
    "bare": "Too many requests. Rate limit exceeded.",
    "errors": "Too many requests. Wait for {seconds} seconds for another 5 attempts.",
    "envelope": "Too many requests. Wait for {seconds} seconds for another 5 attempts.",
}
_PLACEHOLDER = "Too many requests. Wait for {seconds} seconds for another {attempts} attempts."


class RequestLog(tuple[str, str, Any]):  # noqa: SLOT001 - `query` must not change the tuple
    """What a client sent: `(method, path, body)`, with `query` (raw) and `body` parsed or None.

    `path` is decoded and starts with the provider's type; `body` is None when it is no JSON (or
    form), or too large to keep.
    """

    query: str

    def __new__(cls, method: str, path: str, body: object, query: str = "") -> Self:
        """Make a record that unpacks into three."""
        made = super().__new__(cls, (method, path, body))
        made.query = query
        return made

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self[0]

    @property
    def path(self) -> str:
        """The decoded path, the provider's mount included."""
        return self[1]

    @property
    def body(self) -> Any:
        """The parsed body, or None."""
        return self[2]


RequestHook = Callable[[str, RequestLog], None]
"""Called with "before" or "after" and the request."""


AnswerHook = Callable[[RequestLog, "int | None"], None]
"""Called with a request and the status it was answered with, `None` for a dropped connection."""


class ListHints(Struct, frozen=True, kw_only=True):
    """How lists should deviate from the truth, by fault rules; the providers' emulators obey."""

    hidden_seconds: float = 0.0
    """Leave out rows younger than this: `Table.visible(hints.hidden_seconds)`."""

    shift: int = 0
    """How many rows later than they should pages after the first start."""

    def start(self, start: int) -> int:
        """The row at which a page starts that should start at row `start`."""
        return max(0, start + self.shift) if start else 0


_HONEST = ListHints()


def list_hints(request: Request) -> ListHints:
    """How lists in the answer to `request` should deviate from the truth; usually not at all."""
    hints: ListHints = request.scope.get(_HINTS, _HONEST)
    return hints


class Answer(Struct):
    """A complete HTTP answer, before it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


class Pipeline:
    """ASGI middleware around all provider emulators, which every request to them passes."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        store: Store,
        faults: Faults,
        requests: list[RequestLog] | None,
        counts: Counter[tuple[str, str]],
        on_request: RequestHook | None,
        on_answer: AnswerHook | None,
        on_end: Callable[[], None] | None,
    ) -> None:
        self._app = app
        self._store = store
        self._faults = faults
        self._requests = requests
        self._counts = counts
        self._on_request = on_request
        self._on_answer = on_answer
        self._on_end = on_end
        self._late: set[asyncio.Task[Answer]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or whatever the fault rules make of it."""
        try:
            await self._serve(scope, receive, send)
        finally:
            if self._on_end is not None:
                self._on_end()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "__emulator__" in scope["path"]:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        provider, _, below = scope["path"].lstrip("/").partition("/")
        query = scope["query_string"].decode("latin-1")
        self._counts[provider, scope["method"]] += 1
        log = RequestLog(scope["method"], scope["path"], _parsed(scope, body), query)
        if self._requests is not None:
            self._requests.append(log)
        injection = self._faults.pick(
            FaultRequest(
                provider=provider, method=log.method, path=f"/{below}", query=query, body=body
            )
        )
        delay = scope["app"].state.latency + injection.delay
        if delay:
            await asyncio.sleep(delay)
        if injection.hidden_seconds or injection.shift:
            scope[_HINTS] = ListHints(
                hidden_seconds=injection.hidden_seconds, shift=injection.shift
            )

        async def execute() -> Answer:
            return await self._execute(scope, body, log)

        try:
            answer = await self._faulty(injection, execute)
            await _send(answer, send, cut=_cuts_connection(injection))
            self._answered(log, answer.status)
        except ConnectionDropped:
            self._answered(log, None)
            await _drop(scope, receive)

    def _answered(self, log: RequestLog, status: int | None) -> None:
        if self._on_answer is not None:
            self._on_answer(log, status)

    async def _faulty(
        self, injection: Injection, execute: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        rule = injection.rule
        if rule is None:
            return await execute()
        if rule.fault is FaultKind.LATE:
            task = asyncio.ensure_future(_later(rule.seconds, execute))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            raise ConnectionDropped
        executed = rule.executed or rule.fault in _EXECUTED
        answer = await execute() if executed else Answer(204)
        return await _spoilt(rule, answer)

    async def _execute(self, scope: Scope, body: bytes, log: RequestLog) -> Answer:
        self._store.refresh()
        hook = self._on_request if log.method != "GET" else None
        if hook is not None:
            hook("before", log)
        answer = Answer(500)
        pending = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Message:
            return next(pending, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = list(message.get("headers", []))
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")

        await self._app(scope, receive, send)
        if hook is not None:
            hook("after", log)
        return answer


_EXECUTED = frozenset({FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.TRUNCATE})


async def _spoilt(rule: Rule, answer: Answer) -> Answer:
    """What the server sends instead of `answer`. Raises `ConnectionDropped`."""
    match rule.fault:
        case FaultKind.STATUS_BEFORE | FaultKind.STATUS_AFTER:
            return _error_page(rule.status, rule.text)
        case FaultKind.RATE_LIMIT:
            return _rate_limited(rule)
        case FaultKind.TRUNCATE if rule.cut == "body":
            half = answer.body[: len(answer.body) // 2]
            return Answer(answer.status, _with_length(answer.headers, len(half)), half)
        case FaultKind.TRUNCATE:
            return answer
        case FaultKind.HTML:
            return _page(200, (rule.text or _HTML.decode()).encode(), b"text/html; charset=utf-8")
        case FaultKind.REDIRECT:
            return Answer(
                rule.status, [(b"location", rule.location.encode()), (b"content-length", b"0")]
            )
        case FaultKind.HANG:
            await asyncio.sleep(rule.seconds)
            raise ConnectionDropped
        case FaultKind.DROP_BEFORE | FaultKind.DROP_AFTER | FaultKind.LATE:
            raise ConnectionDropped
        case FaultKind.DELAY | FaultKind.STALE_LIST | FaultKind.PAGE_SHIFT:
            raise AssertionError(f"{rule.fault} changes no answer by itself")
        case never:
            assert_never(never)


def _rate_limited(rule: Rule) -> Answer:
    """Say "too many requests" in the form that the rule names: some provider uses each."""
    seconds = f"{rule.seconds:g}"
    sentence = rule.text
    if sentence is None:
        sentence = _SENTENCES.get(rule.form, _PLACEHOLDER)
        if rule.form in _SENTENCES:
            sentence = sentence.replace("{seconds}", seconds)
    if rule.form in {"errors", "envelope"}:
        body = json.dumps({"Success": False, "Errors": [{"Code": 429, "Message": sentence}]})
        status = 200 if rule.form == "envelope" else 429
        return _page(status, body.encode(), b"application/json")
    answer = _page(429, sentence.encode(), b"text/plain; charset=utf-8")
    if rule.form == "header":
        answer.headers.append((b"retry-after", seconds.encode()))
    return answer


def _error_page(status: int, text: str | None) -> Answer:
    body = text if text is not None else f"<html><body><h1>{status}</h1></body></html>"
    kind = b"application/json" if body.startswith("{") else b"text/html; charset=utf-8"
    return _page(status, body.encode(), kind)


def _page(status: int, body: bytes, kind: bytes) -> Answer:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    return Answer(status, headers, body)


def _with_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]


def _cuts_connection(injection: Injection) -> bool:
    rule = injection.rule
    return rule is not None and rule.fault is FaultKind.TRUNCATE and rule.cut == "connection"


async def _later(seconds: float, execute: Callable[[], Awaitable[Answer]]) -> Answer:
    await asyncio.sleep(seconds)
    return await execute()


async def _send(answer: Answer, send: Send, *, cut: bool) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if cut:
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        raise ConnectionDropped
    await send({"type": "http.response.body", "body": answer.body})


async def _drop(scope: Scope, receive: Receive) -> None:
    """Reset the TCP connection when there is one, else raise `ConnectionDropped`."""
    abort = scope.get("extensions", {}).get(ABORT_EXTENSION)
    if abort is None:
        raise ConnectionDropped
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _parsed(scope: Scope, body: bytes) -> Any:
    """The body as JSON or form, for the record; None for anything else."""
    if not body or len(body) > _LARGEST_RECORDED_BODY:
        return None
    kind = dict(scope["headers"]).get(b"content-type", b"")
    try:
        if kind.startswith(b"application/x-www-form-urlencoded"):
            return dict(parse_qsl(body.decode(), keep_blank_values=True))
        return json.loads(body)
    except ValueError:
        return None
