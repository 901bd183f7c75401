"""What reading a file of numbers found: numbers, faults and doubts."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.numbers import NumberSet
from reconciler.model.phone import Phone


class Doubt(StrEnum):
    """Why a number may not be the one that was meant."""

    ZERO = "zero"
    """The leading 0 was missing, and was put back."""
    PLAN = "plan"
    """It is in no numbering plan."""
    FOREIGN = "foreign"
    """It belongs to another country."""


class Note(Struct, frozen=True):
    """A line that cannot be read, and why."""

    line: int
    message: str
    hint: str = ""


class Count(Struct):
    """The first line with a doubt of one sort, and the count of such lines."""

    line: int
    count: int = 0


class ListFile(Struct, kw_only=True):
    """What was read from a file."""

    numbers: NumberSet
    column: str = ""
    """Which column was read, in words; empty if there is just one."""
    faults: list[Note]
    doubts: dict[Doubt, Count]


def doubts_of(phone: Phone) -> list[Doubt]:
    """Return why a number may not be the one that was meant."""
    found = [Doubt.ZERO] if phone.restored else []
    if phone.foreign:
        found.append(Doubt.FOREIGN)
    if not phone.planned:
        found.append(Doubt.PLAN)
    return found
