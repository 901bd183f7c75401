"""Returns JSON Schemas: of each kind's `spec`, of whole documents, of all manifests in one.

A provider type is a folder of `schemas/v1/` (a plugin's is in its package), and a kind is a file
in it; no list names them. Callers must not change a schema that they get: it is shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from reconciler.manifests.schema.files import (
    PROVIDER,
    SUFFIX,
    VERSION,
    Schema,
    part,
    type_folders,
    written_out,
)

_LITERAL = frozenset({"examples", "default", "enum", "const", "required"})
"""Keywords that hold values, not schemas."""
PROJECT = "Project"
CANARY = "Canary"
POLICY = "Policy"


def provider_types() -> tuple[str, ...]:
    """Return all provider types, sorted."""
    return tuple(type_folders())


@lru_cache
def kinds_of(provider_type: str) -> tuple[str, ...]:
    """Return the kinds of a provider type, sorted; none for an unknown type."""
    if provider_type not in provider_types():
        return ()
    files = type_folders()[provider_type].iterdir()
    names = (f.name.removesuffix(SUFFIX) for f in files if f.name.endswith(SUFFIX))
    return tuple(sorted(name for name in names if name != PROVIDER))


def types_with(kind: str) -> tuple[str, ...]:
    """Return the provider types that have a kind of this name."""
    return tuple(name for name in provider_types() if kind in kinds_of(name))


def all_kinds() -> tuple[str, ...]:
    """Return the names of all kinds of all provider types, sorted."""
    return tuple(sorted({kind for name in provider_types() for kind in kinds_of(name)}))


@lru_cache(maxsize=256)
def schema_of(provider_type: str, kind: str) -> Schema:
    """Return the schema of a kind's `spec`; of an account's, if the kind is `Provider`.

    Raises:
        KeyError: There is no such provider type, or it has no such kind.
    """
    if kind != PROVIDER and kind not in kinds_of(provider_type):
        raise KeyError(provider_type, kind)
    if provider_type not in provider_types():
        raise KeyError(provider_type, kind)
    return written_out(f"{VERSION}/{provider_type}/{kind}{SUFFIX}")


@lru_cache(maxsize=1)
def project_schema() -> Schema:
    """Return the schema of `reconciler.yaml`."""
    return written_out(f"{VERSION}/project{SUFFIX}")


@lru_cache(maxsize=1)
def canary_schema() -> Schema:
    """Return the schema of the `spec` of a `Canary`."""
    return written_out(f"{VERSION}/canary{SUFFIX}")


@lru_cache(maxsize=1)
def policy_schema() -> Schema:
    """Return the schema of the `spec` of a `Policy`."""
    return written_out(f"{VERSION}/policy{SUFFIX}")


@lru_cache(maxsize=1)
def envelope_schema() -> Schema:
    """Return the schema of what all manifests have in common."""
    return written_out(f"{VERSION}/manifest{SUFFIX}")


@lru_cache(maxsize=256)
def document_schema(provider_type: str, kind: str) -> Schema:
    """Return the schema of a whole document of one kind; raises `KeyError` as `schema_of` does."""
    document = _document(kind, part(schema_of(provider_type, kind)))
    if kind != PROVIDER:
        return document
    metadata = _without(_without(document["properties"]["metadata"], "provider"), "ignoreRules")
    return _with_metadata(_without(document, "lifecycle"), metadata)


@lru_cache(maxsize=1)
def canary_document_schema() -> Schema:
    """Return the schema of a whole `Canary` document: it has no life cycle."""
    return _without(_document(CANARY, part(canary_schema())), "lifecycle")


@lru_cache(maxsize=1)
def policy_document_schema() -> Schema:
    """Return the schema of a whole `Policy` document: it belongs to no account."""
    document = _without(_document(POLICY, part(policy_schema())), "lifecycle")
    metadata = document["properties"]["metadata"]
    for name in ("provider", "environments", "ignoreRules"):
        metadata = _without(metadata, name)
    return _with_metadata(document, metadata)


def _document(kind: str, spec: Schema) -> Schema:
    envelope = part(envelope_schema())
    properties = {
        **envelope["properties"],
        "kind": {**envelope["properties"]["kind"], "const": kind},
        "spec": spec,
    }
    required = [*envelope["required"], *_spec_if_needed([spec])]
    return {**envelope, "required": required, "properties": properties}


def _without(schema: Schema, name: str) -> Schema:
    """Return a schema without one of its properties."""
    kept = {key: part for key, part in schema["properties"].items() if key != name}
    return {**schema, "properties": kept}


def _with_metadata(document: Schema, metadata: Schema) -> Schema:
    return {**document, "properties": {**document["properties"], "metadata": metadata}}


def _spec_if_needed(variants: Iterable[Schema]) -> list[str]:
    """Return `["spec"]` if it cannot be left out, as an empty one fits none of the schemas."""
    from reconciler.manifests.schema.validator import compile_schema

    return [] if any(compile_schema(each)({}) for each in variants) else ["spec"]


@lru_cache(maxsize=1)
def manifest_schema() -> Schema:
    """Return one schema for manifests of every kind, for editors.

    It dispatches on `kind`, and for accounts on `spec.type`, so that an editor complains about the
    exact field. A resource does not say which type its provider has; where several types have a
    kind of the same name, it is recognized by fields that only one of them has.
    """
    envelope = deepcopy(envelope_schema())
    definitions: Schema = {}
    for name in provider_types():
        for kind in (PROVIDER, *kinds_of(name)):
            definitions[f"{name}.{kind}"] = _as_written(part(schema_of(name, kind)))
    properties = envelope["properties"]
    properties["kind"]["enum"] = [PROVIDER, PROJECT, CANARY, POLICY, *all_kinds()]
    # A project needs no name; all others do.
    del properties["metadata"]["required"]
    envelope["required"].remove("metadata")
    named = {"required": ["metadata"], "properties": {"metadata": {"required": ["name"]}}}
    alone = {
        "lifecycle": False,
        "metadata": {"properties": {"provider": False, "ignoreRules": False}},
    }
    project = deepcopy(project_schema()["properties"]["spec"])
    envelope["allOf"] = [
        {
            "if": _is_kind(PROJECT),
            "then": _with_spec(project, alone),
            "else": named,
        },
        {
            "if": _is_kind(PROVIDER),
            "then": {"required": ["spec"], **_with_spec(_account_spec(), alone)},
        },
        {
            "if": _is_kind(CANARY),
            "then": {
                "required": ["spec"],
                **_with_spec(_as_written(part(canary_schema())), {"lifecycle": False}),
            },
        },
        {
            "if": _is_kind(POLICY),
            "then": {"required": ["spec"], **_with_spec(part(policy_schema()), _NO_ACCOUNT)},
        },
        *({"if": _is_kind(kind), "then": _kind_with_spec(kind)} for kind in all_kinds()),
    ]
    envelope["$defs"] = definitions
    written: Schema = _as_written(envelope)
    return written


_NO_ACCOUNT: Schema = {
    "lifecycle": False,
    "metadata": {"properties": {"provider": False, "environments": False, "ignoreRules": False}},
}
"""Forbids what a document cannot have that belongs to no account."""


def _as_written(node: Any) -> Any:
    """Return a schema that accepts numbers and booleans where a text is expected.

    The loader takes `sender: 15446859` as text, but an editor's YAML parser as a number, whose
    length and pattern cannot be checked.
    """
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: value if key in _LITERAL else _as_written(value) for key, value in node.items()}
    types = node.get("type")
    names = types if isinstance(types, list) else [types]
    if "string" in names and not {"enum", "const"} & node.keys():
        taken = dict.fromkeys([*names, "number", "boolean"])
        taken.pop("integer", None)
        made["type"] = list(taken)
    return made


def _is_kind(kind: str) -> Schema:
    return {"properties": {"kind": {"const": kind}}, "required": ["kind"]}


def _with_spec(spec: Schema, beside: Schema) -> Schema:
    return {"properties": {"spec": spec, **beside}}


def _kind_with_spec(kind: str) -> Schema:
    needed = _spec_if_needed(schema_of(name, kind) for name in types_with(kind))
    made = _with_spec(_spec_of(kind), {})
    return {**made, "required": needed} if needed else made


def _account_spec() -> Schema:
    """Return the schema of an account's `spec`, which depends on its `type`."""
    return {
        "required": ["type"],
        "properties": {
            "type": {
                "title": "Type",
                "description": "The provider type.",
                "enum": list(provider_types()),
            }
        },
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{name}.{PROVIDER}"},
            }
            for name in provider_types()
        ],
    }


def _spec_of(kind: str) -> Schema:
    """Return the schema of a kind's `spec`, whichever provider type it belongs to."""
    types = types_with(kind)
    if len(types) == 1:
        return {"$ref": f"#/$defs/{types[0]}.{kind}"}
    unique = _unique_fields(kind, types)
    made = _of_no_known_type([schema_of(name, kind) for name in types], unique)
    for name in reversed([name for name in types if unique[name]]):
        has_one = {"anyOf": [{"required": [field]} for field in unique[name]]}
        made = {"if": has_one, "then": {"$ref": f"#/$defs/{name}.{kind}"}, "else": made}
    return made


def _unique_fields(kind: str, types: Sequence[str]) -> dict[str, list[str]]:
    """Return the fields of a kind that only one of the provider types has, by type."""
    fields = {name: set(schema_of(name, kind)["properties"]) for name in types}
    others = {name: set().union(*(fields[n] for n in types if n != name)) for name in types}
    return {name: sorted(fields[name] - others[name]) for name in types}


def _of_no_known_type(variants: list[Schema], unique: Mapping[str, list[str]]) -> Schema:
    """Return the schema of a `spec` that has no field by which its provider type is recognized.

    If each type requires a field that only it has, such a `spec` is wrong. It then fails for want
    of a required field "a or b", a name made up for the message that an editor shows: that of an
    `anyOf` would be unreadable.
    """
    requirements = [set(schema.get("required", ())) for schema in variants]
    unique_and_required = [
        next((field for field in names if field in each), "")
        for each, names in zip(requirements, unique.values(), strict=True)
    ]
    required = sorted(set.intersection(*requirements))
    if all(unique_and_required):
        required.append(" or ".join(unique_and_required))
    names = sorted(set().union(*(schema["properties"] for schema in variants)))
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _shared(_forms(variants, name)) for name in names},
        **({"required": required} if required else {}),
    }


def _forms(variants: list[Schema], field: str) -> list[Schema]:
    return [each["properties"][field] for each in variants if field in each["properties"]]


def _shared(forms: list[Schema]) -> Schema:
    """Return what several schemas of a field have in common, with the enum values of all."""
    first = forms[0]
    made: Schema = {key: first[key] for key in ("title", "description") if key in first}
    for key, value in first.items():
        each = [form.get(key) for form in forms]
        if each.count(value) == len(forms):
            made[key] = deepcopy(value)
        elif key == "items":
            made[key] = _shared([form[key] for form in forms])
        elif key == "enum" and all(each):
            made[key] = list(dict.fromkeys(chain.from_iterable(map(itemgetter(key), forms))))
    return made
