"""Reads JSON Schema files, ours and those of plugins, with every `$ref` resolved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler import plugins
from reconciler.resources import schemas

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SUFFIX = ".schema.json"
VERSION = "v1"
PROVIDER = "Provider"

Schema: TypeAlias = dict[str, Any]


def written_out(path: str) -> Schema:
    """Return the schema in a file below `schemas/`, with every `$ref` resolved.

    A plugin's file `v1/<type>/<Kind>.schema.json` is `schemas/<Kind>.schema.json` in its package.

    Raises:
        FileNotFoundError: There is no such file.
    """
    written: Schema = _resolve(_file(path), path)
    return written


def part(schema: Mapping[str, Any]) -> Schema:
    """Return a schema without `$schema` and `$id`, so that it can stand inside another one."""
    return {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}


@lru_cache(maxsize=1)
def type_folders() -> Mapping[str, Traversable]:
    """Return the folder of schemas by provider type, sorted; ours win over those of plugins."""
    ours = {each.name: each for each in schemas().joinpath(VERSION).iterdir() if each.is_dir()}
    others = {name: folder / "schemas" for name, folder in plugins.folders().items()}
    both = {**others, **ours}
    return {name: both[name] for name in sorted(both) if _has_accounts(both[name])}


def _has_accounts(folder: Traversable) -> bool:
    return folder.joinpath(f"{PROVIDER}{SUFFIX}").is_file()


@lru_cache(maxsize=512)
def _file(path: str) -> Schema:
    *above, name = path.split("/")
    of_type = type_folders().get(above[-1]) if len(above) > 1 else None
    folder = schemas().joinpath(*above) if of_type is None else of_type
    text = folder.joinpath(name).read_text(encoding="utf-8")
    loaded: Schema = json.loads(text)
    return loaded


def _resolve(node: Any, path: str) -> Any:
    """Replace every `$ref` by what it points at; keywords beside it override that."""
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
    """Resolve a path relative to the file that mentions it."""
    steps = path.split("/")[:-1]
    for step in relative.split("/"):
        if step == "..":
            steps.pop()
        elif step != ".":
            steps.append(step)
    return "/".join(steps)
