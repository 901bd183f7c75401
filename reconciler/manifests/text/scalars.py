"""Gives unquoted (plain) scalars the type that a schema says.

YAML guesses types from how a plain scalar looks, which turns phone numbers into other numbers. Here
the schema decides: a plain scalar that looks like a number or a boolean is kept as `Plain` until
the kind of its document is known. All other plain scalars, and quoted ones, are texts right away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import TypeAlias

from reconciler.model.values import JsonValue


class Plain(str):
    """An unquoted scalar that a schema may turn into a number or a boolean."""

    __slots__ = ()


Typer: TypeAlias = Callable[[JsonValue], JsonValue]
"""Gives a value the type that its schema says; changes mappings and lists in place."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 40
"""Longer strings of digits stay texts: nobody means a number, and converting them is slow."""

NULLS = frozenset({"", "~", "null"})
BOOLEANS = {"true": True, "false": False}


def plain(text: str) -> str | None:
    """Return an unquoted scalar as it is before its schema is known: `None`, `Plain` or text."""
    if text in NULLS:
        return None
    if text in BOOLEANS or _NUMBER.fullmatch(text):
        return Plain(text)
    return text


def core(value: JsonValue) -> JsonValue:
    """Give every `Plain` the type that it looks like (a subset of YAML 1.2's core schema)."""
    if isinstance(value, Plain):
        return _number(value) if value not in BOOLEANS else BOOLEANS[value]
    if isinstance(value, dict):
        for key, item in value.items():
            value[key] = core(item)
    elif isinstance(value, list):
        value[:] = map(core, value)
    return value


def typer(schema: Mapping[str, JsonValue]) -> Typer:
    """Compile a schema without `$ref` to a function that gives types to values of that schema.

    A mapping whose fields the schema does not describe is left as it is.
    """
    properties = schema.get("properties")
    fields: dict[str, Typer] = {}
    if isinstance(properties, dict):
        fields = {name: typer(part) for name, part in properties.items() if isinstance(part, dict)}
    others = schema.get("additionalProperties")
    other = typer(others) if isinstance(others, dict) else core
    items = schema.get("items")
    item = typer(items) if isinstance(items, dict) else core
    is_open = not fields and others is None
    return _giver(_scalar(_names(schema)), None if is_open else fields, other, item)


def _names(schema: Mapping[str, JsonValue]) -> set[str]:
    """Return the types that a schema allows; with `const` or `enum`, text is among them."""
    types = schema.get("type")
    names = {str(name) for name in (types if isinstance(types, list) else [types])}
    return names | {"string"} if schema.keys() & {"const", "enum"} else names


def _giver(
    scalar: Callable[[Plain], JsonValue],
    fields: Mapping[str, Typer] | None,
    other: Typer,
    item: Typer,
) -> Typer:
    def give(value: JsonValue) -> JsonValue:
        if isinstance(value, Plain):
            return scalar(value)
        if isinstance(value, dict) and fields is not None:
            for key, part in value.items():
                if part.__class__ is not str:
                    value[key] = fields.get(key, other)(part)
        elif isinstance(value, list):
            value[:] = map(item, value)
        return value

    return give


def _scalar(names: set[str]) -> Callable[[Plain], JsonValue]:
    numeric = {"integer", "number"} & names
    if "string" in names:
        return _number if numeric else str
    if numeric:
        return _number
    if "boolean" in names:
        return lambda text: BOOLEANS.get(text, str(text))
    return core


def _number(text: Plain) -> JsonValue:
    if len(text) > _LONGEST_NUMBER:
        return str(text)
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and isfinite(number := float(text)):
        return number
    return str(text)
