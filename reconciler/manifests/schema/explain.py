"""Says in words why a document does not fit its schema. Slow: used only after a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.manifests.fault import one_of, shown
from reconciler.manifests.schema.validator import identity, is_unique, python_pattern
from reconciler.manifests.text.positions import Path
from reconciler.model.personal import mask_number, mask_numbers_in
from reconciler.suggestions import did_you_mean

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from reconciler.manifests.schema.files import Schema

_TYPES = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "array": "a list",
    "null": "empty",
}
_CREDENTIALS = ("spec", "credentials")
_YES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


class Reason(NamedTuple):
    """One way in which a document does not fit."""

    path: Path
    at_key: bool
    """The key at `path` is wrong or missing, not a value."""
    message: str
    hint: str = ""


def explain(schema: Schema, value: Any) -> list[Reason]:
    """Return all reasons why `value` does not fit `schema`; none when it does."""
    found: dict[tuple[Path, bool, str], Reason] = {}
    for error in map(_refusal, _validator_class()(schema).iter_errors(value)):
        because = _because(schema, error.schema_path)
        for reason in _reasons_or_empty(schema, error):
            # An `if` repeats what the schema itself demands of the same field.
            if because and not reason.at_key and any(path == reason.path for path, _, _ in found):
                continue
            found[reason.path, reason.at_key, error.keyword + reason.message] = reason._replace(
                message=reason.message + because
            )
    return list(found.values())


def _reasons_or_empty(schema: Schema, error: _Refusal) -> Iterable[Reason]:
    empty = error.keyword == "type" and error.instance is None
    return [_left_empty(error)] if empty and _required(schema, error.path) else _reasons(error)


def dotted(path: Path) -> str:
    """Render a path as `spec.tags[0]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{_plain_key(step)}"
    return text.removeprefix(".")


def _plain_key(key: str) -> str:
    return key if key.isidentifier() else shown(key)


class _Refusal(NamedTuple):
    """One error of jsonschema's validator."""

    path: Path
    keyword: str
    expected: Any
    """The keyword's value."""
    instance: Any
    schema: Mapping[str, Any]
    """The part of the schema that has the keyword."""
    schema_path: Sequence[str | int]


def _refusal(error: ValidationError) -> _Refusal:
    return _Refusal(
        path=tuple(error.absolute_path),
        keyword=str(error.validator),
        expected=error.validator_value,
        instance=error.instance,
        schema=error.schema if isinstance(error.schema, dict) else {},
        schema_path=list(error.absolute_schema_path),
    )


@lru_cache(maxsize=1)
def _validator_class() -> type[Validator]:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    def pattern(_validator: Any, expected: str, value: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(value, str) and not re.search(python_pattern(expected), value):
            yield ValidationError("does not match")

    def unique(_validator: Any, expected: Any, value: Any, _schema: Any) -> Iterator[Any]:
        if expected and isinstance(value, list) and not is_unique(value):
            yield ValidationError("has one item twice")

    changed = {"pattern": pattern, "uniqueItems": unique}
    made: type[Validator] = extend(Draft202012Validator, changed)  # type: ignore[no-untyped-call]
    return made


def _reasons(error: _Refusal) -> Iterator[Reason]:
    path, keyword = error.path, error.keyword
    if "propertyNames" in error.schema_path:
        key = str(error.instance)
        yield Reason((*path, key), at_key=True, message=f"the key {shown(key)} {_pattern(error)}")
    elif keyword == "additionalProperties":
        yield from _unknown_fields(path, error.instance, error.schema)
    elif keyword == "required":
        yield from _missing_fields(error)
    elif keyword == "type" and (error.schema.get("x-source") or path == _CREDENTIALS):
        yield _literal(error)
    else:
        message, hint = _EXPLAINERS.get(keyword, _anything)(error)
        where = dotted(path) or "the document"
        yield Reason(path, at_key=False, message=f"{where} {message}", hint=hint)


def _missing_fields(error: _Refusal) -> Iterator[Reason]:
    where = f" in {dotted(error.path)}" if error.path else ""
    for name in error.expected:
        if name not in error.instance:
            yield Reason(error.path, at_key=True, message=f"{name} is missing{where}")


def _literal(error: _Refusal) -> Reason:
    """Refuse a secret written into the manifest, which should say where to read it."""
    what = error.schema.get("x-source", "credential")
    hint = "write {fromEnv: NAME} or {fromFile: path}"
    if what == "credential":
        hint += "; and make a new credential if anybody saw this one"
    message = f"{dotted(error.path)} must say where to read the {what}, not be the {what}"
    return Reason(error.path, at_key=False, message=message, hint=hint)


def _required(schema: Any, path: Path) -> bool:
    """Tell whether the schema requires the field at `path`."""
    for step in path[:-1]:
        if not isinstance(schema, dict):
            return False
        inside = schema.get("items") if isinstance(step, int) else schema.get("properties", {})
        schema = inside if isinstance(step, int) or inside is None else inside.get(step)
    return isinstance(schema, dict) and path[-1:] != () and path[-1] in schema.get("required", ())


def _left_empty(error: _Refusal) -> Reason:
    hint = "write {}" if error.expected == "object" else "give it a value"
    message = f"{dotted(error.path)} is required, and is left empty"
    return Reason(error.path, at_key=False, message=message, hint=hint)


def _unknown_fields(
    path: Path, instance: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[Reason]:
    known = schema.get("properties", {}).keys()
    where = f" in {dotted(path)}" if path else ""
    for name in instance:
        if name not in known:
            hint = did_you_mean(name, known - instance.keys()) or one_of(known)
            yield Reason(
                (*path, name), at_key=True, message=f"unknown field {shown(name)}{where}", hint=hint
            )


Words = tuple[str, str]
"""What a message says after the field's name, and a hint."""


def _type(error: _Refusal) -> Words:
    value = error.instance
    expected = error.expected
    names: Sequence[str] = [expected] if isinstance(expected, str) else expected
    schema = error.schema
    if "x-reference" in schema:
        words = f"the name of a {schema['x-reference']}, or {{id: …}}"
    else:
        words = " or ".join(_TYPES[name] for name in names)
    hint = _type_hint(value, names)
    if isinstance(value, str) and "file" in schema.get("properties", {}):
        hint = "write {file: path}"
    return f"must be {words}{_value_after(error)}", hint


def _type_hint(value: Any, names: Sequence[str]) -> str:
    if value is None:
        return _empty_hint(names)
    if isinstance(value, str) and not {"string", "object", "array"} & set(names):
        return _text_hint(value, names)
    if isinstance(value, (bool, int, float)) and "string" in names:
        return "put it in quotes"
    return ""


def _empty_hint(names: Sequence[str]) -> str:
    if "string" in names:
        return 'give it a value, remove the line, or write "" for an empty text'
    return "remove the line, or write {}" if "object" in names else "remove the line"


def _text_hint(value: str, names: Sequence[str]) -> str:
    if "boolean" in names and value.lower() in _YES:
        return f"write {_YES[value.lower()]}"
    number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) and {"integer", "number"} & {*names}
    truth = value in {"true", "false"} and "boolean" in names
    return "remove the quotes" if number or truth else ""


def _description(error: _Refusal) -> str:
    """Describe the wrong value."""
    value = error.instance
    if value is None:
        return "empty (null)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return shown(value) if isinstance(value, str) else mask_numbers_in(f"{value}")


def _sensitive(error: _Refusal) -> bool:
    return (
        "x-sensitive" in error.schema
        or "x-sensitive" in error.schema.get("items", {})
        or error.path[:2] == _CREDENTIALS
    )


def _value_after(error: _Refusal) -> str:
    """Return `, is <the wrong value>`: phone numbers are masked, secrets left out altogether."""
    empty = error.instance is None
    items = error.schema.get("items", {})
    scalar = isinstance(error.instance, str | int) and not isinstance(error.instance, bool)
    if scalar and ("x-phone" in error.schema or "x-phone" in items):
        return f", is {mask_number(str(error.instance))}"
    return "" if _sensitive(error) and not empty else f", is {_description(error)}"


def _length(limit: str) -> Callable[[_Refusal], Words]:
    def say(error: _Refusal) -> Words:
        count, allowed = len(error.instance), error.expected
        if not count:
            return "must not be empty", ""
        plural = "" if allowed == 1 else "s"
        return f"must be {limit} {allowed} character{plural} long, is {count}", ""

    return say


def _items(limit: str) -> Callable[[_Refusal], Words]:
    def say(error: _Refusal) -> Words:
        count, allowed = len(error.instance), error.expected
        if not count:
            return "must not be an empty list", ""
        plural = "" if allowed == 1 else "s"
        return f"must have {limit} {allowed} item{plural}, has {count}", ""

    return say


def _pattern_words(error: _Refusal) -> Words:
    return f"{_pattern(error)}{_value_after(error)}", ""


def _pattern(error: _Refusal) -> str:
    return str(error.schema.get("patternErrorMessage", "is not allowed"))


def _enum(error: _Refusal) -> Words:
    allowed = [str(value) for value in error.expected]
    hint = did_you_mean(error.instance, allowed) if isinstance(error.instance, str) else ""
    return f"must be one of {', '.join(allowed)}{_value_after(error)}", hint


def _const(error: _Refusal) -> Words:
    return f"must be {error.expected}{_value_after(error)}", ""


def _bound(words: str) -> Callable[[_Refusal], Words]:
    return lambda error: (f"must be {words} {error.expected}{_value_after(error)}", "")


def _unique(error: _Refusal) -> Words:
    seen: set[Any] = set()
    for value in error.instance:
        if identity(value) in seen:
            what = (
                f": {shown(value)}" if isinstance(value, str) and not _hidden_items(error) else ""
            )
            return f"names one item twice{what}", ""
        seen.add(identity(value))
    return "names one item twice", ""


def _hidden_items(error: _Refusal) -> bool:
    items = error.schema.get("items", {})
    return bool(items.get("x-sensitive")) or _sensitive(error)


def _one_field(error: _Refusal) -> Words:
    known = error.schema.get("properties", {})
    return f"must have exactly one of {', '.join(known)}", ""


def _any_of(error: _Refusal) -> Words:
    names = [name for option in error.expected for name in option.get("required", ())]
    if names:
        return f"must have at least one of {', '.join(names)}", ""
    return "has a form that is not allowed", ""


def _anything(_error: _Refusal) -> Words:
    return "is not allowed here", ""


_EXPLAINERS: Mapping[str, Callable[[_Refusal], Words]] = {
    "type": _type,
    "minLength": _length("at least"),
    "maxLength": _length("at most"),
    "minItems": _items("at least"),
    "maxItems": _items("at most"),
    "pattern": _pattern_words,
    "enum": _enum,
    "const": _const,
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "uniqueItems": _unique,
    "minProperties": _one_field,
    "maxProperties": _one_field,
    "anyOf": _any_of,
}


def _because(schema: Schema, path: Sequence[str | int]) -> str:
    """Return the condition under which a keyword holds, as ` (as type is mms)`."""
    if "then" not in path:
        return ""
    node: Any = schema
    for step in path[: path.index("then")]:
        # jsonschema's path is … "if", "then", …: both are keys of one mapping.
        node = node if step == "if" else node[step]
    condition = node.get("if", {}).get("properties", {}) if isinstance(node, Mapping) else {}
    words = [f"{name} is {part['const']}" for name, part in condition.items() if "const" in part]
    return f" (as {' and '.join(words)})" if words else ""
