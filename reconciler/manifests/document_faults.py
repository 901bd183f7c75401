"""Faults of one document: it does not fit its schema, or a comment cuts a text of it short."""

from __future__ import annotations

from typing import Any

from reconciler.manifests.document import Document
from reconciler.manifests.fault import Fault
from reconciler.manifests.text.comments import WAY_OUT, comment_message
from reconciler.manifests.text.positions import Path
from reconciler.model.origin import Origin


def schema_faults(schema: dict[str, Any], document: Document, address: str) -> list[Fault]:
    """Return a fault for each reason why a document does not fit its schema.

    Reasons about a value that a comment cut short are left out: `comment_faults` has the cause.
    """
    from reconciler.manifests.schema.explain import explain

    cut = {path for path, _ in document.locator.cuts()}
    reasons = explain(schema, document.value)
    faults = [
        Fault(
            origin=document.locator.key(reason.path)
            if reason.at_key
            else document.locator(reason.path),
            address=address,
            message=reason.message,
            hint=reason.hint,
        )
        for reason in reasons
        if reason.at_key or reason.path not in cut
    ]
    if reasons:
        return faults
    start = document.locator.start
    return [Fault(origin=start, address=address, message="does not fit its schema")]


def comment_faults(schema: dict[str, Any], document: Document, address: str) -> list[Fault]:
    """Return a fault for every text that is cut short by what YAML takes for a comment.

    Fields for which the schema lists the possible values are left out: nothing can be missing.
    """
    faults = []
    for path, cut in document.locator.cuts():
        field = _part_at(schema, path)
        if field is None or not _is_text(field):
            continue
        lost = "" if "x-sensitive" in field else cut.lost
        origin = Origin(document.locator.source.name, cut.comment.line, cut.comment.column)
        message = comment_message(lost)
        faults.append(Fault(origin=origin, address=address, message=message, hint=WAY_OUT))
    return faults


def _part_at(schema: Any, path: Path) -> dict[str, Any] | None:
    """Return the part of a schema that describes the value at a path."""
    for step in path:
        if not isinstance(schema, dict):
            return None
        if isinstance(step, int):
            schema = schema.get("items")
        else:
            known = schema.get("properties", {})
            schema = known[step] if step in known else schema.get("additionalProperties")
    return schema if isinstance(schema, dict) else None


def _is_text(field: dict[str, Any]) -> bool:
    types = field.get("type", ())
    return "string" in (types if isinstance(types, list) else [types]) and not (
        {"enum", "const"} & field.keys()
    )


def name_faults(document: Document, address: str) -> list[Fault]:
    """Check that a name has no invisible characters, which no short pattern can express."""
    if document.text("metadata", "name").isprintable():
        return []
    origin = document.locator(("metadata", "name"))
    message = "metadata.name holds characters that cannot be seen"
    return [Fault(origin=origin, address=address, message=message)]
