"""Speaking to an emulator with no port: an httpx transport that calls the application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from reconciler.emulator.faults import ConnectionDropped

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope


class InProcessTransport(httpx.AsyncBaseTransport):
    """What `httpx.ASGITransport` lacks to stand in for a network, and without its search for trio.

    A dropped connection is `httpx.RemoteProtocolError`, whether or not the request was executed: a
    client cannot tell either. The request's read timeout holds, and the application goes on with a
    request whose client has gone, for as long as the event loop lives.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: set[asyncio.Task[httpx.Response]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.RemoteProtocolError` and `httpx.ReadTimeout`."""
        await request.aread()
        task = asyncio.ensure_future(_answer(self._app, request))
        self._running.add(task)
        task.add_done_callback(self._finished)
        timeout = request.extensions.get("timeout", {}).get("read")
        await asyncio.wait({task}, timeout=timeout)
        if not task.done():
            msg = "the emulator did not answer in time"
            raise httpx.ReadTimeout(msg, request=request)
        try:
            return task.result()
        except ConnectionDropped:
            msg = "Server disconnected without sending a response."
            raise httpx.RemoteProtocolError(msg, request=request) from None

    def _finished(self, task: asyncio.Task[httpx.Response]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()


async def _answer(app: ASGIApp, request: httpx.Request) -> httpx.Response:
    """Call the application with one request; what it raises is raised."""
    unread = [request.content]
    answered = asyncio.Event()
    started: Message = {"status": 500}
    parts: list[bytes] = []

    async def receive() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                answered.set()

    await app(_scope(request), receive, send)
    body = b"" if request.method == "HEAD" else b"".join(parts)
    return httpx.Response(
        started["status"], headers=started.get("headers", []), stream=httpx.ByteStream(body)
    )


def _scope(request: httpx.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
    }
