"""Speaking to an emulator with no port: an httpx transport that calls the application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from reconciler.emulator.faults import ConnectionDropped

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class InProcessTransport(httpx.AsyncBaseTransport):
    """What `httpx.ASGITransport` lacks to stand in for a network.

    A dropped connection is `httpx.RemoteProtocolError`, whether or not the request was executed: a
    client cannot tell either. The request's read timeout holds, and the application goes on with a
    request whose client has gone, for as long as the event loop lives.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=app)
        self._running: set[asyncio.Task[httpx.Response]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.RemoteProtocolError` and `httpx.ReadTimeout`."""
        await request.aread()
        task = asyncio.ensure_future(self._inner.handle_async_request(request))
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
