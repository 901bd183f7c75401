"""A validator for the part of JSON Schema that our schemas use: says yes or no, and that quickly.

Compiling a schema takes a tenth of what fastjsonschema takes to generate code for it, which is most
of the time that reading five manifests takes. Unknown keywords are an error, not a pass. What it
refuses, jsonschema explains; tests hold the two, and jsonschema-rs, against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[Any], bool]
Schema: TypeAlias = Mapping[str, Any]

_DOLLAR = re.compile(r"(?<!\\)\$")
_FOR_PEOPLE = frozenset(
    {"title", "description", "examples", "default", "patternErrorMessage", "writeOnly"}
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
    """Return a schema's pattern as Python reads it: `$` is the very end, as in JavaScript."""
    return _DOLLAR.sub(r"\\Z", pattern)


def compile_schema(schema: Schema | bool) -> Check:
    """Compile a schema without references; raises `ValueError` for keywords not known here."""
    if isinstance(schema, bool):
        return lambda _value: schema
    keywords = {key for key in schema if not key.startswith(("$", "x-"))} - _FOR_PEOPLE
    if unknown := keywords - _KNOWN:
        message = f"the validator does not know {', '.join(sorted(unknown))}"
        raise ValueError(message)
    by_type: dict[type, Check] = {}
    if checks := _text_checks(schema):
        by_type[str] = _all(checks)
    if checks := _number_checks(schema):
        by_type[int] = by_type[float] = _all(checks)
    if checks := _list_checks(schema):
        by_type[list] = _all(checks)
    if keywords.intersection(_MAPPING):
        by_type[dict] = _mapping_check(schema)
    checks = _any_checks(schema)
    allowed = _types(schema)
    if allowed is None and not by_type:
        return _all(checks)
    return _typed(allowed, by_type, checks)


def _typed(allowed: Mapping[type, Check] | None, by_type: Mapping[type, Check], checks: list[Check]) -> Check:
    """Check the type first: the other keywords only concern some types."""
    if allowed is not None:
        # What follows from the type alone, in one look-up.
        merged = {
            kind: _all([*([] if check is _yes else [check]), *([by_type[kind]] if kind in by_type else []), *checks])
            for kind, check in allowed.items()
        }
        get = merged.get

        def check_typed(value: Any) -> bool:
            check = get(value.__class__)
            return check is not None and check(value)

        return check_typed

    def check_untyped(value: Any) -> bool:
        check = by_type.get(value.__class__)
        return (check is None or check(value)) and all(each(value) for each in checks)

    return check_untyped


def _yes(_value: Any) -> bool:
    return True


def _all(checks: list[Check]) -> Check:
    if not checks:
        return _yes
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)
    rest = _all(checks[1:])
    head = checks[0]
    return lambda value: head(value) and rest(value)


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
        search = re.compile(python_pattern(schema["pattern"])).search
        checks.append(lambda value: search(value) is not None)
    return checks


def _number_checks(schema: Schema) -> list[Check]:
    checks: list[Check] = []
    for name in _NUMBER:
        if name in schema:
            checks.append(_bound(name, schema[name]))
    return checks


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
        checks.append(_is_unique)
    return checks


def _is_unique(items: list[Any]) -> bool:
    if all(item.__class__ is str for item in items):
        return len(set(items)) == len(items)
    return not any(_same(item, other) for n, item in enumerate(items) for other in items[:n])


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal as JSON: a boolean is no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


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
        for name, item in value.items():
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
        constant = schema["const"]
        checks.append(lambda value: _same(value, constant))
    if "enum" in schema:
        values = schema["enum"]
        texts = frozenset(value for value in values if isinstance(value, str))
        if len(texts) == len(values):
            checks.append(lambda value: value.__class__ is str and value in texts)
        else:
            checks.append(lambda value: any(_same(value, each) for each in values))
    if "anyOf" in schema:
        options = [compile_schema(option) for option in schema["anyOf"]]
        checks.append(lambda value: any(option(value) for option in options))
    if "if" in schema:
        condition = compile_schema(schema["if"])
        then = compile_schema(schema.get("then", True))
        otherwise = compile_schema(schema.get("else", True))
        checks.append(lambda value: (then if condition(value) else otherwise)(value))
    return checks
