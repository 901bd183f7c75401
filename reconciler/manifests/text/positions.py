"""Finds line and column of every value of one document, by parsing its text again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any, NamedTuple, TypeAlias

from reconciler.manifests.fault import shown
from reconciler.manifests.text.common import LineColumn, Problem, Span

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a value, such as `("spec", "tags", 0)`."""


class Position(NamedTuple):
    """Where a value stands, and its key; an item of a list has its own position as key."""

    key: LineColumn
    value: LineColumn


def positions(text: str, span: Span, *, json: bool = False) -> dict[Path, Position]:
    """Return the position of every value of the document in `span` of a file's text."""
    found: dict[Path, Position] = {}
    for path, position in _json(text, span) if json else _yaml(text, span):
        found.setdefault(path, position)
    return found


def duplicates(text: str, span: Span, *, json: bool = False) -> Iterator[Problem]:
    """Yield a problem for every key that its mapping already has.

    `span` counts its characters from the start of `text`; its line may count from elsewhere.
    """
    found: dict[Path, Position] = {}
    for path, position in _json(text, span) if json else _yaml(text, span):
        if path in found:
            yield Problem(
                *position.key,
                f"the key {shown(str(path[-1]))} is already in line {found[path].key.line}",
                "remove one of them",
            )
        found.setdefault(path, position)


def _yaml(text: str, span: Span) -> Iterator[tuple[Path, Position]]:
    import yaml

    from reconciler.manifests.text.surrogates import mended

    # Spaces in front keep the columns as they are in the file.
    part = " " * (span.column - 1) + text[span.start : span.end]
    while True:
        try:
            return iter(list(_events(part, span)))
        except yaml.YAMLError as error:
            better = mended(part, error)
            if better is None:
                raise
            part = better


def _events(part: str, span: Span) -> Iterator[tuple[Path, Position]]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(part)
    get = loader.get_event
    get()
    get()

    def place(event: Any) -> LineColumn:
        return LineColumn(event.start_mark.line + span.line, event.start_mark.column + 1)

    def walk(event: Any, path: Path, key: LineColumn | None) -> Iterator[tuple[Path, Position]]:
        here = place(event)
        yield path, Position(key or here, here)
        if isinstance(event, yaml.MappingStartEvent):
            while not isinstance(name := get(), yaml.MappingEndEvent):
                if isinstance(name, yaml.ScalarEvent):
                    yield from walk(get(), (*path, name.value), place(name))
                else:
                    for _ in walk(name, (), None):
                        pass
                    for _ in walk(get(), (), None):
                        pass
        elif isinstance(event, yaml.SequenceStartEvent):
            index = 0
            while not isinstance(item := get(), yaml.SequenceEndEvent):
                yield from walk(item, (*path, index), None)
                index += 1

    yield from walk(get(), (), None)


_STRING = JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\n\r]*")
_ATOM = re.compile(r"[^\s,\]}]+")


class _JsonWalker:
    """Finds the positions in a document that is known to be valid JSON."""

    def __init__(self, text: str, span: Span) -> None:
        self._text = text
        self._index = span.start
        self._line_start = span.start - (span.column - 1)
        self._line = span.line
        self._counted = span.start

    def _next(self) -> str:
        """Move to the next character that is no space, and return it."""
        found = _SPACE.match(self._text, self._index)
        self._index = found.end() if found else self._index
        return self._text[self._index : self._index + 1]

    def _place(self) -> LineColumn:
        lines = self._text.count("\n", self._counted, self._index)
        if lines:
            self._line += lines
            self._line_start = self._text.rfind("\n", 0, self._index) + 1
        self._counted = self._index
        return LineColumn(self._line, self._index - self._line_start + 1)

    def walk(self, path: Path, key: LineColumn | None) -> Iterator[tuple[Path, Position]]:
        first = self._next()
        here = self._place()
        yield path, Position(key or here, here)
        if first == "{":
            self._index += 1
            while self._next() not in {"}", ""}:
                at = self._place()
                name, self._index = _STRING(self._text, self._index)
                self._next()
                self._index += 1
                yield from self.walk((*path, name), at)
                self._skip_comma()
            self._index += 1
        elif first == "[":
            self._index += 1
            index = 0
            while self._next() not in {"]", ""}:
                yield from self.walk((*path, index), None)
                index += 1
                self._skip_comma()
            self._index += 1
        elif first == '"':
            _, self._index = _STRING(self._text, self._index)
        else:
            atom = _ATOM.match(self._text, self._index)
            self._index = atom.end() if atom else len(self._text)

    def _skip_comma(self) -> None:
        if self._next() == ",":
            self._index += 1


def _json(text: str, span: Span) -> Iterator[tuple[Path, Position]]:
    yield from _JsonWalker(text, span).walk((), None)
