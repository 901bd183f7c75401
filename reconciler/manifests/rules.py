"""What the loader needs of a kind's schema, compiled once: types, validity, references, paths.

The envelope is compiled apart from the kinds' `spec`: compiling takes milliseconds a schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from reconciler.manifests.positions import Path
from reconciler.manifests.scalars import Typer, typer
from reconciler.manifests.schema import (
    PROVIDER,
    Schema,
    document_schema,
    envelope_schema,
    project_schema,
    schema_of,
)

EACH = "*"
"""Stands for every item of a list in the path of a marker."""
_FOR_PEOPLE = frozenset(
    {"title", "description", "examples", "default", "patternErrorMessage", "writeOnly"}
)
_DOLLAR = re.compile(r"(?<!\\)\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Types and checks values of one schema."""

    schema: Schema
    give_types: Typer
    accepts: Callable[[Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceField:
    """A field that names resources of the same provider."""

    field: str
    is_list: bool
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathField:
    """A field that names a file."""

    path: Path
    """From `spec`; `EACH` stands for every item of a list."""
    mode: str
    """`read`, `write` or `secret`."""
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameDefault:
    """A field that is `metadata.name` where the manifest leaves it out."""

    field: str
    schema: Schema
    accepts: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that is checked of one kind."""

    document: Schema
    """The schema of a whole document, for explaining what is wrong with it."""
    spec: Checker
    references: tuple[ReferenceField, ...]
    paths: tuple[PathField, ...]
    name_defaults: tuple[NameDefault, ...]


@lru_cache(maxsize=256)
def rules_of(provider_type: str, kind: str) -> Rules:
    """Compile a kind; raises `KeyError` when there is no such kind."""
    spec = schema_of(provider_type, kind)
    properties: Mapping[str, Schema] = spec["properties"]
    return Rules(
        document=document_schema(provider_type, kind),
        spec=checker(spec),
        references=tuple(_references(properties)),
        paths=tuple(_paths(spec, ())),
        name_defaults=tuple(
            NameDefault(field=name, schema=field, accepts=_text_check(field))
            for name, field in properties.items()
            if field.get("x-default") == "metadata.name"
        ),
    )


@lru_cache(maxsize=32)
def account_rules(provider_type: str, *, base_url_needed: bool) -> Rules:
    """Compile an account's manifest, with or without the demand for a `baseUrl`."""
    if base_url_needed:
        return rules_of(provider_type, PROVIDER)
    document = document_schema(provider_type, PROVIDER)
    spec = document["properties"]["spec"]
    spec = {**spec, "required": [name for name in spec["required"] if name != "baseUrl"]}
    return replace(
        rules_of(provider_type, PROVIDER),
        document={**document, "properties": {**document["properties"], "spec": spec}},
        spec=checker(spec),
    )


@lru_cache(maxsize=1)
def envelope_checker() -> Checker:
    """Compile what all manifests have in common."""
    return checker(envelope_schema())


@lru_cache(maxsize=1)
def project_checker() -> Checker:
    """Compile `reconciler.yaml`."""
    return checker(project_schema())


def checker(schema: Schema) -> Checker:
    """Compile a schema."""
    return Checker(schema=schema, give_types=typer(schema), accepts=_decider(_bare(schema)))


def _bare(schema: Schema) -> Schema:
    """Return the schema without what only people and editors read: it compiles much faster."""
    bare: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            bare[key] = {name: _bare(part) for name, part in value.items()}
        elif key not in _FOR_PEOPLE and not key.startswith(("$", "x-")):
            bare[key] = _bare(value) if isinstance(value, dict) else value
    return bare


def python_pattern(pattern: str) -> str:
    """Return a schema's pattern as Python reads it: `$` is the very end, as in JavaScript."""
    return _DOLLAR.sub(r"\\Z", pattern)


def _decider(schema: Schema) -> Callable[[Any], bool]:
    try:
        import jsonschema_rs
    except ImportError:
        return _fast_decider(schema)
    decide: Callable[[Any], bool] = jsonschema_rs.validator_for(schema).is_valid
    return decide


def _fast_decider(schema: Schema) -> Callable[[Any], bool]:
    import fastjsonschema

    validate = fastjsonschema.compile(schema, use_default=False, use_formats=False)
    refusal = fastjsonschema.JsonSchemaValueException

    def decide(value: Any) -> bool:
        try:
            validate(value)
        except refusal:
            return False
        return True

    return decide


def _text_check(schema: Schema) -> Callable[[str], bool]:
    shortest = schema.get("minLength", 0)
    longest = schema.get("maxLength", 1 << 30)
    fits = re.compile(python_pattern(schema.get("pattern", ""))).search
    return lambda text: shortest <= len(text) <= longest and fits(text) is not None


def _references(properties: Mapping[str, Schema]) -> Iterator[ReferenceField]:
    for name, field in properties.items():
        items = field.get("items", {})
        if "x-reference" in field:
            yield ReferenceField(field=name, is_list=False, kind=field["x-reference"])
        elif "x-reference" in items:
            yield ReferenceField(field=name, is_list=True, kind=items["x-reference"])


def _paths(schema: Schema, path: Path) -> Iterator[PathField]:
    if "x-path" in schema:
        yield PathField(path=path, mode=schema["x-path"], max_bytes=schema.get("x-maxBytes"))
    for name, field in schema.get("properties", {}).items():
        yield from _paths(field, (*path, name))
    if "items" in schema:
        yield from _paths(schema["items"], (*path, EACH))
