"""What the command line said about a plan, as one value."""

from __future__ import annotations

from msgspec import Struct


class Choice(Struct, frozen=True, kw_only=True):
    """What a plan is to be about; what the addresses and labels mean, `choosing` finds out."""

    targets: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    no_prune: bool = False
    adopt: bool = False
    allow_empty_remote: bool = False
    destroy: bool = False
    ignored: tuple[str, ...] = ()
    """Rules whose errors are to stop nothing."""


class Approval(Struct, frozen=True, kw_only=True):
    """What somebody agrees to beforehand."""

    auto_approve: bool
    allow_deletes: int | None
    """How many deletions; `None`: as few as need nobody's word."""


class Overrides(Struct, frozen=True, kw_only=True):
    """Policies that somebody passes over, and why."""

    names: tuple[str, ...] = ()
    reason: str = ""

    def words(self) -> str:
        """Say it for the history; nothing where none is passed over."""
        return f", overriding {', '.join(self.names)}: {self.reason}" if self.names else ""


NO_OVERRIDES = Overrides()


class Acceptance(Struct, frozen=True, kw_only=True):
    """What drift somebody wants in the manifests."""

    accept: tuple[str, ...] = ()
    """Addresses."""
    auto_approve: bool = False


class SaveOptions(Struct, frozen=True, kw_only=True):
    """Where and how a plan is to be saved."""

    out: str | None = None
    recipients: tuple[str, ...] = ()
    expires_after: float | None = None
    """Seconds."""
