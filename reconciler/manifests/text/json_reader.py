"""Parses JSON text: one document, several after another, or a list of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn

from reconciler.manifests.text.common import (
    MAX_DEPTH,
    MAX_DOCUMENT,
    MAX_NODES,
    Problem,
    Read,
    Span,
    UnreadableError,
)
from reconciler.manifests.text.positions import duplicates
from reconciler.manifests.text.scalars import Plain
from reconciler.model.values import JsonValue

_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def read_json(text: str) -> Read:
    """Read all documents up to the first syntax error."""
    documents: list[tuple[JsonValue, Span]] = []
    problems: list[Problem] = []
    try:
        for value, span, repeated in _documents(text):
            seen = len(problems)
            problems.extend(_problems(value, text, span))
            if repeated:
                problems.extend(duplicates(text, span, json=True))
            if len(problems) == seen:
                documents.append((value, span))
    except json.JSONDecodeError as error:
        problems.append(Problem(error.lineno, error.colno, f"not valid JSON: {error.msg}"))
    except RecursionError:
        problems.append(Problem(1, 1, f"nested more than {MAX_DEPTH} levels deep"))
    return documents, problems


def _documents(text: str) -> Iterator[tuple[JsonValue, Span, bool]]:
    """Yield each document, its span, and whether a key in it is repeated."""
    decoder = _Decoder()
    start = _skip(text, 0)
    in_list = text[start : start + 1] == "["
    index = _skip(text, start + 1) if in_list else start
    line, counted = 1, 0
    while index < len(text) and not (in_list and text[index] == "]"):
        value, end = decoder.decode(text, index)
        line += text.count("\n", counted, index)
        counted = index
        column = index - text.rfind("\n", 0, index)
        yield value, Span(line, column, index, end), decoder.repeated
        index = _after_item(text, end) if in_list else _skip(text, end)
    if in_list:
        _check_end(text, index)


def _check_end(text: str, index: int) -> None:
    """Raise `JSONDecodeError` unless a list ends here, and the text with it."""
    if text[index : index + 1] != "]":
        raise json.JSONDecodeError("Expecting an object or the end of the list", text, index)
    if (rest := _skip(text, index + 1)) < len(text):
        raise json.JSONDecodeError("Extra text after the list", text, rest)


class _Decoder:
    """Decodes one value after another, and notes whether a key in it is repeated."""

    def __init__(self) -> None:
        self.repeated = False
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._pairs,
            parse_int=Plain,
            parse_float=Plain,
            parse_constant=_refuse,
        )

    def decode(self, text: str, index: int) -> tuple[JsonValue, int]:
        """Return the value that begins at an index, and the index at which it ends."""
        self.repeated = False
        try:
            return self._decoder.raw_decode(text, index)
        except _NotJsonError as error:
            raise json.JSONDecodeError(str(error), text, index) from None

    def _pairs(self, items: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        result = dict(items)
        self.repeated = self.repeated or len(result) != len(items)
        return result


def _after_item(text: str, index: int) -> int:
    """Return the index of a list's next item, or of its closing bracket."""
    index = _skip(text, index)
    if text[index : index + 1] == "]":
        return index
    if text[index : index + 1] != "," or text[
        _skip(text, index + 1) : _skip(text, index + 1) + 1
    ] in {"", "]"}:
        raise json.JSONDecodeError("Expecting another object or the end of the list", text, index)
    return _skip(text, index + 1)


class _NotJsonError(Exception):
    """A word that Python's parser accepts but JSON does not have, such as `NaN`."""


def _skip(text: str, index: int) -> int:
    found = _SPACE.match(text, index)
    return found.end() if found else index


def _refuse(name: str) -> NoReturn:
    raise _NotJsonError(f"{name} is not JSON")


def _problems(value: JsonValue, text: str, span: Span) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(span.line, span.column, "a manifest is an object, or a list of objects")
    if span.end - span.start > MAX_DOCUMENT:
        yield Problem(
            span.line, span.column, f"the document is larger than {MAX_DOCUMENT >> 20} MiB"
        )
    try:
        nodes = _count(value, 1, span)
        if nodes > MAX_NODES:
            message = f"the document has more than {MAX_NODES:,} values"
            yield Problem(span.line, span.column, message)
        if "\\u" in text[span.start : span.end] and _broken_text(value):
            message = "a text holds half of a surrogate pair (\\ud800 to \\udfff)"
            yield Problem(span.line, span.column, message)
    except UnreadableError as error:
        yield error.problem


def _count(value: JsonValue, depth: int, span: Span) -> int:
    if not isinstance(value, (dict, list)):
        return 1
    if depth > MAX_DEPTH:
        message = f"nested more than {MAX_DEPTH} levels deep"
        raise UnreadableError(Problem(span.line, span.column, message))
    items = value.values() if isinstance(value, dict) else value
    return 1 + sum(_count(item, depth + 1, span) for item in items)


def _broken_text(value: JsonValue) -> bool:
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    if isinstance(value, dict):
        return any(_broken_text(key) or _broken_text(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_broken_text, value))
