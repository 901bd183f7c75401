"""A quick validator for the part of JSON Schema that our schemas use: it only says yes or no.

A schema is compiled to closures in a fraction of a millisecond; generating code for it, as
fastjsonschema does, would take longer than everything else when five manifests are read. An unknown
keyword is an error. Why a value is refused, `explain` finds out by jsonschema; tests check that
both agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[Any], bool]
Schema: TypeAlias = Mapping[str, Any]
Subschema: TypeAlias = "Schema | bool"

_DOLLAR = re.compile(r"(?<!\\)\$")
_FOR_PEOPLE = frozenset(
    {
        "title",
        "description",
        "examples",
        "default",
        "deprecated",
        "patternErrorMessage",
        "writeOnly",
    }
)
_TEXT = ("minLength", "maxLength", "pattern")
_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LIST = ("items", "minItems", "maxItems", "uniqueItems")
_MAPPING = (
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
)
_ANY = ("type", "enum", "const", "anyOf", "if", "then", "else")
_KNOWN = frozenset((*_TEXT, *_NUMBER, *_LIST, *_MAPPING, *_ANY))


def python_pattern(pattern: str) -> str:
    """Return a schema's pattern for Python: `$` becomes the very end, as it is in JavaScript."""
    return _DOLLAR.sub(r"\\Z", pattern)


def compile_schema(schema: Subschema) -> Check:
    """Compile a schema without `$ref`; raises `ValueError` for an unknown keyword."""
    if isinstance(schema, bool):
        return lambda _value: schema
    keywords = {key for key in schema if not key.startswith(("$", "x-"))} - _FOR_PEOPLE
    if unknown := keywords - _KNOWN:
        message = f"the validator does not know {', '.join(sorted(unknown))}"
        raise ValueError(message)
    by_type = _checks_by_type(schema)
    checks = _any_checks(schema)
    allowed = _types(schema)
    if allowed is None and not by_type:
        return _all(checks)
    return _typed(allowed, by_type, checks)


def _checks_by_type(schema: Schema) -> dict[type, Check]:
    by_type: dict[type, Check] = {}
    if checks := _text_checks(schema):
        by_type[str] = _all(checks)
    if checks := _number_checks(schema):
        by_type[int] = by_type[float] = _all(checks)
    if checks := _list_checks(schema):
        by_type[list] = _all(checks)
    if schema.keys() & _MAPPING:
        by_type[dict] = _mapping_check(schema)
    return by_type


def _typed(
    allowed: Mapping[type, Check] | None, by_type: Mapping[type, Check], checks: list[Check]
) -> Check:
    """Return a check that looks up by a value's type what applies, as most keywords need one."""
    kinds = by_type if allowed is None else allowed
    merged: dict[type, Check] = {}
    for kind in kinds:
        parts = [*checks, by_type.get(kind, _yes), _yes if allowed is None else allowed[kind]]
        merged[kind] = _all([part for part in parts if part is not _yes])
    other = _all(checks) if allowed is None else _no
    get = merged.get
    return lambda value: get(value.__class__, other)(value)


def _yes(_value: Any) -> bool:
    return True


def _no(_value: Any) -> bool:
    return False


def _all(checks: list[Check]) -> Check:
    if not checks:
        return _yes
    if len(checks) == 1:
        return checks[0]
    first, rest = checks[0], _all(checks[1:])
    return lambda value: first(value) and rest(value)


_BY_NAME: Mapping[str, Mapping[type, Check]] = {
    "string": {str: _yes},
    "boolean": {bool: _yes},
    "null": {type(None): _yes},
    "array": {list: _yes},
    "object": {dict: _yes},
    "number": {int: _yes, float: _yes},
    "integer": {int: _yes, float: float.is_integer},
}


def _types(schema: Schema) -> Mapping[type, Check] | None:
    if "type" not in schema:
        return None
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {kind: check for name in names for kind, check in _BY_NAME[name].items()}


def _text_checks(schema: Schema) -> list[Check]:
    checks: list[Check] = []
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if longest is not None:
        checks.append(lambda value: shortest <= len(value) <= longest)
    elif shortest:
        checks.append(lambda value: len(value) >= shortest)
    if "pattern" in schema:
        checks.append(_pattern(python_pattern(schema["pattern"])))
    return checks


def _pattern(pattern: str) -> Check:
    """Compile the pattern at its first use: one with letters of all scripts takes long."""
    search: Callable[[str], object] | None = None

    def check(value: str) -> bool:
        nonlocal search
        if search is None:
            search = re.compile(pattern).search
        return search(value) is not None

    return check


def _number_checks(schema: Schema) -> list[Check]:
    return [_bound(name, schema[name]) for name in _NUMBER if name in schema]


def _bound(name: str, bound: float) -> Check:
    return {
        "minimum": lambda value: value >= bound,
        "maximum": lambda value: value <= bound,
        "exclusiveMinimum": lambda value: value > bound,
        "exclusiveMaximum": lambda value: value < bound,
    }[name]


def _list_checks(schema: Schema) -> list[Check]:
    checks: list[Check] = []
    if "minItems" in schema or "maxItems" in schema:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 1 << 62)
        checks.append(lambda value: least <= len(value) <= most)
    if "items" in schema:
        item = compile_schema(schema["items"])
        checks.append(lambda value: all(map(item, value)))
    if schema.get("uniqueItems"):
        checks.append(is_unique)
    return checks


def is_unique(items: list[Any]) -> bool:
    """Tell whether no value is in the list twice."""
    return len(set(map(identity, items))) == len(items)


def identity(value: Any) -> Hashable:
    """Return a key that is equal for values equal as JSON, where 1 is 1.0 but `true` is not 1."""
    if value.__class__ is bool:
        return (bool, value)
    if value.__class__ is list:
        return (list, *map(identity, value))
    if value.__class__ is dict:
        return (dict, frozenset((key, identity(item)) for key, item in value.items()))
    hashable: Hashable = value
    return hashable


def _mapping_check(schema: Schema) -> Check:
    fields = {name: compile_schema(part) for name, part in schema.get("properties", {}).items()}
    required = tuple(schema.get("required", ()))
    other = compile_schema(schema.get("additionalProperties", True))
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", 1 << 62)
    get = fields.get

    def check(value: dict[str, Any]) -> bool:
        for name in required:
            if name not in value:
                return False
        for name, item in value.items():  # noqa: SIM110 -- half again as fast as all(…)
            if not get(name, other)(item):
                return False
        return True

    checks: list[Check] = [check]
    if "minProperties" in schema or "maxProperties" in schema:
        checks.append(lambda value: least <= len(value) <= most)
    if "propertyNames" in schema:
        name_check = compile_schema(schema["propertyNames"])
        checks.append(lambda value: all(map(name_check, value)))
    return _all(checks)


def _any_checks(schema: Schema) -> list[Check]:
    checks: list[Check] = []
    if "const" in schema:
        constant = identity(schema["const"])
        checks.append(lambda value: identity(value) == constant)
    if "enum" in schema:
        values = frozenset(map(identity, schema["enum"]))
        checks.append(lambda value: identity(value) in values)
    if "anyOf" in schema:
        options = [compile_schema(option) for option in schema["anyOf"]]
        checks.append(lambda value: any(option(value) for option in options))
    if "if" in schema:
        condition = compile_schema(schema["if"])
        then = compile_schema(schema.get("then", True))
        otherwise = compile_schema(schema.get("else", True))
        checks.append(lambda value: (then if condition(value) else otherwise)(value))
    return checks
