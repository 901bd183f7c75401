"""The errors that say why a resource cannot be planned."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.plan import Candidate


class Blocked(Exception):
    """The resource cannot be planned; the text says why and what to do.

    Raised itself, it refuses the plan: a person must agree, or edit a manifest, before anything is
    applied. Its subclasses leave the rest of the plan alone.
    """

    def __init__(
        self,
        reason: str,
        *,
        fields: Sequence[FieldChange] = (),
        candidates: Sequence[Candidate] = (),
    ) -> None:
        """Keep what a person needs to know in order to agree.

        Args:
            reason: Why, and what to do.
            fields: How the live object differs from its manifest, if there is only one.
            candidates: The live objects that it could be, if there are several.
        """
        super().__init__(reason)
        self.fields = tuple(fields)
        self.candidates = tuple(candidates)


class Unreadable(Blocked):
    """The live state of the resource is not known; the rest of the plan can go on."""


class NotRead(Unreadable):
    """A collection could not be read: that of the resource, or of one that it refers to."""

    def __init__(self, reason: str, *, error: str) -> None:
        """Keep the error of the reading."""
        super().__init__(reason)
        self.error = error


def refuse_unknown(why: str) -> None:
    """Raise `Unreadable` unless `why`, which says why live state is not known, is empty."""
    if why:
        raise Unreadable(why)


class Undecided(Blocked):
    """Only a person can settle this; the rest of the plan can go on."""


def not_read(address: Address, error: str) -> NotRead:
    """Return the `NotRead` of an address; `error` is that of the reading."""
    reason = f"live {address.kind} objects of {address.provider} are not known: {error}"
    return NotRead(reason, error=error)
