"""From EngageLab's JSON to the words of manifests, and back. Pure: no request, no state."""

from __future__ import annotations

from reconciler.model.review import Review, ReviewStatus
from reconciler.model.values import JsonValue, id_of
from reconciler.providers.wire import OPTIONAL_REFERENCE, Codec, Row, text

_STATUS = {
    "1": ReviewStatus.PENDING,
    "2": ReviewStatus.APPROVED,
    "3": ReviewStatus.REJECTED,
}
_PREFIX, _SUFFIX = 1, 2


def review_of(row: Row) -> Review | None:
    """Return a row's review, `None` if its status is not documented."""
    status = _STATUS.get(text(row.get("status")))
    remark = text(row.get("audit_remark")).strip()
    return None if status is None else Review(status=status, remark=remark)


def _category(value: JsonValue) -> JsonValue:
    word = text(value)
    return "authentication" if word == "otp" else word


def _countries(value: JsonValue) -> JsonValue:
    parts = value if isinstance(value, list) else text(value).split(",")
    return [code for part in parts if (code := text(part).strip().upper())]


def _codes(value: JsonValue) -> JsonValue:
    return ",".join(map(text, value if isinstance(value, list) else ()))


def _position(value: JsonValue) -> JsonValue:
    return "suffix" if text(value) == str(_SUFFIX) else "prefix"


CATEGORY = Codec(read=_category, write=text)
"""`otp` is an older word for `authentication`; both are read."""
COUNTRIES = Codec(read=_countries, write=_codes)
"""Such as `CN,US`."""
SIGNATURE = Codec(read=OPTIONAL_REFERENCE.read, write=id_of)
"""Ids are texts here."""
POSITION = Codec(read=_position, write=lambda value: _SUFFIX if value == "suffix" else _PREFIX)
"""1: before the text; 2: after it. 0 with a signature means before it, too."""


def unnumbered(message: str) -> str:
    """Return a message's id without the recipient's number, with which ids of `/v1/send` end.

    Such as `1458113381893_15_3_11_1ainnq` of `1458113381893_15_3_11_1ainnq$+12673800456`.
    """
    return message.partition("$")[0]
