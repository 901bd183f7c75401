"""Parses YAML text to plain values, straight from libyaml's events.

One pass builds the values and refuses what PyYAML's own constructor would accept: duplicate keys,
merge keys, tags, alias bombs, deep nesting. `positions` finds where single values stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from reconciler.manifests.fault import shown
from reconciler.manifests.text.comments import SUSPICIOUS, cut_of
from reconciler.manifests.text.common import (
    MAX_ALIASES,
    MAX_DEPTH,
    MAX_DOCUMENT,
    MAX_NODES,
    Cut,
    Problem,
    Read,
    Span,
    UnreadableError,
)
from reconciler.manifests.text.positions import duplicates
from reconciler.manifests.text.scalars import BOOLEANS, NULLS, Plain, plain
from reconciler.manifests.text.surrogates import mended, without_fillers
from reconciler.manifests.text.syntax import syntax_problem
from reconciler.model.values import JsonValue

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = NULLS | BOOLEANS.keys()
_DIGITS = frozenset("-0123456789")
_NEXT_DOCUMENT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_MAX_RESTARTS = 100
_MAX_CUTS = 20
"""The most texts of one document that are reported as cut short by a comment."""


def read_yaml(text: str) -> Read:
    """Read all documents; after a syntax error or an exceeded limit, go on with the next `---`."""
    documents: list[tuple[JsonValue, Span]] = []
    problems: list[Problem] = []
    start, lines = 0, 0
    mended_once = False
    for _ in range(_MAX_RESTARTS):
        part = text[start:] if start else text
        before = len(documents), len(problems)
        try:
            for value, span in _Reader(part, problems, lines).documents():
                documents.append(
                    (value, span._replace(start=span.start + start, end=span.end + start))
                )
            break
        except yaml.YAMLError as error:
            if (better := mended(part, error)) is not None:
                text, mended_once = text[:start] + better, True
                del documents[before[0] :], problems[before[1] :]
                continue
            index, problem = syntax_problem(error, part, lines)
        except _TooMuchError as error:
            # libyaml must not read the rest: deep nesting costs it quadratic time.
            index, problem = error.index, error.problem
        problems.append(problem)
        # `---` at the start of a line ends a document, even inside of quotes.
        found = _NEXT_DOCUMENT.search(part, max(part.rfind("\n", 0, index) + 1, 1))
        if found is None:
            break
        lines += part.count("\n", 0, found.start())
        start += found.start()
    else:
        problems.append(Problem(lines + 1, 1, "too many faults: the rest of the file was not read"))
    if mended_once:
        documents = [(without_fillers(value), span) for value, span in documents]
    return documents, problems


class _TooMuchError(UnreadableError):
    """A document breaks a limit."""

    def __init__(self, problem: Problem, index: int) -> None:
        """Keep what to report, and where in the text reading stopped."""
        super().__init__(problem)
        self.index = index


class _Reader:
    """Reads one stream of documents."""

    __slots__ = (
        "_aliases",
        "_anchors",
        "_cuts",
        "_duplicate",
        "_get",
        "_lines",
        "_nodes",
        "_problems",
        "_suspicious",
        "_text",
        "_unused",
    )

    def __init__(self, text: str, problems: list[Problem], lines: int) -> None:
        self._text = text
        self._get: Callable[[], Any] = _LOADER(text).get_event
        self._problems = problems
        self._lines = lines
        """The number of lines in the file before this text."""
        self._suspicious = SUSPICIOUS.search(text) is not None
        """Some value may be cut short by a comment."""
        self._start_document()

    def _start_document(self) -> None:
        self._nodes = 0
        self._aliases = 0
        self._duplicate = False
        self._anchors: dict[str, tuple[JsonValue, int, int] | None] = {}
        """By name: the value, its number of nodes and of levels; `None` while it is read."""
        self._unused: dict[str, Any] = {}
        """Texts without quotes whose anchor no alias has named yet, by the anchor's name."""
        self._cuts: list[Cut] = []

    def documents(self) -> Iterator[tuple[JsonValue, Span]]:
        get = self._get
        while (event := get()).__class__ is not StreamEndEvent:
            if event.__class__ is not DocumentStartEvent:
                continue
            self._start_document()
            first = get()
            seen = len(self._problems)
            value = self._value(first, 1)
            mark = first.start_mark
            span = Span(
                mark.line + 1 + self._lines, mark.column + 1, mark.index, get().start_mark.index
            )
            if self._cuts:
                span = span._replace(cuts=tuple(self._cuts))
            self._check_document(value, first, span)
            if value is not None and len(self._problems) == seen:
                yield value, span

    def _check_document(self, value: JsonValue, first: Any, span: Span) -> None:
        if span.end - span.start > MAX_DOCUMENT:
            self._problem(first, f"the document is larger than {MAX_DOCUMENT >> 20} MiB")
        for name, event in islice(self._unused.items(), _MAX_CUTS):
            message = f"YAML takes {shown(f'&{name}')} for an anchor, which no alias names"
            self._problem(event, message, "put the text in quotes")
        if self._duplicate:
            self._problems.extend(duplicates(self._text, span))
        if value is not None and not isinstance(value, dict):
            self._problem(
                first, "a manifest is a mapping (`apiVersion: …`, `kind: …`), not a list or a text"
            )

    def _value(self, event: Any, depth: int) -> JsonValue:
        self._nodes += 1
        kind = event.__class__
        if kind is AliasEvent:
            return self._alias(event, depth)
        if event.tag is not None:
            self._problem(
                event, f"YAML tags are not supported: {shown(event.tag)}", "quote the value instead"
            )
        if event.anchor is not None:
            return self._anchored(event, depth)
        if kind is ScalarEvent:
            if self._suspicious:
                self._note_cut(event, event.start_mark.column - 1)
            return event.value if event.style else plain(event.value)
        if depth > MAX_DEPTH:
            raise self._refusal(event, f"nested more than {MAX_DEPTH} levels deep")
        return self._mapping(depth) if kind is MappingStartEvent else self._sequence(depth)

    def _mapping(self, depth: int) -> dict[str, JsonValue]:
        get = self._get
        result: dict[str, JsonValue] = {}
        while True:
            event = get()
            if event.__class__ is MappingEndEvent:
                return result
            key = event.value if event.__class__ is ScalarEvent else None
            if key is None or (not event.style and (key in _WORDS or key[0] in "-0123456789<")):
                key = self._odd_key(event, depth)
            item = get()
            if item.__class__ is ScalarEvent and item.anchor is None and item.tag is None:
                self._nodes += 1
                if self._suspicious:
                    self._note_cut(item, event.start_mark.column)
                text: str = item.value
                value: JsonValue = text
                if not item.style and (text in _WORDS or text[0] in _DIGITS):
                    value = plain(text)
            else:
                value = self._value(item, depth + 1)
            if key in result:
                self._duplicate = True
            elif (
                event.anchor is not None or event.tag is not None
            ) and event.__class__ is ScalarEvent:
                self._problem(event, "tags and anchors on a key are not supported")
            result[key] = value
            if self._nodes > MAX_NODES:
                raise self._too_many(event)

    def _sequence(self, depth: int) -> list[JsonValue]:
        get = self._get
        result: list[JsonValue] = []
        while (event := get()).__class__ is not SequenceEndEvent:
            result.append(self._value(event, depth + 1))
            if self._nodes > MAX_NODES:
                raise self._too_many(event)
        return result

    def _note_cut(self, event: Any, column: int) -> None:
        """Note a scalar if a comment cuts it short."""
        if len(self._cuts) < _MAX_CUTS and (cut := cut_of(self._text, event, column, self._lines)):
            self._cuts.append(cut)

    def _odd_key(self, event: Any, depth: int) -> str:
        """Report a key that is not a text, and return a key to go on with."""
        if event.__class__ is not ScalarEvent:
            self._problem(event, "a key must be a text, not a list, a mapping or an alias")
            if event.__class__ is not AliasEvent:
                self._value(event, depth + 1)
            return ""
        key: str = event.value
        if key == "<<":
            self._problem(event, "merge keys (<<) are not supported", "repeat the fields")
        elif (text := plain(key)) is None or text.__class__ is Plain:
            self._problem(event, f"the key {shown(key)} is not a text", "quote it")
        return key

    def _anchored(self, event: Any, depth: int) -> JsonValue:
        name, event.anchor = event.anchor, None
        tag, event.tag = event.tag, None
        self._anchors[name] = None
        if event.__class__ is ScalarEvent and not event.style:
            self._unused[name] = event
        before = self._nodes
        self._nodes -= 1
        value = self._value(event, depth)
        event.tag = tag
        self._anchors[name] = (value, self._nodes - before + 1, _levels(value))
        return value

    def _alias(self, event: Any, depth: int) -> JsonValue:
        known = self._anchors.get(event.anchor)
        self._aliases += 1
        if known is None:
            message = f"the alias *{event.anchor} stands for nothing, or for itself"
            raise self._refusal(event, message, "quote the text if no alias is meant")
        self._unused.pop(event.anchor, None)
        value, nodes, levels = known
        self._nodes += nodes
        if self._aliases > MAX_ALIASES:
            raise self._refusal(event, f"more than {MAX_ALIASES} aliases in one document")
        if self._nodes > MAX_NODES:
            raise self._too_many(event)
        if depth + levels > MAX_DEPTH + 1:
            raise self._refusal(event, f"nested more than {MAX_DEPTH} levels deep")
        return _copy(value)

    def _too_many(self, event: Any) -> _TooMuchError:
        return self._refusal(event, f"the document has more than {MAX_NODES:,} values")

    def _refusal(self, event: Any, message: str, hint: str = "") -> _TooMuchError:
        mark = event.start_mark
        problem = Problem(mark.line + 1 + self._lines, mark.column + 1, message, hint)
        return _TooMuchError(problem, mark.index)

    def _problem(self, event: Any, message: str, hint: str = "") -> None:
        mark = event.start_mark
        line = mark.line + 1 + self._lines
        self._problems.append(Problem(line, mark.column + 1, message, hint))


def _levels(value: JsonValue) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_levels, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_levels, value), default=0)
    return 0


def _copy(value: JsonValue) -> JsonValue:
    """Copy mappings and lists, because they are changed in place later on."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
