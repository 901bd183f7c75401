"""Options of a plan, an approval, an acceptance or a saved plan, each as one value."""

from __future__ import annotations

from msgspec import Struct


class Choice(Struct, frozen=True, kw_only=True):
    """What a plan is to be about. `cli/runs/choosing` reads the addresses and labels."""

    targets: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    no_prune: bool = False
    adopt: bool = False
    allow_empty_remote: bool = False
    destroy: bool = False
    ignored: tuple[str, ...] = ()
    """Lint rules whose errors do not stop the run."""

    def words(self) -> list[str]:
        """Return the options as they are typed, but for `destroy`, which is a command as well."""
        flags = {
            "--no-prune": self.no_prune,
            "--adopt": self.adopt,
            "--allow-empty-remote": self.allow_empty_remote,
        }
        values = {
            "--target": self.targets,
            "--selector": self.selectors,
            "--ignore-finding": self.ignored,
        }
        given = [
            word for name, all_of in values.items() for each in all_of for word in (name, each)
        ]
        return [*given, *(flag for flag, is_set in flags.items() if is_set)]


class Approval(Struct, frozen=True, kw_only=True):
    """What the user approves before seeing the plan."""

    auto_approve: bool
    allow_deletes: int | None
    """How many deletions; `None`: as few as need no flag."""


class Overrides(Struct, frozen=True, kw_only=True):
    """Policies that the user overrides, and the reason."""

    names: tuple[str, ...] = ()
    reason: str = ""

    def words(self) -> str:
        """Return the text for the history; "" where none is overridden."""
        return f", overriding {', '.join(self.names)}: {self.reason}" if self.names else ""


NO_OVERRIDES = Overrides()


class Acceptance(Struct, frozen=True, kw_only=True):
    """The drift that is to be written into the manifests."""

    accept: tuple[str, ...] = ()
    """Addresses."""
    auto_approve: bool = False


class SaveOptions(Struct, frozen=True, kw_only=True):
    """Where and how a plan is to be saved."""

    out: str | None = None
    recipients: tuple[str, ...] = ()
    expires_after: float | None = None
    """Seconds."""
