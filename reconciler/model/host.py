"""Hosts that credentials may be sent to."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

_PORTS = {"https": 443, "http": 80}


class Host(Struct, frozen=True):
    """A host, its name in one spelling; without a port, all ports of it."""

    name: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Host:
        """Read `mail.example.com`, `mail.example.com:8443` or `[2001:db8::1]`.

        Raises:
            ValueError: It is none of these.
        """
        parts = urlsplit(f"//{text}")
        odd = parts.netloc != text or any(sign in text for sign in "@*")
        if not parts.hostname or odd or parts.port == 0:
            raise ValueError(text)
        return cls(_normal(parts.hostname), parts.port)

    @classmethod
    def of(cls, url: str) -> Host | None:
        """Return the host and the port of a URL, the scheme's port if none is written.

        `None` if the URL has no host.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            return None
        return cls(_normal(parts.hostname), port) if parts.hostname else None

    def fits(self, other: Host) -> bool:
        """Tell whether another host, which has a port, is this one."""
        return self.name == other.name and self.port in {None, other.port}

    def __str__(self) -> str:
        """Spell the host as in a URL, without the port of https."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port in {None, 443} else f"{name}:{self.port}"


def _normal(name: str) -> str:
    return name.lower().rstrip(".")
