"""Registered sender numbers: read-only, made in the console (the page's "sendNos" part)."""

from __future__ import annotations

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    invalid,
    paged,
    reply,
)

_FLAGS = ("useYn", "blockYn")
_DIGITS = range(8, 12)


def list_all(call: Call) -> Reply:
    """GET /sendNos, filtered by sendNo, useYn and blockYn."""
    rows = call.account.senders.visible(call.hints.hidden_seconds)
    number = call.query.get("sendNo")
    if number:
        rows = [row for row in rows if row["sendNo"] == number]
    for flag in _FLAGS:
        value = call.query.get(flag)
        if value:
            if value not in {"Y", "N"}:
                raise invalid(f"{flag} must be Y or N")
            rows = [row for row in rows if row[flag] == value]
    service = {"appKey": None, "serviceId": call.account.service_id}
    return reply(paged(call, rows, lambda row: service | row))


def check(call: Call, number: str) -> None:
    """Raise `Refusal` for a number that may not send."""
    sender = call.account.senders.get(number)
    if sender is None and call.reads("senders", "any"):
        if number.isascii() and number.isdecimal() and len(number) in _DIGITS:
            return
        raise Refusal(-2312, "Sender number is missing or unregistered")
    if sender is None or sender["useYn"] != "Y":
        raise Refusal(-2312, "Sender number is missing or unregistered")
    if sender["blockYn"] == "Y":
        raise Refusal(-2313, "Blocked sender number")
