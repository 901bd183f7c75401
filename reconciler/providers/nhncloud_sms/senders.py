"""Sender numbers: registered in NHN Cloud's console, read to check what templates send from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from reconciler.model.finding import Finding, Severity
from reconciler.model.resource import Resource
from reconciler.providers.nhncloud_sms.convert import phone_digits
from reconciler.providers.wire import Row, flag, text

CONSOLE = "in the NHN Cloud console"


class Sender(Struct, frozen=True, kw_only=True):
    """One registered number."""

    number: str
    enabled: bool
    blocked: bool
    reason: str = ""
    """Why it is blocked, in the provider's words."""


def sender(row: Row) -> tuple[str, Sender]:
    """Return an id of the row, and the sender that it describes."""
    made = Sender(
        number=phone_digits(text(row.get("sendNo"))),
        enabled=flag(row.get("useYn")),
        blocked=flag(row.get("blockYn")),
        reason=text(row.get("blockReason")),
    )
    return f"{row.get('serviceId')} {row.get('sendNo')}", made


def check_senders(senders: Iterable[Sender], templates: Sequence[Resource]) -> tuple[Finding, ...]:
    """Find templates whose sender number cannot send."""
    best = _best(senders)
    findings = (_finding(template, best) for template in templates)
    return tuple(finding for finding in findings if finding is not None)


def cannot_send(number: str, senders: Iterable[Sender]) -> str:
    """Return why nothing can be sent from a number, empty where it can."""
    fault = _fault(number, _best(senders).get(number))
    return "" if fault is None else fault[1]


def _best(senders: Iterable[Sender]) -> dict[str, Sender]:
    """Return senders by number; of one listed twice, the row that can send counts."""
    return {one.number: one for one in sorted(senders, key=_can_send)}


def unchecked(reason: str) -> Finding:
    """Return a finding that sender numbers could not be read."""
    return Finding(
        severity=Severity.INFO,
        rule="nhn-sender-unchecked",
        message=f"sender numbers could not be read, so senders are not checked: {reason}",
    )


def _can_send(one: Sender) -> bool:
    return one.enabled and not one.blocked


def _finding(template: Resource, senders: Mapping[str, Sender]) -> Finding | None:
    number = template.spec.get("sender")
    if not isinstance(number, str):
        return None
    fault = _fault(number, senders.get(number))
    if fault is None:
        return None
    rule, message = fault
    return Finding(
        severity=Severity.WARNING,
        rule=rule,
        message=message,
        address=template.address,
        origin=template.locate(("spec", "sender")),
        refuses_writes=True,  # -2312, -2313
    )


def _fault(number: str, known: Sender | None) -> tuple[str, str] | None:
    if known is None:
        return (
            "nhn-sender-unregistered",
            f"sender number {number} is not registered; register it {CONSOLE} before sending",
        )
    if known.blocked:
        why = f" ({known.reason})" if known.reason else ""
        return "nhn-sender-blocked", f"sender number {number} is blocked{why}; see {CONSOLE}"
    if not known.enabled:
        return (
            "nhn-sender-disabled",
            f"sender number {number} is not in use; enable it {CONSOLE}",
        )
    return None
