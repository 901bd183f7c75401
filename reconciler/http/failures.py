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


_PLAIN = (
    ("Connection refused", "connection refused"),
    ("Name or service not known", "the host name is not known"),
    ("nodename nor servname", "the host name is not known"),
    ("Temporary failure in name resolution", "the host name cannot be looked up"),
    ("No route to host", "no route to the host"),
    ("Network is unreachable", "the network is unreachable"),
)


def no_connection(detail: str) -> str:
    """Say why no connection could be made, as plainly as the system's own words allow."""
    plain = next((words for sign, words in _PLAIN if sign in detail), "")
    if plain:
        return plain
    return f"no connection could be made: {detail}" if detail else "no connection could be made"


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
    if name not in WORDS:
        return NotDelivered(no_connection(detail))
    return NotDelivered(f"{WORDS[name]}: {detail}" if detail else WORDS[name])


NO_AUTHORITIES = "the authorities that SSL_CERT_FILE or SSL_CERT_DIR name cannot be loaded"

WORDS = {
    "ConnectTimeout": "connecting took too long",
    "ConnectionTimeoutError": "connecting took too long",
    "PoolTimeout": "no connection became free in time",
    "ReadTimeout": "no answer came in time",
    "SocketTimeoutError": "no answer came in time",
    "UnsupportedProtocol": "the URL is not valid",
}
