"""Moves bytes: the one place that knows httpx and what runs under it.

A run that only reads, and little, does without httpx, whose import takes longer than the reading
(see `link`). Other work starts on httpx's own connection pool. That pool costs more per request
with every connection in it, so once enough requests are coming a pool of aiohttp takes over (over
`httpx-aiohttp`), whose import is paid for only then.

Transports are used without `httpx.AsyncClient`: it would follow redirects, keep cookies, read
passwords from the environment, and log every URL, in which some providers want a key. Which proxy
https goes through is `proxy`'s decision, the same for all three.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from reconciler.http.body import Answer, Body
from reconciler.http.failures import (
    NO_AUTHORITIES,
    WORDS,
    LinkError,
    Lost,
    NotDelivered,
    Unsendable,
    link_error,
)
from reconciler.http.libraries import load_httpx
from reconciler.http.link import ConnectFailed, Links
from reconciler.http.proxy import Proxy, ProxyFault, Route, route_to
from reconciler.http.tls import tls_context

if TYPE_CHECKING:
    import httpx

AsyncTransport: TypeAlias = "httpx.AsyncBaseTransport"
"""What tests and the emulator hand in instead of a network."""

KEEP_ALIVE_SECONDS = 3.0
"""Idle connections are dropped well before a server would close them (5 s is the shortest usual),
so that a create does not meet one that is just being closed."""

_FEW = 20
"""Reads done or waiting up to which httpx is not worth its import."""
_SWITCH_AFTER = 200
"""Requests done or waiting from which importing aiohttp pays."""
_SWITCH_AFTER_CROWDED = 60
"""The same where more than `_CROWDED` run at once."""
_CROWDED = 10

_MAX_CONNECT_SECONDS = 10.0
_MAX_CONNECT_SECONDS_IN_A_THREAD = 5.0
"""Which cannot be stopped before."""


class Wire:
    """The connections to one account."""

    def __init__(
        self,
        base_url: str,
        *,
        concurrency: int,
        timeout_seconds: float,
        max_body: int,
        transport: AsyncTransport | None = None,
    ) -> None:
        """Prepare; the first request loads and connects."""
        self._base_url = base_url.rstrip("/")
        self._concurrency = concurrency
        self._timeout = {
            "connect": min(timeout_seconds, _MAX_CONNECT_SECONDS),
            "read": timeout_seconds,
            "write": timeout_seconds,
            "pool": timeout_seconds,
        }
        self.budget = max(2 * timeout_seconds, 60.0)
        """Seconds that a request may take, whatever trickles in meanwhile."""
        self._max_body = max_body
        self._given = transport
        self._links: Links | None = None
        self._plain: AsyncTransport | None = None
        self._fast: AsyncTransport | None = None
        self._tls: ssl.SSLContext | None = None
        self._sent = 0
        self._expected = 0
        """How many requests are known to be sent in all."""

    def expect(self, count: int) -> None:
        """Say that so many more requests are coming."""
        self._expected = max(self._expected, self._sent) + count

    async def send(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        seconds: float,
        waiting: int = 0,
        read: bool = False,
    ) -> Answer:
        """Send one request, once, and return the whole answer.

        Args:
            method: The HTTP method.
            target: Path and query below the base URL, secrets included.
            headers: Complete but for Host and Content-Length.
            content: The body.
            seconds: How long it may take in all.
            waiting: How many more requests are known to be coming.
            read: It changes nothing.

        Raises:
            NotDelivered: Nothing left this machine.
            Unsendable: The same, for a reason on this side.
            Lost: Something may have.
            Unreadable: An answer came that is too large, or in an unknown encoding.
        """
        send = self._send_alone if read and self._is_little(waiting) else self._send_pooled
        try:
            async with asyncio.timeout(seconds):
                return await send(method, target, headers, content, waiting)
        except TimeoutError:
            raise Lost("the whole answer took too long") from None
        except ProxyFault as error:
            raise Unsendable(str(error)) from None
        except (NotDelivered, Lost) as error:
            if self._given is not None or (isinstance(error, Lost) and self._proxy is None):
                raise
            way = self._route.way
            raise type(error)(f"{error} ({way})" if way else str(error)) from None

    async def _send_pooled(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        content: bytes | None,
        waiting: int,
    ) -> Answer:
        httpx = load_httpx()
        try:
            request = httpx.Request(
                method,
                self._base_url + target,
                headers=dict(headers),
                content=content,
                extensions={"timeout": self._timeout},
            )
            transport = self._transport(waiting)
        except OSError:
            raise Unsendable(NO_AUTHORITIES) from None
        except (httpx.InvalidURL, ValueError):
            raise Unsendable("the URL or a header is not valid") from None
        self._sent += 1
        try:
            response = await transport.handle_async_request(request)
            try:
                headers = {name.lower(): value for name, value in response.headers.items()}
                body = Body(response.status_code, headers, self._max_body)
                async for piece in response.stream:  # type: ignore[union-attr]
                    body.add(piece)
                return body.answer()
            finally:
                await response.stream.aclose()  # type: ignore[union-attr]
        except LinkError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is: it may have arrived
            raise link_error(error) from None

    def _is_little(self, waiting: int) -> bool:
        used = self._given or self._plain or self._fast
        return used is None and max(self._sent + waiting, self._expected) < _FEW

    async def _send_alone(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        content: bytes | None,
        _waiting: int,
    ) -> Answer:
        try:
            links = self._links or self._make_links()
        except OSError:
            raise Unsendable(NO_AUTHORITIES) from None
        self._sent += 1
        try:
            got = await links.ask(
                method, target, headers=headers, content=content, most=self._max_body
            )
        except ConnectFailed as error:
            raise NotDelivered(str(error)) from None
        except (http.client.InvalidURL, ValueError):
            raise Unsendable("the URL or a header is not valid") from None
        except TimeoutError:
            raise Lost(WORDS["ReadTimeout"]) from None
        except (http.client.HTTPException, OSError) as error:
            raise Lost(f"the connection broke ({type(error).__name__})") from None
        body = Body(got.status, got.headers, self._max_body)
        body.add(got.body)
        return body.answer()

    async def close(self) -> None:
        """Close all connections; a transport that was handed in is its owner's to close."""
        for transport in (self._plain, self._fast):
            if transport is not None:
                await transport.aclose()
        self._plain = self._fast = None
        if self._links is not None:
            self._links.close()

    @property
    def fast(self) -> bool:
        """Tell whether aiohttp has taken over."""
        return self._fast is not None

    def _transport(self, waiting: int) -> AsyncTransport:
        if self._given is not None:
            return self._given
        if self._fast is not None:
            return self._fast
        waiting = max(waiting, self._expected - self._sent)
        crowded = min(self._concurrency, waiting) > _CROWDED
        if self._sent + waiting >= (_SWITCH_AFTER_CROWDED if crowded else _SWITCH_AFTER):
            self._fast = self._make_fast()
            return self._fast
        if self._plain is None:
            self._plain = self._make_plain()
        return self._plain

    def _make_links(self) -> Links:
        secure = urlsplit(self._base_url).scheme == "https"
        self._links = Links(
            self._base_url,
            proxy=self._proxy,
            tls=self._context() if secure else None,
            connect_seconds=min(self._timeout["connect"], _MAX_CONNECT_SECONDS_IN_A_THREAD),
            read_seconds=self._timeout["read"],
            idle_seconds=KEEP_ALIVE_SECONDS,
        )
        return self._links

    def _make_plain(self) -> AsyncTransport:
        made: AsyncTransport = load_httpx().AsyncHTTPTransport(
            verify=self._context(),
            trust_env=False,
            limits=self._limits(),
            proxy=self._tunnel(),
            retries=0,
        )
        return made

    def _make_fast(self) -> AsyncTransport:
        import aiohttp
        import httpx_aiohttp

        def session() -> aiohttp.ClientSession:
            made = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._concurrency,
                    keepalive_timeout=KEEP_ALIVE_SECONDS,
                    ssl=self._context(),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
            # aiohttp sends a PUT or DELETE again by itself when a kept connection breaks, though it
            # may have been carried out, and has no public switch for that. A test holds this.
            made._retry_connection = False  # noqa: SLF001
            return made

        return httpx_aiohttp.AiohttpTransport(
            verify=self._context(),
            trust_env=False,
            limits=self._limits(),
            proxy=self._tunnel(),
            client=session,
        )

    @cached_property
    def _route(self) -> Route:
        return route_to(self._base_url, os.environ)

    @property
    def _proxy(self) -> Proxy | None:
        return self._route if isinstance(self._route, Proxy) else None

    def _tunnel(self) -> httpx.Proxy | None:
        if self._proxy is None:
            return None
        tunnel: httpx.Proxy = load_httpx().Proxy(self._proxy.url, headers=self._proxy.headers)
        return tunnel

    def _limits(self) -> httpx.Limits:
        limits: httpx.Limits = load_httpx().Limits(
            max_connections=self._concurrency,
            max_keepalive_connections=self._concurrency,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        )
        return limits

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context(secure=urlsplit(self._base_url).scheme == "https")
        return self._tls
