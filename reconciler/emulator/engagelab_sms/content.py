"""What both sending APIs share: numbers, templates that may be sent, filled content."""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.emulator.engagelab_sms.accounts import Account, Row
from reconciler.emulator.engagelab_sms.calls import Call
from reconciler.emulator.engagelab_sms.review import APPROVED, reviewed

_NUMBERS: Mapping[str, re.Pattern[str]] = {
    "either": re.compile(r"\+?[1-9]\d{6,14}"),
    "plus": re.compile(r"\+[1-9]\d{6,14}"),
    "bare": re.compile(r"[1-9]\d{6,14}"),
}
_PLACEHOLDERS: Mapping[str, str] = {
    "both": r"\{\{(\w+)\}\}|\{(\w+)\}",
    "single": r"\{(\w+)\}",
    "double": r"\{\{(\w+)\}\}",
}
_PERCENT = r"%(\w+)%"
_PREFIX = 1


def is_number(call: Call, number: str) -> bool:
    """Whether a recipient is written as the chosen reading demands."""
    return _NUMBERS[call.readings["numbers"]].fullmatch(number) is not None


def obstacle(call: Call, account: Account, template: Row) -> str | None:
    """Why a template cannot be sent; None where it can."""
    if reviewed(template, call.now)["status"] != APPROVED:
        return "template status is not approved, can not use"
    if template["sign_id"] is None:
        return None
    signature = account.signatures.get(template["sign_id"])
    if signature is None or reviewed(signature, call.now)["status"] != APPROVED:
        return "sign status is not approved, can not use"
    return None


def filled(
    call: Call, account: Account, template: Row, values: Row, *, percent: bool = False
) -> str:
    """The content as its recipient gets it; a placeholder without a value stays.

    With `percent`, `%name%` is a placeholder, too: the page of /v1/send writes it like that.
    """
    pattern = _PLACEHOLDERS[call.readings["placeholders"]]
    if percent:
        pattern = f"{pattern}|{_PERCENT}"

    def value(match: re.Match[str]) -> str:
        name = next(group for group in match.groups() if group is not None)
        return str(values.get(name, match[0]))

    return _signed(account, template, re.sub(pattern, value, template["content"]))


def _signed(account: Account, template: Row, text: str) -> str:
    if template["sign_id"] is None:
        return text
    name: Any = account.signatures[template["sign_id"]]["name"]
    prefix = template["sign_position"] == _PREFIX
    return f"【{name}】{text}" if prefix else f"{text}【{name}】"
