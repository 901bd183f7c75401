"""What a file of numbers holds, and what is to be said of it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.numbers import NumberSet
from reconciler.model.phone import Phone


class Doubt(StrEnum):
    """Why a number may not be the one that is meant."""

    ZERO = "zero"
    """The leading 0 was missing, and was put back."""
    PLAN = "plan"
    """No numbering plan has it."""
    FOREIGN = "foreign"
    """It belongs to another country."""


class Note(Struct, frozen=True):
    """A line that cannot be read, and why."""

    line: int
    message: str
    hint: str = ""


class Count(Struct):
    """How many lines have one doubt, and which is the first."""

    line: int
    count: int = 0


class ListFile(Struct, kw_only=True):
    """What a file holds."""

    numbers: NumberSet
    column: str = ""
    """Which column was read, in words; nothing where there is just one."""
    faults: list[Note]
    doubts: dict[Doubt, Count]


def doubts_of(phone: Phone) -> list[Doubt]:
    """Return why a number may not be the one that is meant."""
    found = [Doubt.ZERO] if phone.restored else []
    if phone.foreign:
        found.append(Doubt.FOREIGN)
    if not phone.planned:
        found.append(Doubt.PLAN)
    return found
