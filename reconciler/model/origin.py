"""Positions in manifests."""

from __future__ import annotations

from msgspec import Struct


class Origin(Struct, frozen=True, order=True):
    """A position in a manifest; lines and columns count from 1."""

    file: str
    """The path as the user would type it; relative to the project's root if it is inside."""
    line: int
    column: int = 1

    def __str__(self) -> str:
        """Render as `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Origin("<none>", 1)
"""The position of things that are in no file."""


def no_position(_path: tuple[str | int, ...]) -> Origin:
    """Return `NOWHERE`, whatever the path."""
    return NOWHERE
