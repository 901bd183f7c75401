"""Downloads: the messages that a query finds, as a file that is made in the background.

What stands in the file is not documented: a line of names, and one for each message.
"""

from __future__ import annotations

import csv
import io
import json

from msgspec.structs import replace

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    invalid,
    paged,
    reply,
    required_text,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending import orders, searches
from reconciler.emulator.nhncloud_sms.sending.progress import progress
from reconciler.emulator.nhncloud_sms.sending.times import shown

_KEPT_SECONDS = 29 * 24 * 3600
"""From the example: made on June 10, expired on July 9."""
_KINDS = {kind.send_type: kind for kind in (orders.SMS, orders.MMS, orders.AUTH)}
_STATES = frozenset({"READY", "MAKING", "COMPLETED", "FAILED", "EXPIRED"})
_COLUMNS = ("requestId", "recipientSeq", "requestDate", "sendNo", "recipientNo", "msgStatus")
_TEXTS = ("title", "body")


def create(call: Call) -> Reply:
    """POST sender/download-reservations: done at once, as in the example."""
    kind = _KINDS.get(required_text(call.payload, "sendType"))
    if kind is None:
        raise invalid("sendType must be 0, 1 or 2")
    for name in ("startCreateDate", "endCreateDate"):
        required_text(call.payload, name, missing=Refusal(-2011, f"{name} is missing"))
    query = {name: str(value) for name, value in call.payload.items() if isinstance(value, str)}
    found = searches.messages(replace(call, query=query), kind)
    texts = call.payload.get("isIncludeTitleAndBody") is True
    known = call.account.next_request_id(call.at)
    row = {
        "downloadId": known,
        "parameter": json.dumps(call.payload, ensure_ascii=False, sort_keys=True),
        "file": _file(call, found, texts=texts),
        "size": len(found),
        "at": call.at,
    }
    call.account.downloads[known] = row
    told = ("downloadId", "downloadType", "fileType", "downloadStatusCode", "expiredDate")
    whole = _shown(call, row)
    return reply({"data": {name: whole[name] for name in told}}, message="success")


def list_all(call: Call) -> Reply:
    """GET download-reservations."""
    state = call.query.get("downloadStatusCode", "")
    if state not in {"", *_STATES}:
        raise invalid("downloadStatusCode is unknown")
    rows = [
        row
        for row in call.account.downloads.visible(call.hints.hidden_seconds)
        if searches.asked(call, "downloadId", row["downloadId"])
        and searches.asked(call, "downloadStatusCode", _state(call, row))
    ]
    return reply(paged(call, rows, lambda row: _shown(call, row)), message="SUCCESS")


def file_of(call: Call, known: str) -> str:
    """GET download-reservations/{downloadId}/download: the file, without the envelope."""
    row = call.account.downloads.get(known)
    if row is None or _state(call, row) == "EXPIRED":
        raise invalid("downloadId is unknown, or its file has expired")
    return str(row["file"])


def _state(call: Call, row: Row) -> str:
    return "EXPIRED" if call.at > row["at"] + _KEPT_SECONDS else "COMPLETED"


def _shown(call: Call, row: Row) -> Row:
    return {
        "downloadId": row["downloadId"],
        "downloadType": "NORMAL",
        "fileType": "CSV",
        "parameter": row["parameter"],
        "size": row["size"],
        "downloadStatusCode": _state(call, row),
        "resultMessage": "",
        "expiredDate": shown(row["at"] + _KEPT_SECONDS),
        "createUser": "",
        "createDate": shown(row["at"]),
        "updateDate": shown(row["at"]),
    }


def _file(call: Call, found: list[Row], *, texts: bool) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow([*_COLUMNS, *(_TEXTS if texts else ())])
    for row in found:
        status = progress(row, call.at).status.value
        values = [row["requestId"], row["seq"], shown(row["due"]), row["sendNo"]]
        values += [row["recipientNo"], status, *((row[each] for each in _TEXTS) if texts else ())]
        writer.writerow(values)
    return made.getvalue()
