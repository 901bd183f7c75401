"""The results of `verify`, as text and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconciler.model.verification import Check, CheckKind, CheckStatus, Receipt
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.style import Colour, Style, count, duration
from reconciler.render.layout.tables import table

_COLOURS = {
    CheckStatus.PASSED: Colour.GREEN,
    CheckStatus.FAILED: Colour.RED,
    CheckStatus.UNDECIDED: Colour.YELLOW,
    CheckStatus.SKIPPED: Colour.DIM,
}
_NOTHING = "Nothing to verify: nothing that was looked at can be checked or has a Canary.\n"


def verification_document(checks: Sequence[Check]) -> Document:
    """Return all checks as JSON, without recipients."""
    return {"formatVersion": FORMAT_VERSION, "checks": [_check(check) for check in checks]}


def _check(check: Check) -> Document:
    document: Document = {
        "address": str(check.address),
        "check": check.check.value,
        "status": check.status.value,
        "reason": check.reason,
    }
    if check.canary:
        document["canary"] = check.canary
    if check.receipt is not None:
        document["receipt"] = _receipt(check.receipt)
    return document


def _receipt(receipt: Receipt) -> Document:
    document: Document = {
        "status": receipt.status.value,
        "code": receipt.code,
        "seconds": None if receipt.seconds is None else round(receipt.seconds, 1),
    }
    if receipt.cost:
        document["cost"] = receipt.cost
    return document


def verification_text(checks: Sequence[Check], style: Style) -> str:
    """Return a table of checks, a table of canaries that were sent, and a summary."""
    if not checks:
        return _NOTHING
    free = [check for check in checks if check.check is not CheckKind.SEND]
    canaries = [check for check in checks if check.check is CheckKind.SEND]
    parts = []
    if free:
        rows = [
            (check.status.value, check.address, check.check.value, check.reason) for check in free
        ]
        parts.append(table(("result", "object", "check", "remarks"), rows, style))
    if canaries:
        sent = [
            (each.status.value, each.canary, each.recipient, _time(each), _cost(each), each.reason)
            for each in canaries
        ]
        heads = ("result", "canary", "to", "took", "cost", "remarks")
        parts.append(table(heads, sent, style))
    parts.append(_summary(checks, style))
    return "\n".join(parts)


def _time(check: Check) -> str:
    seconds = check.receipt.seconds if check.receipt is not None else None
    return "" if seconds is None else duration(seconds)


def _cost(check: Check) -> str:
    return check.receipt.cost if check.receipt is not None else ""


def _summary(checks: Sequence[Check], style: Style) -> str:
    numbers = Counter(check.status for check in checks)
    totals = [
        style.paint(f"{numbers[status]:,} {status.value}", _COLOURS[status])
        for status in CheckStatus
        if numbers[status]
    ]
    return f"{count(len(checks), 'check')}: {', '.join(totals)}.\n"
