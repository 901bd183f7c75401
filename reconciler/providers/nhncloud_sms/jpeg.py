"""Reads the size of a JPEG from its first segments, without decoding it (ITU-T T.81, annex B)."""

from __future__ import annotations

from typing import NamedTuple

_START = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of frame headers; the three left out of the range are for other segments."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment."""
_SCAN = 0xDA


class Size(NamedTuple):
    """Pixels; zero where they could not be found."""

    width: int
    height: int


def size_of(data: bytes) -> Size | None:
    """Return the size, (0, 0) if no header has it, and `None` for data that is not a JPEG."""
    if not data.startswith(_START):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # Padding.
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _FRAMES:
            height, width = (int.from_bytes(data[i : i + 2]) for i in (at + 5, at + 7))
            return Size(width, height)
        elif marker == _SCAN:
            break
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return Size(0, 0)
