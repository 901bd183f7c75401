"""Tags of contacts (the page's "Tag" part)."""

from __future__ import annotations

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    paged,
    reply,
    required_text,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)

_NAME = 30


def create(call: Call) -> Reply:
    """POST /tags."""
    name = _name(call, None)
    tag_id = call.account.next_tag_id()
    moment = call.moment
    call.account.tags[tag_id] = {
        "tagId": tag_id,
        "tagName": name,
        "createdDate": moment,
        "updatedDate": moment,
    }
    return reply({"data": {"tagId": tag_id}})


def list_all(call: Call) -> Reply:
    """GET /tags."""
    rows = call.account.tags.visible(call.hints.hidden_seconds)
    return reply(paged(call, rows, dict))


def update(call: Call, tag_id: str) -> Reply:
    """PUT /tags/{tagId}: a new name."""
    row = _find(call, tag_id)
    name = _name(call, tag_id)
    call.account.tags[tag_id] = row | {"tagName": name, "updatedDate": call.moment}
    return reply(None)


def delete(call: Call, tag_id: str) -> Reply:
    """DELETE /tags/{tagId}."""
    _find(call, tag_id)
    carriers = [row for row in call.account.uids.values() if tag_id in row["tagIds"]]
    if carriers and call.reads("tag-delete", "refused"):
        raise _wrong("The tag is in use")
    del call.account.tags[tag_id]
    for row in carriers:
        left = [each for each in row["tagIds"] if each != tag_id]
        call.account.uids[row["uid"]] = row | {"tagIds": left}
    return reply(None)


def _find(call: Call, tag_id: str) -> Row:
    row = call.account.tags.get(tag_id)
    if row is None:
        raise _wrong("The tag does not exist")
    return row


def _name(call: Call, tag_id: str | None) -> str:
    too_long = _wrong(f"tagName exceeds {_NAME} characters")
    name = required_text(
        call.payload, "tagName", limit=_NAME, missing=_wrong("tagName"), too_long=too_long
    )
    if call.reads("tag-names", "unique") and any(
        row["tagName"] == name and row["tagId"] != tag_id for row in call.account.tags.values()
    ):
        raise _wrong("The tag name is taken")
    return name


def _wrong(what: str) -> Refusal:
    return Refusal(-7001, f"Invalid parameter. {what}")
