"""One document as a tree of values that know where in the text they begin and end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from json import JSONDecoder
from typing import Any, TypeAlias

from msgspec import Struct, field

from reconciler.manifests.text.common import Span

Key: TypeAlias = tuple[int, int]
"""The indexes at which a key begins and ends."""


class Shape(StrEnum):
    """How a value is written."""

    PLAIN = "plain"
    SINGLE = "'"
    DOUBLE = '"'
    LITERAL = "|"
    FOLDED = ">"
    FLOW = "flow"
    """A list or a mapping in brackets."""
    BLOCK = "block"
    """A list or a mapping without brackets, an entry a line."""
    ALIAS = "alias"


class Node(Struct, kw_only=True):
    """One value. Indexes count characters from the start of the file's text."""

    start: int
    end: int
    """The index just after it; a block ends before the blank lines and comments that follow."""
    shape: Shape
    named: bool = False
    """It has an anchor or is an alias: other parts of the document may share its text."""
    entries: Mapping[str, tuple[Key, Node]] = field(default_factory=dict)
    """The entries of a mapping: by name, the position of the key, and the value."""
    items: tuple[Node, ...] = ()
    """The items of a list."""


def tree(text: str, span: Span, *, json: bool) -> Node:
    """Return the document in `span` of a file's text.

    Raises:
        ValueError: libyaml refuses the text: an emoji in YAML that is escaped as JSON does it.
    """
    return _Json(text).node(span.start) if json else _yaml(text, span)


def _yaml(text: str, span: Span) -> Node:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # Spaces in front keep the columns, which decide what belongs to which block.
    padding = span.column - 1
    try:
        events = loader(" " * padding + text[span.start : span.end])
        events.get_event()
        events.get_event()
        return _Yaml(text, events, span.start - padding).node(events.get_event())
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


class _Yaml:
    """Builds a tree from libyaml's events."""

    def __init__(self, text: str, events: Any, offset: int) -> None:
        self._text = text
        self._events = events
        self._offset = offset

    def node(self, event: Any) -> Node:
        import yaml

        start = event.start_mark.index + self._offset
        end = event.end_mark.index + self._offset
        if isinstance(event, yaml.AliasEvent):
            return Node(start=start, end=end, shape=Shape.ALIAS, named=True)
        named = event.anchor is not None
        if isinstance(event, yaml.ScalarEvent):
            shape = Shape(event.style) if event.style else Shape.PLAIN
            if shape in {Shape.LITERAL, Shape.FOLDED}:
                end = start + len(self._text[start:end].rstrip())
            return Node(start=start, end=end, shape=shape, named=named)
        shape = Shape.FLOW if event.flow_style else Shape.BLOCK
        node = Node(start=start, end=end, shape=shape, named=named)
        if isinstance(event, yaml.MappingStartEvent):
            last = self._entries(node)
        else:
            last = self._items(node)
        node.end = last.end_mark.index + self._offset
        if shape is Shape.BLOCK:  # libyaml's end of a block is where the next thing begins
            inside = [*node.items, *(value for _, value in node.entries.values())]
            node.end = max((each.end for each in inside), default=start)
        return node

    def _entries(self, node: Node) -> Any:
        import yaml

        entries: dict[str, tuple[Key, Node]] = {}
        node.entries = entries
        while not isinstance(key := self._events.get_event(), yaml.MappingEndEvent):
            place = (key.start_mark.index + self._offset, key.end_mark.index + self._offset)
            if not isinstance(key, yaml.ScalarEvent):
                self.node(key)
            entries[getattr(key, "value", "")] = (place, self.node(self._events.get_event()))
        return key

    def _items(self, node: Node) -> Any:
        import yaml

        items: list[Node] = []
        while not isinstance(item := self._events.get_event(), yaml.SequenceEndEvent):
            items.append(self.node(item))
        node.items = tuple(items)
        return item


_STRING = JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\n\r]*")
_ATOM = re.compile(r"[^\s,\]}]+")


class _Json:
    """Builds a tree from a document that is known to be valid JSON."""

    def __init__(self, text: str) -> None:
        self._text = text

    def node(self, start: int) -> Node:
        first = self._text[start]
        if first == "{":
            return self._entries(start)
        if first == "[":
            return self._items(start)
        if first == '"':
            return Node(start=start, end=_STRING(self._text, start)[1], shape=Shape.DOUBLE)
        atom = _ATOM.match(self._text, start)
        return Node(start=start, end=atom.end() if atom else start, shape=Shape.PLAIN)

    def _entries(self, start: int) -> Node:
        entries: dict[str, tuple[Key, Node]] = {}
        index = self._skip(start + 1)
        while self._text[index] != "}":
            name, end = _STRING(self._text, index)
            value = self.node(self._skip(self._skip(end) + 1))
            entries[name] = ((index, end), value)
            index = self._after(value.end)
        return Node(start=start, end=index + 1, shape=Shape.FLOW, entries=entries)

    def _items(self, start: int) -> Node:
        items: list[Node] = []
        index = self._skip(start + 1)
        while self._text[index] != "]":
            items.append(self.node(index))
            index = self._after(items[-1].end)
        return Node(start=start, end=index + 1, shape=Shape.FLOW, items=tuple(items))

    def _after(self, index: int) -> int:
        """Return the index of the next entry, or of the closing bracket."""
        index = self._skip(index)
        return self._skip(index + 1) if self._text[index] == "," else index

    def _skip(self, index: int) -> int:
        found = _SPACE.match(self._text, index)
        return found.end() if found else index
