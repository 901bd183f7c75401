"""Speaking to an emulator with no port: an httpx transport that calls the application."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import httpx

from reconciler.emulator.faults import ConnectionDropped
from reconciler.http.failures import Lost
from reconciler.http.transports.asgi import InProcess
from reconciler.http.transports.base import Destination, Outgoing

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_MOST = 1 << 30


class InProcessTransport(httpx.AsyncBaseTransport):
    """What `httpx.ASGITransport` lacks to stand in for a network, and without its search for trio.

    A dropped connection is `httpx.RemoteProtocolError`, whether or not the request was executed: a
    client cannot tell either. The request's read timeout holds, and the application goes on with a
    request whose client has gone, for as long as the event loop lives.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._used: list[InProcess] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.RemoteProtocolError`, `httpx.ReadTimeout`, and what the application does."""
        await request.aread()
        used = InProcess(_destination(request), self._app)
        self._used.append(used)  # keeps what still runs
        outgoing = Outgoing(
            method=request.method,
            target=request.url.raw_path.decode("ascii"),
            headers=dict(request.headers),
            content=request.content,
        )
        try:
            answer = await used.send(outgoing)
        except Lost as error:
            if error.__cause__ is None:
                msg = "the emulator did not answer in time"
                raise httpx.ReadTimeout(msg, request=request) from None
            if isinstance(error.__cause__, ConnectionDropped):
                msg = "Server disconnected without sending a response."
                raise httpx.RemoteProtocolError(msg, request=request) from None
            raise error.__cause__ from None
        return httpx.Response(
            answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body)
        )


def _destination(request: httpx.Request) -> Destination:
    url = request.url
    seconds = request.extensions.get("timeout", {}).get("read")
    return Destination(
        f"{url.scheme}://{url.netloc.decode('ascii')}",
        concurrency=1,
        timeout_seconds=math.inf if seconds is None else seconds,
        max_body=_MOST,
    )
