"""Aligned columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.render.layout.style import Style, cells, pad
from reconciler.render.layout.wrapping import fold

_GAP = "  "


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], style: Style) -> str:
    """Return rows under their headings; cells may be untrusted text. Empty columns are left out.

    In a terminal that is too narrow, the cells of a row are listed below its first one instead.
    """
    lines = _without_empty_columns(headings, [[style.clean(cell) for cell in row] for row in rows])
    if style.terminal and _width(lines) > style.width:
        return _stacked(lines, style)
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    texts = [
        _GAP.join(pad(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([style.dim(texts[0]), *texts[1:]]) + "\n"


def _without_empty_columns(headings: Sequence[str], rows: list[list[str]]) -> list[list[str]]:
    """Return the line of headings and the rows, with the columns that have any value."""
    used = [i for i in range(len(headings)) if any(row[i] for row in rows)]
    return [[headings[i].upper() for i in used], *([row[i] for i in used] for row in rows)]


def _width(lines: Sequence[Sequence[str]]) -> int:
    columns = zip(*lines, strict=True)
    return sum(max(map(cells, column)) + len(_GAP) for column in columns) - len(_GAP)


def _stacked(lines: Sequence[Sequence[str]], style: Style) -> str:
    """Return each row as its first cell and, below it, the others with their headings."""
    headings, rows = lines[0], lines[1:]
    text = ""
    for row in rows:
        text += f"{style.bold(row[0])}\n"
        beside = zip(headings[1:], row[1:], strict=True)
        values = [f"{style.dim(heading.lower())} {cell}" for heading, cell in beside if cell]
        text += f"    {', '.join(values)}\n" if values else ""
    return fold(text, style.width)


def pairs(rows: Iterable[tuple[str, object]], style: Style) -> str:
    """Return a line for each name and its value, aligned; names without a value are left out."""
    shown = [(name, style.clean(value)) for name, value in rows if value not in {"", None}]
    width = max((cells(name) for name, _ in shown), default=0) + 1
    return "".join(f"{style.dim(pad(name + ':', width))} {value}\n" for name, value in shown)
