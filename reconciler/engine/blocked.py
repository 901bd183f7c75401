"""Why something cannot be planned."""

from __future__ import annotations


class Blocked(Exception):
    """Nothing can be planned for this resource; the text says why and what to do.

    It is refused: somebody must agree, or edit a manifest, before anything is applied.
    """


class Unreadable(Blocked):
    """Live state is not known; everything else can go on."""


class Undecided(Blocked):
    """Only a person can settle it; everything else can go on."""
