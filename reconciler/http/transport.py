"""Moves bytes: the one place that knows httpx and what runs under it.

A run that only reads, and little, does without httpx, whose import takes longer than the reading
(see `link`). Other work starts on httpx's own connection pool. That pool costs more per request
with every connection in it, so once enough requests are coming a pool of aiohttp takes over (over
`httpx-aiohttp`), whose import is paid for only then.

Transports are used without `httpx.AsyncClient`: it would follow redirects, keep cookies, read
proxies and passwords from the environment, and log every URL, in which some providers want a key.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
import sys
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from reconciler.http.link import ConnectFailed, Links
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

_GZIP = 16 + zlib.MAX_WBITS
_MAX_CONNECT_SECONDS = 10.0
_MAX_CONNECT_SECONDS_IN_A_THREAD = 5.0
"""Which cannot be stopped before."""


class LinkError(Exception):
    """No whole answer came back. The text holds no URL."""


class NotDelivered(LinkError):
    """Certainly nothing left: no connection was made."""


class Unsendable(LinkError):
    """Certainly nothing left, and trying again would not help."""


class Lost(LinkError):
    """The request, or part of it, may have arrived."""


class Unreadable(LinkError):
    """An answer came, but its body cannot be taken; asking again would not help."""

    def __init__(self, reason: str, status: int) -> None:
        """Keep the status, which arrived whole."""
        super().__init__(reason)
        self.status = status


class Answer(Struct, frozen=True, kw_only=True):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    """Decompressed."""


class _Body:
    """Takes a body piece by piece: decompressed, and no more than is allowed."""

    def __init__(self, status: int, headers: Mapping[str, str], most: int) -> None:
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity", "gzip"}:
            raise Unreadable("the answer is encoded in a way that was not asked for", status)
        self._status = status
        self._headers = headers
        self._most = most
        self._room = most
        self._unzip = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
        self._pieces: list[bytes] = []

    def add(self, raw: bytes) -> None:
        """Take a piece; raises `Unreadable` when it is one too many."""
        piece = raw if self._unzip is None else self._unzip.decompress(raw, self._room + 1)
        self._room -= len(piece)
        if self._room < 0:
            raise Unreadable(f"the answer is larger than {self._most} bytes", self._status)
        self._pieces.append(piece)

    def answer(self) -> Answer:
        """Return the answer, now that its body has ended; raises `Lost` when that was too early."""
        body = b"".join(self._pieces)
        if self._unzip is not None and not self._unzip.eof and self._pieces:
            raise Lost("the answer was cut off")
        return Answer(status=self._status, headers=self._headers, body=body)


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
        self._budget = max(4 * timeout_seconds, 60.0)
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
        waiting: int = 0,
        read: bool = False,
    ) -> Answer:
        """Send one request, once, and return the whole answer.

        Args:
            method: The HTTP method.
            target: Path and query below the base URL, secrets included.
            headers: Complete but for Host and Content-Length.
            content: The body.
            waiting: How many more requests are known to be coming.
            read: It changes nothing.

        Raises:
            NotDelivered: Nothing left this machine.
            Unsendable: The same, for a reason on this side.
            Lost: Something may have.
            Unreadable: An answer came that is too large, or in an unknown encoding.
        """
        if read and self._is_little(waiting):
            return await self._send_alone(method, target, headers, content)
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
            raise Unsendable(_NO_AUTHORITIES) from None
        except (httpx.InvalidURL, ValueError):
            raise Unsendable("the URL or a header is not valid") from None
        self._sent += 1
        try:
            async with asyncio.timeout(self._budget):
                response = await transport.handle_async_request(request)
                try:
                    headers = {name.lower(): value for name, value in response.headers.items()}
                    body = _Body(response.status_code, headers, self._max_body)
                    async for piece in response.stream:  # type: ignore[union-attr]
                        body.add(piece)
                    return body.answer()
                finally:
                    await response.stream.aclose()  # type: ignore[union-attr]
        except LinkError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is: it may have arrived
            raise _link_error(error) from None

    def _is_little(self, waiting: int) -> bool:
        used = self._given or self._plain or self._fast
        return used is None and max(self._sent + waiting, self._expected) < _FEW

    async def _send_alone(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer:
        try:
            links = self._links or self._make_links()
        except OSError:
            raise Unsendable(_NO_AUTHORITIES) from None
        self._sent += 1
        try:
            async with asyncio.timeout(self._budget):
                got = await links.ask(
                    method, target, headers=headers, content=content, most=self._max_body
                )
        except ConnectFailed as error:
            raise NotDelivered(str(error)) from None
        except (http.client.InvalidURL, ValueError):
            raise Unsendable("the URL or a header is not valid") from None
        except TimeoutError:
            raise Lost(_WORDS["ReadTimeout"]) from None
        except (http.client.HTTPException, OSError) as error:
            raise Lost(f"the connection broke ({type(error).__name__})") from None
        body = _Body(got.status, got.headers, self._max_body)
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
            tls=self._context() if secure else None,
            connect_seconds=min(self._timeout["connect"], _MAX_CONNECT_SECONDS_IN_A_THREAD),
            read_seconds=self._timeout["read"],
            idle_seconds=KEEP_ALIVE_SECONDS,
        )
        return self._links

    def _make_plain(self) -> AsyncTransport:
        made: AsyncTransport = load_httpx().AsyncHTTPTransport(
            verify=self._context(), trust_env=False, limits=self._limits(), retries=0
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
            verify=self._context(), trust_env=False, limits=self._limits(), client=session
        )

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


def load_httpx() -> Any:
    """Import httpx without its command line, which would load click, rich and pygments."""
    loaded = sys.modules.get("httpx")
    if loaded is not None:
        return loaded
    # httpx provides for a missing command line; `None` makes it missing while it is imported.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    try:
        import httpx
    finally:
        if sys.modules.get("httpx._main") is None:
            sys.modules.pop("httpx._main", None)
    return httpx


def _link_error(error: Exception) -> LinkError:
    """Say what an exception means for the request. Only what is listed counts as not sent."""
    httpx = load_httpx()
    if isinstance(error, TimeoutError):
        return Lost("the whole answer took too long")
    known: BaseException = error
    not_sent = isinstance(
        error,
        (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol),
    )
    detail = str(error) if isinstance(error, httpx.ConnectError) else ""
    cause = error.__cause__
    if cause is not None and type(cause).__module__.startswith("aiohttp"):
        # httpx-aiohttp calls every broken connection a ConnectTimeout, also one that broke after
        # the request was sent (`ClientConnectionError`): its cause decides.
        import aiohttp

        known = cause
        not_sent = isinstance(
            cause,
            (
                aiohttp.ClientConnectorError,
                aiohttp.ConnectionTimeoutError,
                aiohttp.InvalidURL,
                aiohttp.NonHttpUrlClientError,
            ),
        )
        inner = getattr(cause, "certificate_error", None) or getattr(cause, "os_error", None)
        detail = str(inner or "")
    name = type(known).__name__
    if not not_sent:
        return Lost(_WORDS.get(name, f"the connection broke ({name})"))
    words = _WORDS.get(name, "no connection could be made")
    return NotDelivered(f"{words}: {detail}" if detail else words)


_NO_AUTHORITIES = "the authorities that SSL_CERT_FILE or SSL_CERT_DIR name cannot be loaded"

_WORDS = {
    "ConnectTimeout": "connecting took too long",
    "ConnectionTimeoutError": "connecting took too long",
    "PoolTimeout": "no connection became free in time",
    "ReadTimeout": "no answer came in time",
    "SocketTimeoutError": "no answer came in time",
    "UnsupportedProtocol": "the URL is not valid",
}
