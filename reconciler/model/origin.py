"""Where in a manifest something stands."""

from __future__ import annotations

from msgspec import Struct


class Origin(Struct, frozen=True, order=True):
    """Where in a manifest something stands; lines and columns count from 1."""

    file: str
    """The path as the user would type it, relative to the project's root where it lies inside."""
    line: int
    column: int = 1

    def __str__(self) -> str:
        """Render as `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Origin("<none>", 1)
"""Of what stands in no file."""


def no_position(_path: tuple[str | int, ...]) -> Origin:
    """Find no position, whatever the path."""
    return NOWHERE
