"""Why something cannot be planned."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.plan import Candidate


class Blocked(Exception):
    """Nothing can be planned for this resource; the text says why and what to do.

    It is refused: somebody must agree, or edit a manifest, before anything is applied.
    """

    def __init__(
        self,
        reason: str,
        *,
        fields: Sequence[FieldChange] = (),
        candidates: Sequence[Candidate] = (),
    ) -> None:
        """Keep what differs, so that a person can judge what they are asked to agree to.

        Args:
            reason: Why, and what to do.
            fields: How the one live object differs from its manifest.
            candidates: The live objects that it could be, where there are several.
        """
        super().__init__(reason)
        self.fields = tuple(fields)
        self.candidates = tuple(candidates)


class Unreadable(Blocked):
    """Live state is not known; everything else can go on."""


class NotRead(Unreadable):
    """A collection could not be read: its own, or that of something it refers to."""

    def __init__(self, reason: str, *, error: str) -> None:
        """Keep what reading it ended with."""
        super().__init__(reason)
        self.error = error


def refuse_unknown(why: str) -> None:
    """Raise `Unreadable` where something says why live state is not known."""
    if why:
        raise Unreadable(why)


class Undecided(Blocked):
    """Only a person can settle it; everything else can go on."""


def not_read(address: Address, error: str) -> NotRead:
    """Return why the live object of an address is not known; `error` is what reading ended with."""
    reason = f"live {address.kind} objects of {address.provider} are not known: {error}"
    return NotRead(reason, error=error)
