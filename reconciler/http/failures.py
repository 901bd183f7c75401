"""What can become of a request below HTTP, and how exceptions of the libraries tell it."""

from __future__ import annotations

from reconciler.http.libraries import load_httpx


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


def link_error(error: Exception) -> LinkError:
    """Say what an exception means for the request. Only what is listed counts as not sent."""
    httpx = load_httpx()
    if isinstance(error, TimeoutError):
        return Lost("the whole answer took too long")
    known: BaseException = error
    not_sent = isinstance(
        error,
        (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.ProxyError,  # to CONNECT; nothing went further
            httpx.UnsupportedProtocol,
        ),
    )
    detail = str(error) if isinstance(error, (httpx.ConnectError, httpx.ProxyError)) else ""
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
                aiohttp.ClientHttpProxyError,
                aiohttp.ConnectionTimeoutError,
                aiohttp.InvalidURL,
                aiohttp.NonHttpUrlClientError,
            ),
        )
        inner = getattr(cause, "certificate_error", None) or getattr(cause, "os_error", None)
        detail = str(inner or "")
        if isinstance(cause, aiohttp.ClientHttpProxyError):
            detail = f"{cause.status} {cause.message}"
    name = type(known).__name__
    if not not_sent:
        return Lost(WORDS.get(name, f"the connection broke ({name})"))
    words = WORDS.get(name, "no connection could be made")
    return NotDelivered(f"{words}: {detail}" if detail else words)


NO_AUTHORITIES = "the authorities that SSL_CERT_FILE or SSL_CERT_DIR name cannot be loaded"

WORDS = {
    "ConnectTimeout": "connecting took too long",
    "ConnectionTimeoutError": "connecting took too long",
    "PoolTimeout": "no connection became free in time",
    "ReadTimeout": "no answer came in time",
    "SocketTimeoutError": "no answer came in time",
    "UnsupportedProtocol": "the URL is not valid",
}
