"""Writes and reads the files of saved plans, JSON with a signature, and checks signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import msgspec

from reconciler.errors import PlanDamaged
from reconciler.model.saved_plan import Binding, SavedPlan
from reconciler.render.envelope import Document, dump

KIND = "SavedPlan"
VERSION = "1.1"
MAJOR = "1"
LARGEST = 64 * 1024 * 1024
"""Bytes of a file; a larger one is refused."""
LONGEST_VALUE = 16 * 1024
"""Bytes of a field's value; for a longer one, its digest, size and beginning are saved."""
_PREVIEW = 200
_SIGNED = "hmac-sha256:"
_SUMMED = "sha256:"
_AGAIN = "Make a new plan: `reconciler plan --out FILE`."

Sign = Callable[[str], str]
"""The state's keyed digest."""


def shortened(document: Document) -> Document:
    """Return the document of a plan with long values cut."""
    return document | {"changes": [_change(change) for change in document["changes"]]}


def _change(change: Document) -> Document:
    sides = {name: change[name] and _values(change[name]) for name in ("before", "after")}
    fields = [
        field | {name: _value(field[name]) for name in ("before", "after")}
        for field in change["fields"]
    ]
    return change | sides | {"fields": fields}


def _values(values: Document) -> Document:
    return {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:
    if not isinstance(value, str | list | dict):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= LONGEST_VALUE:
        return value
    digest = _SUMMED + hashlib.sha256(data).hexdigest()
    return {"digest": digest, "bytes": len(data), "preview": text[:_PREVIEW]}


def saved_text(plan: Document, binding: Binding, sign: Sign | None) -> str:
    """Return the text of a file; `sign` is `None` without a state, and so without a key."""
    document: Document = {
        "formatVersion": VERSION,
        "kind": KIND,
        "plan": plan,
        "binding": msgspec.to_builtins(binding),
    }
    text = _canonical(document)
    if sign is None:
        document["checksum"] = _checksum(text)
    else:
        document["signature"] = _SIGNED + sign(text)
    return dump(document) + "\n"


def read_saved(data: bytes) -> SavedPlan:
    """Read the file of a saved plan; its signature is not checked here.

    Raises:
        PlanDamaged: It is no saved plan, or of a newer major version.
    """
    document = _parsed(data)
    if document.get("kind") != KIND:
        raise PlanDamaged("this is no saved plan", hint=_AGAIN)
    major = str(document.get("formatVersion", "")).partition(".")[0]
    if major != MAJOR:
        raise PlanDamaged(
            f"this plan has the format {major or 'of no version'}, and this version reads {MAJOR}",
            hint="Use the version of reconciler that made it, or make a new plan with this one.",
        )
    signature = document.get("signature")
    try:
        binding = msgspec.convert(document.get("binding"), Binding)
    except msgspec.ValidationError as error:
        raise PlanDamaged(f"this plan is damaged: {error}", hint=_AGAIN) from None
    if not isinstance(document.get("plan"), dict):
        raise PlanDamaged("this plan is damaged: there is no plan in it", hint=_AGAIN)
    signed = {name: value for name, value in document.items() if name != "signature"}
    return SavedPlan(
        plan=document["plan"],
        binding=binding,
        document=signed,
        signature=signature if isinstance(signature, str) else None,
    )


def is_saved(data: bytes) -> bool:
    """Tell whether a file's content is a saved plan, of any version."""
    try:
        return _parsed(data).get("kind") == KIND
    except PlanDamaged:
        return False


def check_signature(saved: SavedPlan, sign: Sign) -> None:
    """Raise `PlanDamaged` unless this state signed the plan; compares in constant time."""
    expected = _SIGNED + sign(_canonical(saved.document))
    if not hmac.compare_digest(
        expected.encode(), (saved.signature or "").encode("utf-8", "replace")
    ):
        raise PlanDamaged(
            "this plan was changed after it was saved, or saved with another state",
            hint=_AGAIN,
        )


def check_sum(saved: SavedPlan) -> None:
    """Raise `PlanDamaged` where an unsigned plan does not have its checksum."""
    document = {name: value for name, value in saved.document.items() if name != "checksum"}
    if saved.document.get("checksum") != _checksum(_canonical(document)):
        raise PlanDamaged("this plan was changed after it was saved", hint=_AGAIN)


def _canonical(document: Mapping[str, Any]) -> str:
    return "saved-plan\n" + json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def _checksum(text: str) -> str:
    return _SUMMED + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _parsed(data: bytes) -> Document:
    try:
        found = json.loads(
            data, parse_constant=_refuse_number, object_pairs_hook=_without_repeated_keys
        )
    except (ValueError, RecursionError):
        raise PlanDamaged("this is no saved plan: it cannot be read as JSON", hint=_AGAIN) from None
    if not isinstance(found, dict):
        raise PlanDamaged("this is no saved plan", hint=_AGAIN)
    return found


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(text)


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> Document:
    """Refuse an object with a repeated key: readers would disagree on which value counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
