"""Contacts, called uids, with their tags and phone numbers (the page's "UID" part)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.emulator.nhncloud_sms.protocol import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    Call,
    Refusal,
    Reply,
    invalid,
    query_number,
    reply,
    required_text,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_MOST_OPERATORS = 3
_BATCH = 100
_CONTACT_TYPE = "PHONE_NUMBER"


def list_all(call: Call) -> Reply:
    """GET /uids: paged by offset and limit, unlike every other list."""
    rows = _chosen(call)
    total = len(rows)
    after = call.query.get("offsetUid")
    if after:
        place = next((i for i, row in enumerate(rows) if row["uid"] == after), len(rows) - 1)
        rows = rows[place + 1 :]
    offset = query_number(call.query, "offset", 0, least=0)
    limit = query_number(call.query, "limit", DEFAULT_PAGE, least=1)
    if limit > LARGEST_PAGE:
        raise invalid(f"limit exceeds {LARGEST_PAGE}")
    start = call.hints.start(offset)
    shown = [_shown(call, row) for row in rows[start : start + limit]]
    return reply({"data": _page(call, shown, total, last=start + limit >= len(rows))})


def _chosen(call: Call) -> list[Row]:
    """The contacts whose tags fulfil `wheres`."""
    rows = call.account.uids.visible(call.hints.hidden_seconds)
    wheres = call.query.get("wheres")
    if not wheres:
        return rows
    holds = _condition(wheres)
    return [row for row in rows if holds(row["tagIds"])]


def _page(call: Call, shown: list[Row], total: int, *, last: bool) -> Row:
    """A page of contacts; the reading `uids-last` decides where it says whether it is the last."""
    if call.reads("uids-last", "data"):
        return {"uids": shown, "last": last, "totalCount": total}
    flagged = [row | {"last": last and row is shown[-1]} for row in shown]
    return {"uids": flagged, "totalCount": total}


def numbers(call: Call, wheres: str) -> list[str]:
    """The phone numbers, each once, of all contacts that fulfil a condition."""
    holds = _condition(wheres)
    rows = [row for row in call.account.uids.values() if holds(row["tagIds"])]
    return list(dict.fromkeys(number for row in rows for number in row["contacts"]))


def get(call: Call, uid: str) -> Reply:
    """GET /uids/{uid}."""
    return reply({"data": _shown(call, _find(call, uid))})


def create(call: Call) -> Reply:
    """POST /uids: a list of them; for one that exists see `uid-post`."""
    listed = call.payload.get("uids")
    if not isinstance(listed, list) or not listed:
        raise _wrong("uids is required")
    if len(listed) > _BATCH and call.reads("uid-batch", "100"):
        raise _wrong(f"uids exceeds {_BATCH}")
    rows = (_checked(call, each) for each in listed)
    for row in list(rows) if call.reads("uid-bad", "whole") else rows:
        old = call.account.uids.get(row["uid"])
        if old is not None and call.reads("uid-post", "refused"):
            raise _wrong("The uid exists already")
        if old is not None and call.reads("uid-post", "merge"):
            row["tagIds"] = list(dict.fromkeys([*old["tagIds"], *row["tagIds"]]))
            row["contacts"] = row["contacts"] | old["contacts"]
        call.account.uids[row["uid"]] = row
    return reply(None)


def delete(call: Call, uid: str) -> Reply:
    """DELETE /uids/{uid}."""
    _find(call, uid)
    del call.account.uids[uid]
    return reply(None)


def add_phone_number(call: Call, uid: str) -> Reply:
    """POST /uids/{uid}/phone-numbers."""
    row = _find(call, uid)
    number = required_text(call.payload, "phoneNumber", missing=_wrong("phoneNumber"))
    call.account.uids[uid] = row | {"contacts": {number: call.moment} | row["contacts"]}
    return reply(None)


def remove_phone_number(call: Call, uid: str, number: str) -> Reply:
    """DELETE /uids/{uid}/phone-numbers/{phoneNumber}."""
    row = _find(call, uid)
    if number not in row["contacts"]:
        if call.reads("phone-missing", "ok"):
            return reply(None)
        raise _wrong("The uid has no such phone number")
    left = {each: date for each, date in row["contacts"].items() if each != number}
    call.account.uids[uid] = row | {"contacts": left}
    return reply(None)


def _find(call: Call, uid: str) -> Row:
    row = call.account.uids.get(uid)
    if row is None:
        raise _wrong("The uid does not exist")
    return row


def _checked(call: Call, given: Any) -> Row:
    """One element of `uids`, as it is stored."""
    if not isinstance(given, dict):
        raise _wrong("uids must be a list of objects")
    uid = required_text(given, "uid", missing=_wrong("uid is required"))
    tag_ids, contacts = (_list(given, name) for name in ("tagIds", "contacts"))
    needed = all if call.reads("uid-required", "both") else any
    if not needed((tag_ids, contacts)):
        raise _wrong("tagIds and contacts are required")
    if not all(isinstance(each, str) and each in call.account.tags for each in tag_ids):
        raise _wrong("A tag does not exist")
    numbers = {_contact(contact): call.moment for contact in contacts}
    return {"uid": uid, "tagIds": list(dict.fromkeys(tag_ids)), "contacts": numbers}


def _list(given: Row, name: str) -> list[Any]:
    """A list that may be missing."""
    value = given.get(name) or []
    if not isinstance(value, list):
        raise _wrong(f"{name} must be a list")
    return value


def _contact(given: Any) -> str:
    if not isinstance(given, dict) or given.get("contactType") != _CONTACT_TYPE:
        raise _wrong(f"contactType must be {_CONTACT_TYPE}")
    return required_text(given, "contact", missing=_wrong("contact is required"))


def _shown(call: Call, row: Row) -> Row:
    tags: Mapping[str, Row] = call.account.tags
    return {
        "uid": row["uid"],
        "tags": [dict(tags[tag_id]) for tag_id in row["tagIds"] if tag_id in tags],
        "contacts": [
            {"contactType": _CONTACT_TYPE, "contact": number, "createdDate": date}
            for number, date in row["contacts"].items()
        ],
    }


def _condition(wheres: str) -> Callable[[Collection[str]], bool]:
    """`wheres` as a test of a contact's tags: `tagId1,AND,(tagId2,OR,tagId3)`.

    One pair of parentheses and three operators at most; AND binds closer than OR.
    """
    tokens: list[str] = re.findall(r"[()]|[^(),\s]+", wheres)
    operators = sum(token in {"AND", "OR"} for token in tokens)
    if operators > _MOST_OPERATORS or tokens.count("(") > 1:
        raise invalid("wheres takes one parenthesis and three operators")
    holds, rest = _either(tokens)
    if rest:
        raise invalid("wheres is malformed")
    return holds


def _either(tokens: list[str]) -> tuple[Callable[[Collection[str]], bool], list[str]]:
    first, rest = _both(tokens)
    if rest[:1] != ["OR"]:
        return first, rest
    second, rest = _either(rest[1:])
    return (lambda tags: first(tags) or second(tags)), rest


def _both(tokens: list[str]) -> tuple[Callable[[Collection[str]], bool], list[str]]:
    first, rest = _operand(tokens)
    if rest[:1] != ["AND"]:
        return first, rest
    second, rest = _both(rest[1:])
    return (lambda tags: first(tags) and second(tags)), rest


def _operand(tokens: list[str]) -> tuple[Callable[[Collection[str]], bool], list[str]]:
    operand, rest = (tokens[0], tokens[1:]) if tokens else ("", [])
    if operand == "(":
        inside, rest = _either(rest)
        if rest[:1] == [")"]:
            return inside, rest[1:]
    elif operand.isalnum() and operand not in {"AND", "OR"}:
        return (lambda tags: operand in tags), rest
    raise invalid("wheres is malformed")


def _wrong(what: str) -> Refusal:
    return Refusal(-7001, f"Invalid parameter. {what}")
