"""Changes values in existing manifests: comments, order and style of everything else stay.

No file is written here: the result is each file's new content. It is parsed again to prove that
exactly the fields in question have changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from reconciler.manifests.document import Locator, Source, read_text
from reconciler.manifests.fault import Fault
from reconciler.manifests.text.common import Span, UnreadableError, decode
from reconciler.manifests.variables import expressions
from reconciler.manifests.writing.editing import Edit, Editor, UneditableError, edited
from reconciler.model.resource import Resource
from reconciler.model.values import JsonValue

_MARK = b"\xef\xbb\xbf"
"""The byte order mark at the beginning of some files, which is no part of their text."""
_EXPRESSION = re.compile(r"\$\{var\.")


class NewValue(Struct, frozen=True, kw_only=True):
    """A field and the value that it is to have in its manifest."""

    resource: Resource
    name: str
    value: JsonValue
    """In the form that manifests have."""
    same: Callable[[JsonValue, JsonValue], bool]
    """Tells whether two items of the field, in the form that manifests have, mean the same."""


class _Located(NamedTuple):
    """A new value, and where its document stands in the file."""

    new: NewValue
    span: Span


class Rewriting(Struct, frozen=True, kw_only=True):
    """One manifest file's content before and after the change."""

    source: Source
    before: bytes
    after: bytes


def rewritten(values: Iterable[NewValue]) -> tuple[list[Rewriting], list[Fault]]:
    """Return the files that change, and a fault for each value that cannot be written."""
    by_file: dict[Source, list[_Located]] = {}
    faults: list[Fault] = []
    for new in values:
        locate = new.resource.locate
        if isinstance(locate, Locator):
            by_file.setdefault(locate.source, []).append(_Located(new, locate.span))
        else:
            faults.append(_fault(new, "it stands in no file"))
    made = [_File(source).rewritten(values, faults) for source, values in by_file.items()]
    return [each for each in made if each.before != each.after], faults


def _fault(new: NewValue, message: str) -> Fault:
    origin = new.resource.locate(("spec", new.name))
    return Fault(origin=origin, address=str(new.resource.address), message=message)


class _File:
    """One file: all of its new values are written, or none."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def rewritten(self, places: list[_Located], faults: list[Fault]) -> Rewriting:
        seen = len(faults)
        before = self._read([place.new for place in places], faults)
        if len(faults) > seen:
            return Rewriting(source=self._source, before=before, after=before)
        text = decode(before)
        edits: list[Edit] = []
        for new, span in places:
            try:
                edits += self._edits(text, new, span)
            except UneditableError as why:
                faults.append(_fault(new, f"{new.name} cannot be written: {why}"))
        after = edited(text, edits)
        if len(faults) == seen:
            wrong = self._miswritten(text, after, places)
            faults += (_fault(each, "the file would say something else") for each in wrong)
        mark = _MARK if before.startswith(_MARK) else b""
        return Rewriting(source=self._source, before=before, after=mark + after.encode())

    def _read(self, values: list[NewValue], faults: list[Fault]) -> bytes:
        """Return the file's bytes; what prevents editing goes to `faults`."""
        message = ""
        data = b""
        if self._source.kept is not None:
            message = "it comes from stdin, which cannot be written"
        else:
            try:
                data = self._source.read()
                if hashlib.sha256(data).hexdigest() != self._source.digest:
                    message = "its file has changed while this ran"
                elif decode(data).encode() != data.removeprefix(_MARK):
                    message = "its file holds byte order marks: write it by hand"
            except (OSError, UnreadableError):
                message = "its file cannot be read any more"
        if message:
            faults += (_fault(new, message) for new in values)
        return data

    def _edits(self, text: str, new: NewValue, span: Span) -> list[Edit]:
        raw = self._documents(text)[span.start].get("spec")
        old = raw.get(new.name) if isinstance(raw, dict) else None
        names = list(dict.fromkeys(_variables(old)))
        if names:
            variables = ", ".join(f"${{var.{name}}}" for name in names)
            raise UneditableError(f"it comes from {variables}: change the variable instead")
        items = old if isinstance(old, list) else []
        editor = Editor(text, span, json=self._source.json)
        return editor.set(
            new.name, _escaped(new.value), lambda index, value: new.same(items[index], value)
        )

    def _documents(self, text: str) -> dict[int, dict[str, JsonValue]]:
        """Return the documents that are mappings, by the index at which they begin."""
        documents, _ = read_text(text, json=self._source.json)
        return {span.start: value for value, span in documents if isinstance(value, dict)}

    def _miswritten(self, before: str, after: str, places: list[_Located]) -> list[NewValue]:
        """Return the values that the new text does not have; all, if it changed anything else."""
        documents, written = self._documents(before), self._documents(after)
        everything = [place.new for place in places]
        if len(documents) != len(written):
            return everything
        wrong: list[NewValue] = []
        for (start, was), now in zip(documents.items(), written.values(), strict=True):
            meant = [new for new, span in places if span.start == start]
            wrong += [new for new in meant if not _is_written(new, _spec(was), _spec(now))]
            names = {new.name for new in meant}
            if _without(was, names) != _without(now, names):
                return everything
        return wrong


def _spec(document: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    spec = document.get("spec")
    return spec if isinstance(spec, dict) else {}


def _without(document: Mapping[str, JsonValue], names: set[str]) -> JsonValue:
    spec = {name: value for name, value in _spec(document).items() if name not in names}
    return {**document, "spec": spec}


def _is_written(new: NewValue, was: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> bool:
    """Tell whether `now` has the new value; list items may keep the spelling they had in `was`."""
    written, value = now.get(new.name), _escaped(new.value)
    if not isinstance(value, list):
        return _untyped(written) == _untyped(value)
    items, old = (written if isinstance(written, list) else []), was.get(new.name)
    kept = old if isinstance(old, list) else []
    return len(items) == len(value) and all(
        any(_untyped(i) == _untyped(each) or (i in kept and new.same(i, each)) for i in items)
        for each in value
    )


def _untyped(value: JsonValue) -> JsonValue:
    """Return a value as the parser reads it before a schema gives types: scalars as text."""
    if isinstance(value, dict):
        return {name: _untyped(each) for name, each in value.items()}
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def _variables(value: JsonValue) -> Iterable[str]:
    if isinstance(value, str):
        return expressions(value)
    if isinstance(value, list):
        return chain.from_iterable(map(_variables, value))
    return chain.from_iterable(map(_variables, value.values())) if isinstance(value, dict) else ()


def _escaped(value: JsonValue) -> JsonValue:
    """Return a value whose `${var.` is written as `$${var.`, so that it stays text."""
    if isinstance(value, str):
        return _EXPRESSION.sub(lambda match: f"${match.group()}", value)
    return [_escaped(each) for each in value] if isinstance(value, list) else value
