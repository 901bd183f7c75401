"""Lets the schemas for editors accept a project's variables in place of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.manifests.schema.files import Schema
from reconciler.manifests.schema.schemas import PROJECT
from reconciler.model.values import JsonValue

_EXPRESSION = r"\$\{var\.[a-z][A-Za-z0-9]*\}"
_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str, int),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
}
_FOR_PEOPLE = ("title", "description")


class Variables:
    """Adds a project's variables to schemas."""

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        """Take the variables by name, each with its value in one of the environments."""
        self._values = values

    def in_spec(self, schema: Schema) -> Schema:
        """Return the schema of a `spec` in which each value may be a variable."""
        return schema if not self._values else self._inside(schema)

    def in_manifests(self, schema: Schema) -> Schema:
        """Return the schema of all manifests with variables allowed in specs and in labels.

        They are not allowed in names, kinds and life cycles, nor in the project file.
        """
        if not self._values:
            return schema
        metadata = schema["properties"]["metadata"]
        labels = self._inside(metadata["properties"]["labels"])
        metadata = {**metadata, "properties": {**metadata["properties"], "labels": labels}}
        return {
            **schema,
            "properties": {**schema["properties"], "metadata": metadata},
            "allOf": [self._spec_of(each) for each in schema["allOf"]],
            "$defs": {name: self._inside(each) for name, each in schema["$defs"].items()},
        }

    def _spec_of(self, rule: Schema) -> Schema:
        """Return the rule for one kind's documents, with variables allowed in their `spec`."""
        if rule["if"]["properties"]["kind"]["const"] == PROJECT:
            return rule
        then = rule["then"]
        properties = then["properties"]
        spec = self._inside(properties["spec"])
        return {**rule, "then": {**then, "properties": {**properties, "spec": spec}}}

    def _inside(self, schema: Schema) -> Schema:
        """Return a schema whose parts accept variables; its `if` stays as it is."""
        made: dict[str, Any] = dict(schema)
        if "properties" in schema:
            parts = schema["properties"].items()
            made["properties"] = {name: self._value(each) for name, each in parts}
        for word in ("items", "additionalProperties"):
            if isinstance(schema.get(word), dict):
                made[word] = self._value(schema[word])
        for word in ("then", "else"):
            if isinstance(schema.get(word), dict):
                made[word] = self._inside(schema[word])
        for word in ("anyOf", "allOf", "oneOf"):
            if word in schema:
                made[word] = [self._inside(each) for each in schema[word]]
        return made

    def _value(self, schema: Any) -> Any:
        """Return a value's schema: a variable, or what the schema demanded before."""
        if not isinstance(schema, dict) or "const" in schema:
            return schema
        inside = self._inside(schema)
        types = _types(schema)
        if not types or not (types <= _SCALARS or _is_list_of_texts(schema)):
            return inside
        names = [f"${{var.{name}}}" for name in self._fitting(types)]
        examples = {"examples": [*schema.get("examples", ()), *names]}
        return {
            **{word: schema[word] for word in _FOR_PEOPLE if word in schema},
            **(examples if names else {}),
            "if": {"type": "string", "pattern": _EXPRESSION},
            "then": {},
            "else": inside,
        }

    def _fitting(self, types: Iterable[str]) -> list[str]:
        """Return the names of variables whose value is of one of the types."""
        return [
            name
            for name, value in self._values.items()
            if any(type(value) in _TYPES.get(each, ()) for each in types)
        ]


def _types(schema: Schema) -> set[str]:
    types = schema.get("type", ["string"] if "enum" in schema else [])
    return {types} if isinstance(types, str) else set(types)


def _is_list_of_texts(schema: Schema) -> bool:
    items = schema.get("items")
    return _types(schema) == {"array"} and isinstance(items, dict) and "string" in _types(items)
