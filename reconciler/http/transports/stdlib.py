"""The first few reads of a run, on the standard library's HTTP client.

Importing httpx and its dependencies takes as long as everything else in a plan of five objects. So
while a run has sent few requests, and only reads, it uses `http.client`, with a thread for each
request: no redirects, no cookies.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import select
import socket
import time
from collections.abc import Mapping

from msgspec import Struct

from reconciler.http.failures import Lost, NotDelivered, Unsendable, no_connection
from reconciler.http.transports.base import KEEP_ALIVE_SECONDS, Answer, Destination, Outgoing
from reconciler.http.transports.body import Body

_HTTPS = 443
_MAX_CONNECT_SECONDS = 5.0
"""Short, because a thread that is connecting cannot be stopped."""


class _Got(Struct, frozen=True, kw_only=True):
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    """Encoded as it was sent; one byte longer than allowed if the answer is too large."""


class Links:
    """Transport with one connection for each request under way; idle ones are used again."""

    def __init__(self, to: Destination) -> None:
        """Prepare; the first request connects."""
        self._to = to
        self._connect_seconds = min(to.connect_seconds, _MAX_CONNECT_SECONDS)
        self._tls = to.tls if to.secure else None
        self._proxy = to.proxy
        self._idle: list[tuple[float, http.client.HTTPConnection]] = []

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send a request; see `Transport.send`."""
        try:
            got = await self._ask(outgoing)
        except (http.client.InvalidURL, ValueError):
            raise Unsendable("the URL or a header is not valid") from None
        except TimeoutError:
            raise Lost("no answer came in time") from None
        except (http.client.HTTPException, OSError) as error:
            raise Lost(f"the connection broke ({type(error).__name__})") from None
        body = Body(got.status, got.headers, self._to.max_body)
        body.add(got.body)
        return body.answer()

    async def close(self) -> None:
        """Close all connections."""
        for _, connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _ask(self, outgoing: Outgoing) -> _Got:
        connection = self._waiting() or self._fresh()
        try:
            got = await asyncio.to_thread(self._exchange, connection, outgoing)
        except asyncio.CancelledError:
            _wake(connection)
            raise
        if connection.sock is not None:
            self._idle.append((time.monotonic(), connection))
        return got

    def _waiting(self) -> http.client.HTTPConnection | None:
        oldest = time.monotonic() - KEEP_ALIVE_SECONDS
        while self._idle:
            since, connection = self._idle.pop()
            if since >= oldest and not _has_ended(connection):
                return connection
            connection.close()
        return None

    def _fresh(self) -> http.client.HTTPConnection:
        host, port = self._to.parts.hostname or "", self._to.parts.port
        seconds = self._connect_seconds
        if self._tls is None:
            return http.client.HTTPConnection(host, port, timeout=seconds)
        proxy = self._proxy
        if proxy is None:
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=self._tls)
        made = http.client.HTTPSConnection(
            proxy.host, proxy.port, timeout=seconds, context=self._tls
        )
        made.set_tunnel(host, port or _HTTPS, headers=proxy.headers)
        return made

    def _exchange(self, connection: http.client.HTTPConnection, outgoing: Outgoing) -> _Got:
        if connection.sock is None:
            _connect(connection, self._to.timeout_seconds)
        try:
            connection.request(
                outgoing.method,
                self._to.parts.path + outgoing.target,
                body=outgoing.content,
                headers=dict(outgoing.headers),
            )
            return _answer(connection, self._to.max_body)
        except BaseException:
            connection.close()
            raise


def _connect(connection: http.client.HTTPConnection, read_seconds: float) -> None:
    try:
        connection.connect()
        connection.sock.settimeout(read_seconds)
    except TimeoutError:
        connection.close()
        raise NotDelivered("connecting took too long") from None
    except (OSError, http.client.HTTPException) as error:  # the latter from a proxy
        connection.close()
        raise NotDelivered(no_connection(str(error))) from None


def _answer(connection: http.client.HTTPConnection, most: int) -> _Got:
    response = connection.getresponse()
    if response.headers.defects:
        raise http.client.HTTPException("malformed header")
    body = response.read(most + 1)
    if len(body) > most:
        connection.close()
    elif response.length:  # `read` with a limit does not raise this itself
        raise http.client.IncompleteRead(body, response.length)
    named = {name.lower(): value for name, value in response.getheaders()}
    return _Got(status=response.status, headers=named, body=body)


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Tell whether the server has closed an idle connection, or sent something unasked."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _wake(connection: http.client.HTTPConnection) -> None:
    """Wake a thread that waits for this connection; the thread closes it."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


OPEN = Links
