"""Signatures, which the API calls sign-configs: create, list, get, update and delete."""

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.emulator.engagelab_sms.accounts import SIGNATURE, Row
from reconciler.emulator.engagelab_sms.calls import (
    DONE,
    Call,
    Endpoint,
    RefusedError,
    required_text,
)
from reconciler.emulator.engagelab_sms.review import PENDING, settled

_LENGTH = range(2, 61)
_BRACKETS = frozenset("【】[]")
_IN_USE = "there are pending or running plans using current sign, can not update"


def _create(call: Call) -> Row:
    name = _name(call, None)
    row = {
        "name": name,
        "created": call.now,
        "updated": call.now,
        **call.review.submitted(call.now),
    }
    return {"sign_id": call.account.add(SIGNATURE, row)}


def _list(call: Call) -> list[Row]:
    rows = call.account.signatures.visible(call.hidden_seconds)
    return call.listed([_shown(call, row) for row in rows])


def _get(call: Call) -> Row:
    return _shown(call, _find(call))


def _update(call: Call) -> Row:
    row = _find(call)
    if row["status"] == PENDING:
        raise RefusedError("can not update pending status sign")
    _check_unused(call, row["id"])
    name = _name(call, row["id"])
    changed = {"name": name, "updated": call.now, **call.review.submitted(call.now)}
    call.account.signatures[row["id"]] = {**row, **changed}
    return DONE


def _delete(call: Call) -> Row:
    row = _find(call)
    if row["status"] == PENDING and call.readings.has("pending-delete", "refused"):
        raise RefusedError("can not delete pending status sign")
    _check_unused(call, row["id"])
    if call.readings.has("signature-in-use", "templates") and _templates(call, row["id"]):
        raise RefusedError(_IN_USE)
    call.account.remove(SIGNATURE, row["id"])
    return DONE


def _find(call: Call) -> Row:
    number = call.arguments["id"]
    if not number.isdecimal():
        raise RefusedError("invalid signId")
    row = call.account.signatures.get(number)
    if row is None:
        raise RefusedError("sign config not exist")
    return settled(row, call.now)


def _check_unused(call: Call, number: str) -> None:
    if call.account.planned("sign_id", number, call.now):
        raise RefusedError(_IN_USE)


def _name(call: Call, own: str | None) -> str:
    """The asked name; two signatures of one business never share one."""
    name = required_text(call.body(), "sign_name")
    if len(name) not in _LENGTH:
        raise RefusedError("sign_name length must be between 2 and 60")
    if _BRACKETS & set(name):
        raise RefusedError("sign_name can not contain 【, 】, [, ]")
    others = call.account.signatures.items()
    if any(row["name"] == name and number != own for number, row in others):
        raise RefusedError("sign_name already exist")
    return name


def _templates(call: Call, number: str) -> int:
    return sum(row["sign_id"] == number for row in call.account.templates.values())


def _shown(call: Call, row: Row) -> Row:
    row = settled(row, call.now)
    return {
        "sign_id": row["id"],
        "sign_name": row["name"],
        "status": row["status"],
        "related_template_count": _templates(call, row["id"]),
        "audit_remark": row["audit_remark"],
        "created_time": int(row["created"]),
        "updated_time": int(row["updated"]),
    }


_ONE = "/v1/sign-configs/{id}"
ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {
        ("GET", "/v1/sign-configs"): _list,
        ("POST", "/v1/sign-configs"): _create,
        ("GET", _ONE): _get,
        ("PUT", _ONE): _update,
        ("DELETE", _ONE): _delete,
    }
)
