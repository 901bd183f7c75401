"""Faults of manifests, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.manifests.fault import Fault
from reconciler.model.finding import Finding
from reconciler.render.json import FORMAT_VERSION, findings_list
from reconciler.render.style import Colour, Style, count


def faults_text(faults: Sequence[Fault], style: Style) -> str:
    """Return one line a fault, as editors and compilers know them, and how many there are."""
    lines = [_line(fault, style) for fault in faults]
    number = style.paint(count(len(faults), "fault"), Colour.RED, Colour.BOLD)
    return "\n".join([*lines, "", f"{number} in the manifests."]) + "\n"


def _line(fault: Fault, style: Style) -> str:
    parts = [style.bold(style.clean(fault.origin)), style.clean(fault.address)]
    parts.append(style.clean(fault.message))
    hint = style.dim(f"; {style.clean(fault.hint)}") if fault.hint else ""
    return ": ".join(part for part in parts if part) + hint


def faults_document(faults: Iterable[Fault], findings: Iterable[Finding] = ()) -> dict[str, Any]:
    """Return faults and findings as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "faults": [
            {
                "file": fault.origin.file,
                "line": fault.origin.line,
                "column": fault.origin.column,
                "address": fault.address,
                "message": fault.message,
                "hint": fault.hint,
            }
            for fault in faults
        ],
        "findings": findings_list(findings),
    }
