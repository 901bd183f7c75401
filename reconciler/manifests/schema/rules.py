"""Compiles, once, what the loader needs of a kind's schema: types, validity, references, paths.

The envelope (what all manifests have in common) is compiled apart from the `spec` of kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.manifests.schema.files import PROVIDER, Schema
from reconciler.manifests.schema.schemas import (
    canary_schema,
    document_schema,
    envelope_schema,
    kinds_of,
    project_schema,
    provider_types,
    schema_of,
)
from reconciler.manifests.schema.validator import compile_schema
from reconciler.manifests.text.positions import Path
from reconciler.manifests.text.scalars import Typer, typer

EACH = "*"
"""Stands for every item of a list in a `PathField.path`."""


class Checker(Struct, frozen=True, kw_only=True):
    """Gives types to values of one schema, and tells whether it accepts them."""

    schema: Schema
    give_types: Typer
    accepts: Callable[[Any], bool]


class ReferenceField(Struct, frozen=True, kw_only=True):
    """A field that names one or several resources of the same account."""

    field: str
    is_list: bool
    kind: str


class PathField(Struct, frozen=True, kw_only=True):
    """A field that names a file."""

    path: Path
    """The steps from `spec` to the field; `EACH` stands for every item of a list."""
    mode: str
    """`read`, `write` or `secret`."""
    max_bytes: int | None = None


class PhoneField(Struct, frozen=True, kw_only=True):
    """A field that is a phone number, or a list of them."""

    field: str
    is_list: bool
    max_digits: int | None = None


class NameDefault(Struct, frozen=True, kw_only=True):
    """A field whose default is `metadata.name`."""

    field: str
    schema: Schema
    accepts: Callable[[str], bool]


class Rules(Struct, frozen=True, kw_only=True):
    """What the loader checks in manifests of one kind."""

    document: Schema
    """The schema of a whole document, for `explain`."""
    spec: Checker
    references: tuple[ReferenceField, ...]
    paths: tuple[PathField, ...]
    phones: tuple[PhoneField, ...]
    name_defaults: tuple[NameDefault, ...]
    parts: Mapping[str, tuple[str, ...]]
    """The names of the secrets, by field, for fields with a sink for several secrets at once."""


@lru_cache(maxsize=1)
def _name_accepts() -> Callable[[str], bool]:
    return compile_schema(envelope_schema()["properties"]["metadata"]["properties"]["name"])


def is_name(text: str) -> bool:
    """Tell whether a manifest could have this `metadata.name`."""
    return text.isprintable() and _name_accepts()(text)


@lru_cache(maxsize=256)
def rules_of(provider_type: str, kind: str) -> Rules:
    """Compile the rules of a kind; raises `KeyError` when there is no such kind."""
    spec = schema_of(provider_type, kind)
    properties: Mapping[str, Schema] = spec["properties"]
    return Rules(
        document=document_schema(provider_type, kind),
        spec=checker(spec),
        references=tuple(_references(properties)),
        paths=paths_of(spec),
        phones=tuple(_phones(properties)),
        name_defaults=tuple(
            NameDefault(field=name, schema=field, accepts=compile_schema(field))
            for name, field in properties.items()
            if field.get("x-default") == "metadata.name"
        ),
        parts={
            name: tuple(field["x-parts"])
            for name, field in properties.items()
            if "x-parts" in field
        },
    )


@lru_cache(maxsize=32)
def account_rules(provider_type: str, *, base_url_needed: bool) -> Rules:
    """Compile the rules of a `Provider` document, with `baseUrl` required or not."""
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
    """Compile the schema of what all manifests have in common."""
    return checker(envelope_schema())


@lru_cache(maxsize=1)
def project_checker() -> Checker:
    """Compile the schema of `reconciler.yaml`."""
    return checker(project_schema())


def checker(schema: Schema) -> Checker:
    """Compile a schema."""
    return Checker(schema=schema, give_types=typer(schema), accepts=compile_schema(schema))


def paths_of(schema: Schema) -> tuple[PathField, ...]:
    """Return the fields of a schema that hold a path."""
    return tuple(_paths(schema, ()))


def _references(properties: Mapping[str, Schema]) -> Iterator[ReferenceField]:
    for name, field in properties.items():
        items = field.get("items", {})
        if "x-reference" in field:
            yield ReferenceField(field=name, is_list=False, kind=field["x-reference"])
        elif "x-reference" in items:
            yield ReferenceField(field=name, is_list=True, kind=items["x-reference"])


@lru_cache(maxsize=1)
def path_names() -> frozenset[str]:
    """Return the names of all fields that hold a path, of any kind and of the project."""
    schemas = [schema_of(type_, PROVIDER) for type_ in provider_types()]
    schemas += [schema_of(type_, kind) for type_ in provider_types() for kind in kinds_of(type_)]
    schemas.append(canary_schema())
    paths = [found.path for schema in schemas for found in _paths(schema, ())]
    named = [[str(step) for step in path if step != EACH][-1] for path in paths]
    return frozenset((*named, "manifests", "policies", "state"))


def _phones(properties: Mapping[str, Schema]) -> Iterator[PhoneField]:
    for name, field in properties.items():
        is_list = "x-phone" in field.get("items", {})
        if is_list or "x-phone" in field:
            demands = (field["items"] if is_list else field)["x-phone"]
            yield PhoneField(field=name, is_list=is_list, max_digits=demands.get("maxDigits"))


def _paths(schema: Schema, path: Path) -> Iterator[PathField]:
    if "x-path" in schema:
        yield PathField(path=path, mode=schema["x-path"], max_bytes=schema.get("x-maxBytes"))
    for name, field in schema.get("properties", {}).items():
        yield from _paths(field, (*path, name))
    if "items" in schema:
        yield from _paths(schema["items"], (*path, EACH))
