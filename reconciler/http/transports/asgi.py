"""A transport to an ASGI application in this process, without port or httpx, for `--emulate`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from reconciler.http.failures import LinkError, Lost
from reconciler.http.transports.base import Answer, Destination, Outgoing
from reconciler.http.transports.body import Body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class InProcess:
    """Replaces the network.

    Whatever the application raises counts as a broken connection: a client cannot tell whether the
    request was carried out. If the client stops waiting, the application still finishes the
    request, as long as the event loop runs.
    """

    def __init__(self, to: Destination, application: Application) -> None:
        """Send what is for `to` to the application."""
        self._to = to
        self._application = application
        self._running: set[asyncio.Task[Answer]] = set()

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send a request; see `Transport.send`."""
        task = asyncio.ensure_future(self._answer(outgoing))
        self._running.add(task)
        task.add_done_callback(self._finished)
        await asyncio.wait({task}, timeout=self._to.timeout_seconds)
        if not task.done():
            raise Lost("no answer came in time")
        try:
            return task.result()
        except LinkError:
            raise
        except Exception as error:
            raise Lost(f"the connection broke ({type(error).__name__})") from error

    async def close(self) -> None:
        """Leave the application alone."""

    def _finished(self, task: asyncio.Task[Answer]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()

    async def _answer(self, outgoing: Outgoing) -> Answer:
        unread = [outgoing.content or b""]
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

        await self._application(self._scope(outgoing), receive, send)
        named = started.get("headers", ())
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in named}
        body = Body(started["status"], headers, self._to.max_body)
        body.add(b"" if outgoing.method == "HEAD" else b"".join(parts))
        return body.answer()

    def _scope(self, outgoing: Outgoing) -> Message:
        parts = self._to.parts
        path, _, query = (parts.path + outgoing.target).partition("?")
        length = {} if outgoing.content is None else {"content-length": str(len(outgoing.content))}
        headers = {"host": parts.netloc, **outgoing.headers, **length}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": outgoing.method,
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ],
            "scheme": parts.scheme,
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "server": (parts.hostname, parts.port),
            "client": ("127.0.0.1", 0),
            "root_path": "",
        }
