"""Between EngageLab's JSON and the words of manifests. Pure: no request, no state."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import ReadFailed
from reconciler.model.review import Review, ReviewStatus
from reconciler.model.values import Fields, JsonValue, id_of, remote_id

Row = Mapping[str, JsonValue]
"""One JSON object of an answer."""

_STATUS = {
    "1": ReviewStatus.PENDING,
    "2": ReviewStatus.APPROVED,
    "3": ReviewStatus.REJECTED,
}
_CATEGORIES = {"otp": "authentication"}
"""`template_type` as it may be read, to the word that creates have."""
_PREFIX, _SUFFIX = "prefix", "suffix"
_POSITIONS = {_PREFIX: 1, _SUFFIX: 2}


def identifier(row: Row, name: str) -> str:
    """Return an id of a row as text; a number is the same id.

    Raises:
        ReadFailed: The row has none, so the list it stands in cannot be trusted.
    """
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise ReadFailed(f"EngageLab answered a row without {name}")
    return str(value)


def text(value: JsonValue) -> str:
    """Return a text field, for which null and missing are the same as empty."""
    return "" if value is None else str(value)


def review_of(row: Row) -> Review | None:
    """Return what the reviewers say, `None` where the status is one that no page names."""
    status = _STATUS.get(text(row.get("status")))
    remark = text(row.get("audit_remark")).strip()
    return None if status is None else Review(status=status, remark=remark)


def countries_of(value: JsonValue) -> list[JsonValue]:
    """Return `country_codes`, which is `CN,US`, as a list."""
    parts = value if isinstance(value, list) else text(value).split(",")
    return [code for part in parts if (code := text(part).strip().upper())]


def template_fields(row: Row) -> dict[str, JsonValue]:
    """Return the fields of a template; without a signature it has no position either."""
    category = text(row.get("template_type"))
    fields: dict[str, JsonValue] = {
        "displayName": text(row.get("template_name")),
        "category": _CATEGORIES.get(category, category),
        "body": text(row.get("template_content")),
        "countries": countries_of(row.get("country_codes")),
        "signature": None,
    }
    signature = text(row.get("sign_id"))
    if signature not in {"", "0"}:
        fields["signature"] = remote_id(signature)
        suffixed = text(row.get("sign_position")) == "2"
        fields["signaturePosition"] = _SUFFIX if suffixed else _PREFIX
    return fields


def template_body(fields: Fields) -> dict[str, JsonValue]:
    """Return what a create and an update send: always every field, as updates must."""
    countries = fields.get("countries")
    body: dict[str, JsonValue] = {
        "template_name": text(fields.get("displayName")),
        "template_type": text(fields.get("category")),
        "template_content": text(fields.get("body")),
        "country_codes": ",".join(map(text, countries if isinstance(countries, list) else ())),
        "add_signature": False,
    }
    signature = id_of(fields.get("signature"))
    if signature is not None:
        position = text(fields.get("signaturePosition"))
        body |= {
            "add_signature": True,
            "sign_id": signature,
            "sign_position": _POSITIONS.get(position, _POSITIONS[_PREFIX]),
        }
    return body
