"""Faults of manifests and findings of lint rules, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.manifests.fault import Fault
from reconciler.model.finding import Finding, Severity, about_words, ignored_words, with_fix
from reconciler.render.envelope import FORMAT_VERSION
from reconciler.render.json import findings_entries
from reconciler.render.layout.style import Colour, Style, count
from reconciler.render.layout.wrapping import fold
from reconciler.render.plans.text import severity_word

_COUNTED = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note"))


def faults_text(faults: Sequence[Fault], style: Style) -> str:
    """Return a line for each fault, in the form of compilers that editors read, and a count."""
    lines = [_line(fault, style) for fault in faults]
    number = style.paint(count(len(faults), "fault"), Colour.RED, Colour.BOLD)
    return _fitted("\n".join([*lines, "", f"{number} in the manifests."]) + "\n", style)


def _fitted(text: str, style: Style) -> str:
    """Break lines in a terminal only: editors and other programs want a line for each fault."""
    return fold(text, style.width) if style.terminal else text


def _line(fault: Fault, style: Style) -> str:
    parts = [style.bold(style.clean(fault.origin)), style.clean(fault.address)]
    parts.append(style.clean(fault.message))
    hint = style.dim(f"; {style.clean(fault.hint)}") if fault.hint else ""
    return ": ".join(part for part in parts if part) + hint


def findings_text(findings: Iterable[Finding], style: Style) -> str:
    """Return a line for each finding, shaped as in `faults_text`, with severity and rule."""
    return _fitted("".join(f"{_finding_line(finding, style)}\n" for finding in findings), style)


def _finding_line(finding: Finding, style: Style) -> str:
    parts = [
        style.bold(style.clean(finding.origin)) if finding.origin else "",
        severity_word(finding, style),
        style.clean(about_words(finding)),
        style.clean(with_fix(finding)),
    ]
    rule = style.dim(f"[{style.clean(finding.rule)}]")
    reason = style.dim(f" ({style.clean(ignored_words(finding))})") if finding.ignored else ""
    return f"{': '.join(part for part in parts if part)} {rule}{reason}"


def findings_count(findings: Sequence[Finding]) -> str:
    """Return `1 error, 2 warnings, 1 note, 3 ignored`; "" without findings."""
    numbers = (
        (word, sum(f.counts_as is severity for f in findings)) for severity, word in _COUNTED
    )
    parts = [count(number, word) for word, number in numbers if number]
    ignored = sum(finding.ignored is not None for finding in findings)
    return ", ".join([*parts, *([f"{ignored:,} ignored"] if ignored else [])])


def faults_document(faults: Iterable[Fault], findings: Iterable[Finding] = ()) -> dict[str, Any]:
    """Return faults and findings as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "faults": [fault.entry() for fault in faults],
        **findings_entries(findings),
    }
