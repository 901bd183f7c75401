"""What readers of a document may rely on, in short, and what of it another version breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Promise = dict[str, Any]
"""By path: `type`, `required` and `enum`, each where there is one."""


def promises(schema: Mapping[str, Any]) -> dict[str, Promise]:
    """Return what a schema promises of each value: `changes[].action`, `requests{}.reads`."""
    return dict(_parts(schema, "", required=True))


def _parts(schema: Any, path: str, *, required: bool) -> Iterator[tuple[str, Promise]]:
    promise: Promise = {"required": required}
    if types := _types(schema):
        promise["type"] = sorted(types)
    if "enum" in schema:
        promise["enum"] = sorted(map(str, schema["enum"]))
    yield path, promise
    always = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        yield from _parts(part, f"{path}.{name}".lstrip("."), required=name in always)
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(word), dict):
            yield from _parts(schema[word], path + mark, required=True)
    for part in schema.get("anyOf", ()):
        yield from ((p, q) for p, q in _parts(part, path, required=True) if p != path)


def _types(schema: Mapping[str, Any]) -> set[str]:
    types = schema.get("type", [])
    found = {types} if isinstance(types, str) else set(types)
    for part in schema.get("anyOf", ()):
        found |= _types(part)
    return found


def broken(before: Mapping[str, Promise], after: Mapping[str, Promise]) -> list[str]:
    """Say what readers of `before` cannot rely on any more; nothing where keys were only added."""
    return [line for path, old in before.items() for line in _broken(path, old, after.get(path))]


def _broken(path: str, old: Promise, new: Promise | None) -> Iterator[str]:
    if new is None:
        yield f"{path} is gone"
        return
    if old["required"] and not new["required"]:
        yield f"{path} may be missing now"
    for what in ("type", "enum"):
        if old.get(what) != new.get(what):
            yield f"{path}: its {what} was {old.get(what)} and is {new.get(what)}"
