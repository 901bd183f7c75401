"""Templates, which the API calls template-configs."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from reconciler.emulator.engagelab_sms.accounts import TEMPLATE, Row
from reconciler.emulator.engagelab_sms.calls import Call, Endpoint, RefusedError, required_text
from reconciler.emulator.engagelab_sms.configs import Configs
from reconciler.emulator.engagelab_sms.review import APPROVED, reviewed

_LONGEST_NAME = 255
_AUTHENTICATION = "authentication"
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "utility": "utility",
        "marketing": "marketing",
        _AUTHENTICATION: _AUTHENTICATION,
        "otp": _AUTHENTICATION,
    }
)
"""The type that is stored, by the type that is sent."""

_BANNED = ("【", "】", "、", "[", "]", "测试", "test")
_POSITIONS = (1, 2)


def _check_add_signature(call: Call, _number: str) -> None:
    if not isinstance(call.body().get("add_signature"), bool):
        raise RefusedError("add_signature is required")


# What a request asks for.


def _asked(call: Call, own: str | None) -> Row:
    """The row that POST or PUT asks for, sent to review; `own` is the id of what PUT changes."""
    body = call.body()
    content = required_text(body, "template_content")
    return {
        "name": _name(call, body, own),
        "type": _type(call, body, own),
        "content": content,
        "country_codes": required_text(body, "country_codes"),
        **_signature(call, body),
        "updated": call.now,
        **call.review.submitted(call.now, fault=_fault(call, content)),
    }


def _name(call: Call, body: Row, own: str | None) -> str:
    name = required_text(body, "template_name")
    if len(name) > _LONGEST_NAME:
        raise RefusedError(f"template_name exceeds {_LONGEST_NAME} characters")
    rows = call.account.templates.items()
    taken = any(row["name"] == name and number != own for number, row in rows)
    if taken and call.readings.has("template-names", "unique"):
        raise RefusedError("template_name already exist")
    return name


def _type(call: Call, body: Row, own: str | None) -> str:
    kept = _TYPES.get(required_text(body, "template_type"))
    refused = own is not None and call.readings.has("put-authentication", "refused")
    if kept is None or (refused and kept == _AUTHENTICATION):
        raise RefusedError("invalid template_type")
    return kept


def _fault(call: Call, content: str) -> str | None:
    """Why the review will reject the content; raises `RefusedError` if it is refused at once."""
    how = call.readings["banned-words"]
    for word in _BANNED:
        pattern = rf"\b{word}\b" if how == "word" and word.isascii() and word.isalpha() else None
        pattern = pattern or re.escape(word)
        if re.search(pattern, content, re.IGNORECASE if how == "any-case" else 0):
            reason = f"template_content can not contain {word}"
            if call.readings.has("banned", "refused"):
                raise RefusedError(reason)
            return reason
    return None


def _signature(call: Call, body: Row) -> Row:
    """The template's signature, which has to be approved, and its position."""
    wanted = body.get("add_signature", False)
    if not isinstance(wanted, bool):
        raise RefusedError("add_signature must be a boolean")
    if not wanted:
        return {"sign_id": None, "sign_position": 0}
    number = required_text(body, "sign_id")
    position = body.get("sign_position")
    if isinstance(position, bool) or position not in _POSITIONS:
        raise RefusedError("invalid sign_position")
    if not number.isdecimal():
        raise RefusedError("invalid signId")
    row = call.account.signatures.get(number)
    if row is None:
        raise RefusedError("sign config not exist")
    if reviewed(row, call.now)["status"] != APPROVED:
        raise RefusedError("sign status is not approved, can not use")
    return {"sign_id": number, "sign_position": position}


# What a read shows.


def _shown(call: Call, row: Row) -> Row:
    return {
        "template_type": row["type"],
        "template_content": row["content"],
        "country_codes": _shown_countries(call, row["country_codes"]),
        **_shown_signature(call, row),
    }


def _shown_countries(call: Call, countries: str) -> str:
    if call.readings.has("country-order", "as-sent"):
        return countries
    return ",".join(sorted({code.strip() for code in countries.split(",")}))


def _shown_signature(call: Call, row: Row) -> Row:
    if row["sign_id"] is None:
        absent = call.readings.has("no-signature", "absent")
        return {} if absent else {"sign_id": "", "sign_name": "", "sign_position": 0}
    shown = {"sign_id": row["sign_id"], "sign_position": row["sign_position"]}
    signature = call.account.signatures.get(row["sign_id"])
    if signature is None:
        return shown
    status = reviewed(signature, call.now)["status"]
    return {**shown, "sign_name": signature["name"], "sign_status": status}


CONFIGS = Configs(
    kind=TEMPLATE,
    word="template",
    asked=_asked,
    shown=_shown,
    changeable=_check_add_signature,
)
ENDPOINTS: Mapping[tuple[str, str], Endpoint] = CONFIGS.endpoints()
