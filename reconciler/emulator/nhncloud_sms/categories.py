"""Categories: a tree below the highest category (the page's "Category" part)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    header_only,
    invalid,
    paged,
    reply,
    required_text,
    shown_text,
    shown_user,
    text,
    whole_number,
    yes_or_no,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME, _DESCRIPTION, _USER = 50, 100, 100
_CREATED = (
    "categoryId",
    "categoryParentId",
    "depth",
    "sort",
    "categoryName",
    "categoryDesc",
    "useYn",
    "createUser",
)


def create(call: Call) -> Reply:
    """POST /categories."""
    wrong = Refusal(-2200, "Invalid category parameter")
    name = required_text(call.payload, "categoryName", limit=_NAME, missing=wrong)
    description = text(call.payload, "categoryDesc", limit=_DESCRIPTION)
    use = yes_or_no(call.payload, "useYn", Refusal(-2204, "Use or not is invalid"))
    user = text(call.payload, "createUser", limit=_USER)
    parent = _parent(call)
    if call.reads("category-names", "unique") and _taken(call, parent["categoryId"], name):
        raise wrong
    number = call.account.next_category_id()
    moment = f"{call.moment}.0"
    row: Row = {
        "categoryId": number,
        "categoryParentId": parent["categoryId"],
        "depth": parent["depth"] + 1,
        "sort": number - call.account.root_id,
        "categoryName": name,
        "categoryDesc": description,
        "useYn": use,
        "createDate": moment,
        "createUser": user,
        "updateDate": moment,
        "updateUser": user,
    }
    call.account.categories[str(number)] = row
    shown = _shown(call, row)
    created = {name: shown[name] for name in _CREATED}
    return reply({"data": [created] if call.reads("category-created", "list") else created})


def list_all(call: Call) -> Reply:
    """GET /categories."""
    rows = call.account.categories.visible(call.hints.hidden_seconds)
    return reply(paged(call, rows, lambda row: _shown(call, row)))


def get(call: Call, category_id: str) -> Reply:
    """GET /categories/{categoryId}."""
    row = call.account.categories.get(category_id)
    if row is None:
        if call.reads("category-missing", "empty"):
            return reply({"data": [] if call.reads("category-one", "list") else None})
        raise _absent()
    shown = _shown(call, row)
    return reply({"data": [shown] if call.reads("category-one", "list") else shown})


def update(call: Call, category_id: str) -> Reply:
    """PUT /categories/{categoryId}: all but the parent."""
    row = find(call, category_id)
    wrong = Refusal(-2201, "Invalid category parameter")
    name = required_text(call.payload, "categoryName", limit=_NAME, missing=wrong)
    description = text(call.payload, "categoryDesc", limit=_DESCRIPTION)
    use = yes_or_no(call.payload, "useYn", Refusal(-2204, "Use or not is invalid"))
    user = text(call.payload, "updateUser", limit=_USER)
    if (
        call.reads("category-names", "unique")
        and name != row["categoryName"]
        and _taken(call, row["categoryParentId"], name)
    ):
        raise wrong
    if "categoryDesc" not in call.payload and call.reads("put-omitted", "keeps"):
        description = row["categoryDesc"]
    call.account.categories[category_id] = row | {
        "categoryName": name,
        "categoryDesc": description,
        "useYn": use,
        "updateDate": f"{call.moment}.0",
        "updateUser": user,
    }
    return header_only(call)


def delete(call: Call, category_id: str) -> Reply:
    """DELETE /categories/{categoryId}: never the highest one, nor one that is not empty."""
    row = find(call, category_id)
    number = row["categoryId"]
    if number == call.account.root_id:
        raise Refusal(-2205, "Deleting the highest category")
    if any(child["categoryParentId"] == number for child in call.account.categories.values()):
        raise invalid("The category has child categories")
    if any(
        template["categoryId"] == number and template["delYn"] == "N"
        for template in call.account.templates.values()
    ):
        raise invalid("The category has templates")
    del call.account.categories[category_id]
    return header_only(call)


def find(call: Call, category_id: str) -> Row:
    """The category, or a refusal."""
    row = call.account.categories.get(category_id)
    if row is None:
        raise _absent()
    return row


def _absent() -> Refusal:
    return Refusal(-2206, "Category does not exist")


def _parent(call: Call) -> Row:
    number = whole_number(call.payload, "categoryParentId")
    if number is None or (number == 0 and call.reads("parent-zero", "highest")):
        number = call.account.root_id
    parent = call.account.categories.get(str(number))
    if parent is None:
        raise Refusal(-2203, "Parent category does not exist")
    return parent


def _taken(call: Call, parent: int, name: str) -> bool:
    return any(row["categoryName"] == name for row in _children(call, parent))


def _children(call: Call, parent: int) -> Iterator[Row]:
    return (row for row in call.account.categories.values() if row["categoryParentId"] == parent)


def _shown(call: Call, row: Row) -> Row:
    return row | {
        "categoryDesc": shown_text(call, row["categoryDesc"]),
        "createUser": shown_user(call, row["createUser"]),
        "updateUser": shown_user(call, row["updateUser"]),
    }
