"""Between EngageLab's JSON and the words of manifests. Pure: no request, no state."""

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
    """Return what the reviewers say, `None` where the status is one that no page names."""
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
"""The older `otp` is read back for `authentication`, or the other way round."""
COUNTRIES = Codec(read=_countries, write=_codes)
"""`CN,US`."""
SIGNATURE = Codec(read=OPTIONAL_REFERENCE.read, write=id_of)
"""Ids are texts here."""
POSITION = Codec(read=_position, write=lambda value: _SUFFIX if value == "suffix" else _PREFIX)
"""1 before and 2 behind the text; 0 with a signature is before it, too."""


def unnumbered(message: str) -> str:
    """Return the id of a message without the recipient's number, which those of `/v1/send` end in.

    Such as `1458113381893_15_3_11_1ainnq` of `1458113381893_15_3_11_1ainnq$+12673800456`.
    """
    return message.partition("$")[0]
