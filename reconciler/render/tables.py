"""Aligned columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.render.style import Style, cells, pad

_GAP = "  "


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], style: Style) -> str:
    """Return rows under their headings; cells are untrusted text. Empty columns are left out."""
    clean = [[style.clean(cell) for cell in row] for row in rows]
    used = [i for i in range(len(headings)) if any(row[i] for row in clean)]
    lines = [[headings[i].upper() for i in used], *([row[i] for i in used] for row in clean)]
    widths = [max(cells(line[i]) for line in lines) for i in range(len(used))]
    texts = [
        _GAP.join(pad(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([style.dim(texts[0]), *texts[1:]]) + "\n"


def pairs(rows: Iterable[tuple[str, object]], style: Style) -> str:
    """Return names with their values, aligned; those without a value are left out."""
    shown = [(name, style.clean(value)) for name, value in rows if value not in {"", None}]
    width = max((cells(name) for name, _ in shown), default=0) + 1
    return "".join(f"{style.dim(pad(name + ':', width))} {value}\n" for name, value in shown)
