"""Reads the JSON Schema files that ship with the package, their `$ref`s written out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from reconciler.resources import schemas

SUFFIX = ".schema.json"

Schema: TypeAlias = dict[str, Any]


def written_out(path: str) -> Schema:
    """Return the schema in a file below `schemas/`; nothing in it refers to another file.

    Raises:
        FileNotFoundError: There is no such file.
    """
    written: Schema = _resolve(_file(path), path)
    return written


def part(schema: Mapping[str, Any]) -> Schema:
    """Return a schema fit to stand inside another one."""
    return {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}


@lru_cache(maxsize=512)
def _file(path: str) -> Schema:
    text = schemas().joinpath(*path.split("/")).read_text(encoding="utf-8")
    loaded: Schema = json.loads(text)
    return loaded


def _resolve(node: Any, path: str) -> Any:
    """Replace every `$ref` by what it points at, under the keywords that stand beside it."""
    if isinstance(node, list):
        return [_resolve(item, path) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {key: _resolve(value, path) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return beside
    file, _, pointer = node["$ref"].partition("#")
    target_path = _join(path, file) if file else path
    target: Any = _file(target_path)
    for step in pointer.strip("/").split("/"):
        target = target[step] if step else target
    return {**part(_resolve(target, target_path)), **beside}


def _join(path: str, relative: str) -> str:
    """Resolve a relative path against the file it stands in."""
    steps = path.split("/")[:-1]
    for step in relative.split("/"):
        if step == "..":
            steps.pop()
        elif step != ".":
            steps.append(step)
    return "/".join(steps)
