"""Replaces phone numbers in clear: by digests where they are only compared, else by sealed ones."""

import base64
import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write rows with values in clear again; `upgrade`'s caller gives the key."""
    _rewrite("members", "address", "numbers", lambda data: _keyring().seal_bytes(data, "members"))
    _rewrite("acknowledged", "id", "numbers", lambda text: _sealed(text.encode("ascii"), "batch"))
    _rewrite("objects", "address", "applied", lambda text: json.dumps(_applied(json.loads(text))))
    _rewrite("objects", "address", "extra", lambda text: json.dumps(_extra(json.loads(text))))
    _rewrite("pending", "op_id", "intent", _intent)
    _rewrite("journal", "opened", "intent", _intent)


def _keyring() -> Any:
    return context.config.attributes["keyring"]()


def _sealed(data: bytes, use: str) -> str:
    return base64.b64encode(_keyring().seal_bytes(data, use)).decode("ascii")


def _rewrite(table: str, key: str, column: str, change: Callable[[Any], Any]) -> None:
    db = op.get_bind()
    rows = db.execute(sa.text(f"SELECT {key}, {column} FROM {table}")).fetchall()  # noqa: S608
    update = sa.text(f"UPDATE {table} SET {column} = :value WHERE {key} = :key")  # noqa: S608
    for name, value in rows:
        db.execute(update, {"value": change(value), "key": name})


def _intent(text: str) -> str:
    fields = json.loads(text)
    if "applied" in fields:
        fields["applied"] = _applied(fields["applied"])
    if fields.get("in_doubt"):
        fields["in_doubt"] = _extra(fields["in_doubt"])
    return json.dumps(fields)


def _applied(fields: dict[str, Any]) -> dict[str, Any]:
    numbers = fields.get("phoneNumbers")
    if not isinstance(numbers, list):
        return fields
    digest = _keyring().digest(f"phoneNumbers={sorted(numbers)!r}")
    return {**fields, "phoneNumbers": {"hmac": digest}}


def _extra(extra: dict[str, Any]) -> dict[str, Any]:
    if "left" not in extra:
        return extra
    return {**extra, "left": _sealed(json.dumps(extra["left"]).encode(), "left")}
