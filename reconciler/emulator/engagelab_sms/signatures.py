"""Signatures, which the API calls sign-configs."""

from collections.abc import Mapping

from reconciler.emulator.engagelab_sms.accounts import SIGNATURE, Row
from reconciler.emulator.engagelab_sms.calls import Call, Endpoint, RefusedError, required_text
from reconciler.emulator.engagelab_sms.configs import Configs

_LENGTH = range(2, 61)
_BRACKETS = frozenset("【】[]")


def _asked(call: Call, own: str | None) -> Row:
    return {
        "name": _name(call, own),
        "updated": call.now,
        **call.review.submitted(call.now),
    }


def _name(call: Call, own: str | None) -> str:
    """The name in the request, which no other signature of the business may have."""
    name = required_text(call.body(), "sign_name")
    if len(name) not in _LENGTH:
        raise RefusedError("sign_name length must be between 2 and 60")
    if _BRACKETS & set(name):
        raise RefusedError("sign_name can not contain 【, 】, [, ]")
    others = call.account.signatures.items()
    if any(row["name"] == name and number != own for number, row in others):
        raise RefusedError("sign_name already exist")
    return name


def _check_templates(call: Call, number: str) -> None:
    if call.readings.has("signature-in-use", "templates") and _templates(call, number):
        raise RefusedError(CONFIGS.in_use)


def _templates(call: Call, number: str) -> int:
    return sum(row["sign_id"] == number for row in call.account.templates.values())


def _shown(call: Call, row: Row) -> Row:
    return {"related_template_count": _templates(call, row["id"])}


CONFIGS = Configs(
    kind=SIGNATURE,
    word="sign",
    asked=_asked,
    shown=_shown,
    deletable=_check_templates,
)
ENDPOINTS: Mapping[tuple[str, str], Endpoint] = CONFIGS.endpoints()
