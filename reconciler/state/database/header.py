"""The header of an SQLite file: whether it is a state, or what else."""

from __future__ import annotations

HEADER = 100
"""How many bytes at the start of a database file show what it is."""

APPLICATION_ID = 0x52436E63
"""`RCnc` in the file's header."""


def foreign(header: bytes) -> str:
    """Return what a file with this header is, in words; empty if it is one of our states."""
    if not header:
        return "an empty file"
    if not header.startswith(b"SQLite format 3\0"):
        return "a file of another kind"
    if len(header) < HEADER:
        return "a database that is cut off"
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        return "a database of another program"
    return ""
