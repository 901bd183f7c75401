"""The interface of all transports."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Protocol, TypeAlias
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from reconciler.http.failures import NO_AUTHORITIES, Unsendable
from reconciler.http.proxy import Proxy, ProxyFault, Route, route_to
from reconciler.http.tls import tls_context

KEEP_ALIVE_SECONDS = 3.0
"""Idle connections are dropped well before a server would close them (usually after 5 s or more),
so that a create is not sent over a connection that is just being closed."""

_MAX_CONNECT_SECONDS = 10.0


class Outgoing(Struct, frozen=True, kw_only=True):
    """A request as it is sent, secrets included."""

    method: str
    target: str
    """Path and query below the base URL."""
    headers: Mapping[str, str]
    """All headers except Host and Content-Length."""
    content: bytes | None


class Answer(Struct, frozen=True, kw_only=True):
    """A complete answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    """Decompressed."""


class Transport(Protocol):
    """Sends requests to one destination."""

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send a request, once, and return the whole answer.

        Raises:
            NotDelivered: Nothing left this machine.
            Unsendable: Nothing was sent, for a reason on this side.
            Lost: The request, or part of it, may have arrived.
            Unreadable: An answer came that is too large, or in an unknown encoding.
        """

    async def close(self) -> None:
        """Close all connections."""


class Destination:
    """Where requests go, and how: the same for all transports."""

    def __init__(
        self, base_url: str, *, concurrency: int, timeout_seconds: float, max_body: int
    ) -> None:
        """Only keep the values: proxy and certificates are looked up when they are needed."""
        self.base_url = base_url.rstrip("/")
        self.concurrency = concurrency
        self.timeout_seconds = timeout_seconds
        self.connect_seconds = min(timeout_seconds, _MAX_CONNECT_SECONDS)
        self.max_body = max_body

    @cached_property
    def parts(self) -> SplitResult:
        """The base URL in parts."""
        return urlsplit(self.base_url)

    @property
    def secure(self) -> bool:
        """Tell whether it is https."""
        return self.parts.scheme == "https"

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The TLS context; raises `Unsendable` if the authorities to trust cannot be loaded."""
        try:
            return tls_context(secure=self.secure)
        except OSError:
            raise Unsendable(NO_AUTHORITIES) from None

    @cached_property
    def route(self) -> Route:
        """The proxy, or why there is none; raises `Unsendable` if the proxy's URL is wrong."""
        try:
            return route_to(self.base_url, os.environ)
        except ProxyFault as error:
            raise Unsendable(str(error)) from None

    @property
    def proxy(self) -> Proxy | None:
        """The proxy to tunnel through."""
        return self.route if isinstance(self.route, Proxy) else None


Opener: TypeAlias = Callable[[Destination], Transport]
"""Opens a transport; nothing is connected before its first request."""
