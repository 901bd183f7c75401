"""The first few reads of a run, on the standard library's HTTP client.

Importing httpx and what it stands on takes as long as all else that a plan of five objects does. So
as long as a run has asked for little, and changed nothing, `http.client` asks, each request in a
thread: no redirects, no cookies. `reconciler.http.transport` decides when.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import select
import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from reconciler.http.failures import no_connection
from reconciler.http.proxy import Proxy

_HTTPS = 443


class ConnectFailed(Exception):
    """No connection was made, so nothing was sent. The text holds no URL."""


class Got(Struct, frozen=True, kw_only=True):
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    """Encoded as it was sent; longer than was allowed when there was more of it."""


class Links:
    """The connections to one account."""

    def __init__(
        self,
        base_url: str,
        *,
        tls: ssl.SSLContext | None,
        proxy: Proxy | None,
        connect_seconds: float,
        read_seconds: float,
        idle_seconds: float,
    ) -> None:
        """Prepare; the first request connects. With `tls`, the base URL is https.

        `proxy` is for https alone.
        """
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._prefix = parts.path.rstrip("/")
        self._tls = tls
        self._proxy = proxy
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle_seconds = idle_seconds
        self._idle: list[tuple[float, http.client.HTTPConnection]] = []

    async def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        most: int,
    ) -> Got:
        """Send one request and return the answer, of its body a byte more than `most` at most.

        Raises:
            ValueError, http.client.InvalidURL: It cannot be sent.
            ConnectFailed: It was not sent.
            http.client.HTTPException, OSError: It may have been.
        """
        connection = self._waiting() or self._fresh()
        work = asyncio.to_thread(
            self._exchange,
            connection,
            method,
            self._prefix + target,
            headers=headers,
            content=content,
            most=most,
        )
        try:
            got = await work
        except asyncio.CancelledError:
            _wake(connection)
            raise
        if connection.sock is not None:
            self._idle.append((time.monotonic(), connection))
        return got

    def _waiting(self) -> http.client.HTTPConnection | None:
        oldest = time.monotonic() - self._idle_seconds
        while self._idle:
            since, connection = self._idle.pop()
            if since >= oldest and not _has_ended(connection):
                return connection
            connection.close()
        return None

    def _fresh(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._connect_seconds)
        proxy = self._proxy
        host, port = (self._host, self._port) if proxy is None else (proxy.host, proxy.port)
        made = http.client.HTTPSConnection(
            host, port, timeout=self._connect_seconds, context=self._tls
        )
        if proxy is not None:
            made.set_tunnel(self._host, self._port or _HTTPS, headers=proxy.headers)
        return made

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        most: int,
    ) -> Got:
        if connection.sock is None:
            _connect(connection, self._read_seconds)
        try:
            connection.request(method, target, body=content, headers=dict(headers))
            return _answer(connection, most)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close all connections."""
        for _, connection in self._idle:
            connection.close()
        self._idle.clear()


def _connect(connection: http.client.HTTPConnection, read_seconds: float) -> None:
    try:
        connection.connect()
        connection.sock.settimeout(read_seconds)
    except TimeoutError:
        connection.close()
        raise ConnectFailed("connecting took too long") from None
    except (OSError, http.client.HTTPException) as error:  # the latter from a proxy
        connection.close()
        raise ConnectFailed(no_connection(str(error))) from None


def _answer(connection: http.client.HTTPConnection, most: int) -> Got:
    response = connection.getresponse()
    if response.headers.defects:
        raise http.client.HTTPException("malformed header")
    body = response.read(most + 1)
    if len(body) > most:
        connection.close()
    elif response.length:  # `read` with a limit does not tell
        raise http.client.IncompleteRead(body, response.length)
    named = {name.lower(): value for name, value in response.getheaders()}
    return Got(status=response.status, headers=named, body=body)


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Tell whether the server has closed it, or says what nobody asked."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _wake(connection: http.client.HTTPConnection) -> None:
    """End what a thread may be waiting for; it closes the connection itself."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
