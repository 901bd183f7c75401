"""Replaces `${var.name}` in parsed documents by the values of an environment's variables.

Only values in `spec` and in `metadata.labels` are looked at. A scalar that is nothing but a
variable gets its type; a variable inside a longer text must be a text or a whole number. What was
put in is not looked at again, so a value can add neither structure nor other variables.
`$${var.name}` becomes the text `${var.name}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from reconciler.manifests.document import Document
from reconciler.manifests.fault import Fault, one_of, printable, shown
from reconciler.manifests.text.positions import Path
from reconciler.manifests.text.scalars import Plain
from reconciler.model.environment import Environment, Value
from reconciler.model.origin import Origin
from reconciler.model.values import JsonValue
from reconciler.suggestions import did_you_mean

_EXPRESSION = re.compile(r"(?P<literal>\$)?\$\{var\.(?P<name>[^{}]*)\}")
_SIGN = "${var."
_PLACES: tuple[Path, ...] = (("spec",), ("metadata", "labels"))


def expressions(text: str) -> list[str]:
    """Return the names of the variables that a text mentions."""
    return [match["name"] for match in _EXPRESSION.finditer(text) if not match["literal"]]


class Filling(Struct, kw_only=True):
    """Fills in documents, and remembers where each value came from."""

    environment: Environment
    used: set[str] = field(default_factory=set)
    """The names of variables that some document mentions."""
    sources: dict[Origin, str] = field(default_factory=dict)
    """The variables that were put into a scalar, in words, by where it stands."""

    def fill(self, document: Document) -> list[Fault]:
        """Put values into one document; return what is wrong with its `${var.…}`."""
        faults: list[Fault] = []
        for place in _PLACES:
            inside: Any = document.value
            for step in place[:-1]:
                inside = inside.get(step) if isinstance(inside, dict) else None
            if isinstance(inside, dict) and place[-1] in inside:
                self._walk(inside, place[-1], place, document, faults)
        return faults

    def mention(self, document: Document) -> None:
        """Count the variables of a document as used, although this environment leaves it out."""
        for _, text in document.scalars():
            if isinstance(text, str) and _SIGN in text:
                self.used.update(expressions(text))

    def _walk(
        self, holder: Any, key: str | int, path: Path, document: Document, faults: list[Fault]
    ) -> None:
        value = holder[key]
        if isinstance(value, str):
            if _SIGN in value:
                holder[key] = self._filled(value, path, document, faults)
        elif isinstance(value, dict):
            for name in value:
                self._walk(value, name, (*path, name), document, faults)
        elif isinstance(value, list):
            for index in range(len(value)):
                self._walk(value, index, (*path, index), document, faults)

    def _filled(self, text: str, path: Path, document: Document, faults: list[Fault]) -> JsonValue:
        found = list(_EXPRESSION.finditer(text))
        names = expressions(text)
        wrong = list(self._unknown(names, path, document))
        if wrong:
            faults += wrong
            return text
        values = {name: self.environment.values[name] for name in names}
        if len(found) == 1 and names and found[0].group() == text:
            self._note(path, document, values)
            return _scalar(values[names[0]].value)
        for name, value in values.items():
            if isinstance(value.value, list | float | bool):
                message = f"{name} cannot stand inside a longer text: it is no text or whole number"
                faults.append(_fault(document, path, message, "let it be the whole value"))
                return text
        self._note(path, document, values)
        return _EXPRESSION.sub(lambda match: _replacement(match, values), text)

    def _note(self, path: Path, document: Document, values: Mapping[str, Value]) -> None:
        self.used |= values.keys()
        if values:
            self.sources[document.locator(path)] = "; ".join(
                each.source for each in values.values()
            )

    def _unknown(self, names: list[str], path: Path, document: Document) -> Iterator[Fault]:
        known = self.environment.values
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known) or one_of(known)
                message = f"there is no variable {shown(name)}"
                hint = hint or "declare it as spec.variables in reconciler.yaml"
                yield _fault(document, path, message, hint)

    def with_source(self, fault: Fault) -> Fault:
        """Return the fault; if a variable's value is at fault, the message says which variable."""
        source = self.sources.get(fault.origin)
        if source is None:
            return fault
        return Fault(
            origin=fault.origin,
            address=fault.address,
            message=f"{fault.message} (from {source})",
            hint=fault.hint,
        )


def _scalar(value: JsonValue) -> JsonValue:
    """Return a value as if written without quotes: its schema may make a text of it again."""
    if isinstance(value, list):
        return list(value)
    if isinstance(value, bool):
        return Plain(str(value).lower())
    return Plain(str(value)) if isinstance(value, int | float) else value


def _replacement(match: re.Match[str], values: Mapping[str, Value]) -> str:
    if match["literal"]:
        return match.group()[1:]
    return str(values[match["name"]].value)


def _fault(document: Document, path: Path, message: str, hint: str) -> Fault:
    parts = (
        document.text("metadata", "provider"),
        document.text("kind"),
        document.text("metadata", "name"),
    )
    return Fault(
        origin=document.locator(path),
        address=printable("/".join(part for part in parts if part)),
        message=message,
        hint=hint,
    )
