"""The values in one row of each list, the same for all generations of servers."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue

STOPPED = frozenset({"blocked", "suspended", "disabled", "deleted"})
"""Statuses of a domain that may not send because of an administrator, not of its DNS."""


class DomainRow(Struct, frozen=True, kw_only=True):
    """One sender domain as listed."""

    id: str
    key: str
    """Its name in lower case, IDNA."""
    newer: bool
    """Whether the server is 5.7.2 or newer: then rows have the field `SenderDomain`."""
    verified: bool | None
    """`None` where the answer does not say."""
    active: bool | None
    """`None` where the answer does not say."""
    status: str
    options: Mapping[str, JsonValue]
    """Those that the row shows, by field of the manifest."""
    options_shown: bool
    """Whether the row shows any."""
    counts: Mapping[str, int]
    """How many objects belong to it, by kind, where the answer says."""

    @property
    def stopped(self) -> str:
        """Return the status that keeps it from sending even if its DNS is right; else empty.

        Verifying does not end any of these (6.0.1): only the server's administrator can.
        """
        if self.status.lower() in STOPPED:
            return self.status.lower()
        return "inactive" if self.verified and self.active is False else ""


class KeyRow(Struct, frozen=True, kw_only=True):
    """One API key as listed."""

    id: str
    description: str | None
    """Without our marker; `None` where the server does not show it."""
    marker: str
    key: Secret | None
    """The key itself, if the list shows it in full."""
    used_at: float | None = None
    """When it was last used, in seconds since the epoch; `None` where the list does not say."""


class SmtpAccess(Struct, frozen=True, kw_only=True):
    """The known parts of the access to one SMTP configuration."""

    id: str | None = None
    host: str | None = None
    port: str | None = None
    username: str | None = None
    password: Secret | None = None

    def completed_by(self, other: SmtpAccess) -> SmtpAccess:
        """Return this access with its missing parts taken from `other`."""
        return SmtpAccess(**{name: getattr(self, name) or getattr(other, name) for name in _ACCESS})

    def missing(self) -> tuple[str, ...]:
        """Return the names of the parts that are not known, other than the id."""
        return tuple(name for name in _ACCESS[1:] if not getattr(self, name))

    def secrets(self, sink: str) -> dict[str, Secret]:
        """Return all parts, named `<sink>.<part>`; empty while one is missing."""
        if self.missing():
            return {}
        parts = {name: getattr(self, name) for name in _ACCESS[1:]}
        return {
            f"{sink}.{name}": each if isinstance(each, Secret) else Secret.companion(each)
            for name, each in parts.items()
        }


_ACCESS = SmtpAccess.__struct_fields__
