"""GET message-results: messages of every kind that got their result within a time."""

from __future__ import annotations

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    paged,
    reply,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending.progress import RESULT_NAMES, Stage, progress
from reconciler.emulator.nhncloud_sms.sending.searches import asked
from reconciler.emulator.nhncloud_sms.sending.times import Range, shown

TYPES = frozenset({"SMS", "LMS", "MMS", "AUTH"})


def list_all(call: Call) -> Reply:
    """GET message-results, oldest update first."""
    updated = Range(call.query, "Update")
    if not updated.complete:
        raise Refusal(-2011, "Required query parameters are missing")
    if call.query.get("messageType", "") not in {"", *TYPES}:
        raise Refusal(-1006, "Invalid delivery message format (messageType)")
    found = []
    for row in call.account.messages.visible(call.hints.hidden_seconds):
        now = progress(row, call.at)
        if (
            now.code is not None
            and updated.holds(now.at)
            and asked(call, "messageType", row["messageType"])
        ):
            found.append((row, now))
    found.sort(key=lambda each: each[1].at or 0.0)
    body = paged(call, found, lambda each: _shown(*each))
    if call.reads("results-list", "resultUpdateList"):
        body["data"] = {"resultUpdateList": body["data"]}
    return reply(body, message="success")


def _shown(row: Row, now: Stage) -> Row:
    return {
        "messageType": row["messageType"],
        "requestId": row["requestId"],
        "recipientSeq": row["seq"],
        "resultCode": now.code,
        "resultCodeName": RESULT_NAMES[str(now.code)],
        "requestDate": shown(row["due"]),
        "resultDate": shown(now.at),
        "updateDate": shown(now.at),
        "telecomCode": "10001",
        "telecomCodeName": "SKT",
        "senderGroupingKey": row["senderGroup"],
        "recipientGroupingKey": row["recipientGroup"],
    }
