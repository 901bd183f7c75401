"""Says in words why a cell is not a phone number, without showing somebody's number."""

from __future__ import annotations

import re

from reconciler.model.personal import mask_number

_ERROR = re.compile(r"#[A-Z][A-Z/0-9_ ]*[!?]?")
_POWER = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
_DECIMAL = re.compile(r"[0-9]+[.,][0-9]+")
_DIGITS = re.compile(r"\+?[0-9 ()-]+")

COMMENT = re.compile(r"#(?: |\Z)")
"""The start of a comment in any list; `#` without a space begins a spreadsheet's error, `#REF!`."""


def fault_of(cell: str) -> tuple[str, str]:
    """Return what is wrong with a cell, and what to do about it."""
    if cell and not cell.strip("#"):
        return "the number is hidden by ####", "widen the column and export the file again"
    if _ERROR.fullmatch(cell):
        return f"a spreadsheet's error, {cell}, stands there", "mend the formula and export again"
    if _POWER.fullmatch(cell):
        return (
            "the number is shortened to a power of ten",
            "format the column as text and export the file again",
        )
    if _DECIMAL.fullmatch(cell):
        return "the number has decimal places", "format the column as text and export again"
    if _DIGITS.fullmatch(cell) and any(map(str.isdecimal, cell)):
        return f"{mask_number(cell)} is not possible as a phone number", ""
    return "the line is not a phone number", ""
