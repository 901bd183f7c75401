"""How text looks on one stream: colours, widths, masks; counts and durations as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from reconciler.render.layout.safe_text import safe_text


class Colour(StrEnum):
    """The SGR codes in use; the program writes no other escape sequences into text."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    MAGENTA = "35"
    CYAN = "36"


def _as_it_is(text: str) -> str:
    return text


class Style(Struct, frozen=True, kw_only=True):
    """What one stream can show, and how secrets are masked on it."""

    colour: bool = False
    width: int = 80
    terminal: bool = False
    """Whether a person reads along; otherwise a program may, which wants a row on one line."""
    redact: Callable[[str], str] = _as_it_is
    """Masks known secrets; applied before a value is cut, as half a secret would not be found."""

    def paint(self, text: str, *colours: Colour) -> str:
        """Colour the text, where the stream has colours."""
        if not self.colour or not text or not colours:
            return text
        return f"\x1b[{';'.join(colours)}m{text}\x1b[0m"

    def dim(self, text: str) -> str:
        """Dim the text."""
        return self.paint(text, Colour.DIM)

    def bold(self, text: str) -> str:
        """Make the text bold."""
        return self.paint(text, Colour.BOLD)

    def clean(self, text: object) -> str:
        """Return untrusted text, masked and harmless, on one line."""
        return safe_text(self.redact(str(text)))


_NARROW = re.compile("[\\x20-\\x7e\\xa1-\\xac\\xae-\\xff–—“”•…→←]*")
"""Characters that take one column each, known without loading tables."""


def cells(text: str) -> int:
    """Return how many columns a text takes; Korean letters and emoji take two each."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len  # rich's tables know emoji and marks, too

    return cell_len(text)


def pad(text: str, width: int) -> str:
    """Add spaces up to `width` columns."""
    return text + " " * max(0, width - cells(text))


def clipped(text: str, width: int) -> str:
    """Shorten a text to `width` columns, ending in `…` if anything was cut."""
    if cells(text) <= width:
        return text
    text = text[:width]
    while cells(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return `1 change`, `1,200 changes`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """Return `0.3 s`, `12 s`, `2 min 5 s`, `3 h 20 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"
