"""Reads and checks the variables and environments that `reconciler.yaml` declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.manifests.document import Document
from reconciler.manifests.fault import Fault, one_of, shown
from reconciler.manifests.schema.files import Schema
from reconciler.manifests.schema.validator import compile_schema, python_pattern
from reconciler.manifests.text.scalars import Plain, core
from reconciler.model.environment import Environment, Value
from reconciler.model.values import JsonValue
from reconciler.suggestions import did_you_mean

_SECRET_NAME = re.compile(r"(?i)(?:api_?key|secret|token|password|passwd|credential|appkey)s?$")
_SECRET_VALUE = re.compile(
    r"""(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[A-Za-z0-9+/_=-]{24,}
    | [0-9a-f]{32,} | [0-9A-F]{32,}
    | (?:gh[oprsu]_ | github_pat_ | glpat- | xox[a-z]- | [rs]k_live_)[\w-]{16,} # a service's token
    | [rs]k[_-](?=[\w-]*[0-9])[\w-]{16,}                                       # and no Slovak name
    | (?:AKIA | ASIA)[0-9A-Z]{16}                                             # AWS
    | eyJ[\w-]+\.[\w-]+\.[\w-]*                                              # a JSON web token
    | AGE-SECRET-KEY-\S+
    | \s*-----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*
    | [A-Za-z][A-Za-z0-9+.-]*://[^/@:\s]*:[^/@\s]+@\S*                        # a password in a URL
    """,
    re.VERBOSE | re.DOTALL,
)
_LIMITS = ("enum", "pattern", "minimum", "maximum", "minItems", "maxItems")
_OF_ITEMS = ("enum", "pattern")
_TYPES_OF = {
    "pattern": ("string", "strings"),
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
    "minItems": ("strings",),
    "maxItems": ("strings",),
}
"""The types of variables that a limit applies to; `enum` applies to all."""
_Path = tuple[str | int, ...]


Written = Mapping[_Path, JsonValue]
"""Values of variables before they get their declared type, by path in the project file."""


def written_values(document: Document) -> Written:
    """Return the values of variables in a project file, before its schema gives them types."""
    return {
        path: value
        for path, value in document.scalars()
        if path[:2] in {("spec", "variables"), ("spec", "environments")}
    }


def read_environments(
    document: Document, written: Written
) -> tuple[dict[str, Environment], list[Fault]]:
    """Return the environments of a project file that fits its schema, and what is wrong with them.

    If it declares none, there is one without a name, with the defaults of the variables.
    """
    reading = _Reading(document, written)
    faults = list(reading.declarations())
    if faults:
        return {}, faults
    return reading.environments(faults), faults


class _Reading:
    def __init__(self, document: Document, written: Written) -> None:
        self._document = document
        self._written = written
        spec: Mapping[str, Any] = document.value.get("spec", {})
        self._variables: Mapping[str, Mapping[str, Any]] = spec.get("variables", {})
        self._environments: Mapping[str, Mapping[str, Any]] = spec.get("environments", {})

    def declarations(self) -> Iterator[Fault]:
        """Check the declarations, defaults included."""
        for name, declared in self._variables.items():
            where = ("spec", "variables", name)
            try:
                re.compile(python_pattern(declared.get("pattern", "")))
            except re.error as error:
                message = f"the pattern of {name} is no regular expression: {error}"
                yield self._fault((*where, "pattern"), message)
                continue
            yield from self._idle_limits(name, declared)
            if "default" in declared:
                yield from self._value_faults(name, (*where, "default"))

    def _idle_limits(self, name: str, declared: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a fault for every limit that does not apply to a variable's type."""
        for limit, types in _TYPES_OF.items():
            if limit in declared and declared["type"] not in types:
                where = ("spec", "variables", name, limit)
                message = f"{name} is of type {declared['type']}, which {limit} does not limit"
                hint = f"take it out, or let the type be {' or '.join(types)}"
                yield self._fault(where, message, hint, key=True)

    def environments(self, faults: list[Fault]) -> dict[str, Environment]:
        """Return all environments; what is wrong with their values goes to `faults`."""
        if not self._environments:
            faults += self._without_value("", {})
            return {"": Environment(values=self._values("", {}))}
        made = {}
        for name, declared in self._environments.items():
            given = declared.get("variables", {})
            faults += self._undeclared(name, given)
            faults += self._without_value(name, given)
            for variable in given.keys() & self._variables.keys():
                where = ("spec", "environments", name, "variables", variable)
                faults += self._value_faults(variable, where)
            made[name] = Environment(
                name=name,
                values=self._values(name, given),
                state=declared.get("state"),
                protect=declared.get("protect", False),
                labels=declared.get("labels", {}),
            )
        return made

    def _values(self, environment: str, given: Mapping[str, Any]) -> dict[str, Value]:
        values = {}
        for name, declared in self._variables.items():
            if name in given:
                where: _Path = ("spec", "environments", environment, "variables", name)
                place = f"environments.{environment}"
            elif "default" in declared:
                where, place = ("spec", "variables", name, "default"), "variables"
            else:
                continue
            source = f"{name} in {place}, {self._document.locator(where)}"
            values[name] = Value(
                value=self._value(name, where),
                source=source,
                declared=self._document.locator.key(("spec", "variables", name)),
            )
        return values

    def _undeclared(self, environment: str, given: Mapping[str, Any]) -> Iterator[Fault]:
        for name in given:
            if name not in self._variables:
                where = ("spec", "environments", environment, "variables", name)
                hint = did_you_mean(name, self._variables) or one_of(self._variables)
                message = f"there is no variable {shown(name)}"
                yield self._fault(where, message, hint or "declare it in spec.variables", key=True)

    def _without_value(self, environment: str, given: Mapping[str, Any]) -> Iterator[Fault]:
        for name, declared in self._variables.items():
            if name in given or "default" in declared:
                continue
            if environment:
                where: _Path = ("spec", "environments", environment)
                message = f"environment {environment} has no value of {name}"
            else:
                where, message = ("spec", "variables", name), f"{name} has no value"
            yield self._fault(where, message, "give it one, or a default", key=True)

    def _value(self, name: str, where: _Path) -> JsonValue:
        """Return the value written at a path, with the variable's declared type."""
        if where in self._written:
            return _typed(self._written[where], self._variables[name]["type"])
        items = [each for each in self._written if each[:-1] == where]
        return [_typed(self._written[each], "string") for each in items]

    def _value_faults(self, name: str, where: _Path) -> Iterator[Fault]:
        """Check one value against its declaration, and that it is not a secret."""
        from reconciler.manifests.schema.explain import explain

        declared = self._variables[name]
        schema = _schema(declared)
        typed = self._value(name, where)
        if not compile_schema(schema)(typed):
            for reason in explain(schema, typed):
                message = reason.message.removeprefix("the document ")
                yield self._fault(where, f"{name} {message}", reason.hint)
        elif _looks_secret(name, typed):
            message = f"{name} looks like a credential, which is never written into a file"
            hint = "name it where it is needed with {fromEnv: NAME}; each environment has its own"
            yield self._fault(where, message, hint)

    def _fault(self, where: _Path, message: str, hint: str = "", *, key: bool = False) -> Fault:
        locate = self._document.locator.key if key else self._document.locator
        return Fault(origin=locate(where), message=message, hint=hint)


def _schema(declared: Mapping[str, Any]) -> Schema:
    limits = {name: declared[name] for name in _LIMITS if name in declared}
    if "pattern" in limits:
        limits["patternErrorMessage"] = f"must match {limits['pattern']}"
    if declared["type"] != "strings":
        return {"type": declared["type"], **limits}
    items = {
        name: limits.pop(name) for name in (*_OF_ITEMS, "patternErrorMessage") if name in limits
    }
    return {"type": "array", "items": {"type": "string", **items}, **limits}


def _typed(value: JsonValue, type_: str) -> JsonValue:
    """Give an unquoted scalar its declared type: a sender number keeps its zeros."""
    if not isinstance(value, Plain):
        return value
    return str(value) if type_ in {"string", "strings"} else core(value)


def _looks_secret(name: str, value: JsonValue) -> bool:
    texts = value if isinstance(value, list) else [value]
    return any(
        isinstance(text, str)
        and bool(text)
        and (bool(_SECRET_NAME.search(name)) or bool(_SECRET_VALUE.fullmatch(text)))
        for text in texts
    )
