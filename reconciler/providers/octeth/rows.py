"""What one row of each list tells, whatever generation of the server wrote it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue

STOPPED = frozenset({"blocked", "suspended", "disabled", "deleted"})
"""The statuses of a domain that an administrator, not its DNS, keeps from sending."""


class DomainRow(Struct, frozen=True, kw_only=True):
    """One sender domain as listed."""

    id: str
    key: str
    """Its name in lower case, IDNA."""
    newer: bool
    """From 5.7.2 on, told by the field `SenderDomain`."""
    verified: bool | None
    """`None` where the answer does not say."""
    active: bool | None
    """`None` where the answer does not say."""
    status: str
    options: Mapping[str, JsonValue]
    """The readable ones, by spec field."""
    options_shown: bool
    counts: Mapping[str, int]
    """How many children it has, by kind, where the answer says."""

    @property
    def stopped(self) -> str:
        """Return the word for what keeps it from sending though its DNS is right, or nothing.

        Verifying lifts none of these (6.0.1): the server's administrator does.
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
    """The key itself where the list shows it whole."""
    used_at: float | None = None
    """When it was last used, in seconds since the epoch; `None` where the list does not say."""


class SmtpAccess(Struct, frozen=True, kw_only=True):
    """What is known of how to use one SMTP configuration."""

    id: str | None = None
    host: str | None = None
    port: str | None = None
    username: str | None = None
    password: Secret | None = None

    def completed_by(self, other: SmtpAccess) -> SmtpAccess:
        """Return this with the gaps filled from `other`."""
        return SmtpAccess(**{name: getattr(self, name) or getattr(other, name) for name in _ACCESS})

    def missing(self) -> tuple[str, ...]:
        """Name the parts that are not known."""
        return tuple(name for name in _ACCESS[1:] if not getattr(self, name))

    def secrets(self, sink: str) -> dict[str, Secret]:
        """Return all parts under the name of the sink field, or nothing while one is missing."""
        if self.missing():
            return {}
        told = {name: getattr(self, name) for name in _ACCESS[1:]}
        return {
            f"{sink}.{name}": each if isinstance(each, Secret) else Secret.companion(each)
            for name, each in told.items()
        }


_ACCESS = SmtpAccess.__struct_fields__
