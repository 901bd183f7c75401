"""Failures below HTTP: no complete answer, or one that cannot be read."""

from __future__ import annotations


class LinkError(Exception):
    """There is no complete answer that can be read. The message holds no URL."""


class NotDelivered(LinkError):
    """Certainly nothing was sent: no connection was made."""


class Unsendable(LinkError):
    """Certainly nothing was sent, and trying again would not help."""


class Lost(LinkError):
    """The request, or part of it, may have arrived."""


class Unreadable(LinkError):
    """An answer came, but its body cannot be read; asking again would not help."""

    def __init__(self, reason: str, status: int) -> None:
        """Keep the status, which arrived whole."""
        super().__init__(reason)
        self.status = status


class NotJson(LinkError):
    """A complete 2xx answer came whose body is not JSON."""

    def __init__(self, status: int) -> None:
        """Keep the status."""
        super().__init__(f"HTTP {status}: the answer is not valid JSON")
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


NO_AUTHORITIES = "the authorities that SSL_CERT_FILE or SSL_CERT_DIR name cannot be loaded"
