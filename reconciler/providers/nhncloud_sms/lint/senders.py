"""Sender numbers: only reading the account shows whether they can send."""

from __future__ import annotations

from reconciler.model.finding import Severity
from reconciler.providers.rule import LiveRule

_SENDERS = "API guide, error codes -2312 and -2313, and the list of sender numbers"

LIVE: tuple[LiveRule, ...] = (
    LiveRule(
        "nhn-sender-unregistered",
        Severity.WARNING,
        "A template's sender number is not registered at the account: its messages are refused.",
        _SENDERS,
    ),
    LiveRule(
        "nhn-sender-blocked",
        Severity.WARNING,
        "A template's sender number is registered and blocked: its messages are refused.",
        _SENDERS,
    ),
    LiveRule(
        "nhn-sender-disabled",
        Severity.WARNING,
        "A template's sender number is registered and switched off: its messages are refused.",
        _SENDERS,
    ),
    LiveRule(
        "nhn-sender-unchecked",
        Severity.INFO,
        "The list of sender numbers could not be read, so that no template's sender was checked.",
        _SENDERS,
    ),
)
