"""Changes single values in a document's text and leaves every other character as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from reconciler.manifests.text.common import Span
from reconciler.manifests.writing.spelling import Spelling
from reconciler.manifests.writing.tree import Node, Shape, tree
from reconciler.model.values import JsonValue

_BY_HAND = "write it by hand"
_BLOCK_HEAD = re.compile(r"[|>][-+0-9]*(?P<comment>[ \t]+#[^\n\r]*)?")


class UneditableError(Exception):
    """A value cannot be changed without changing something else; the message says why."""


class Edit(Struct, frozen=True, kw_only=True):
    """The piece of a text from `start` to before `end`, and the text that replaces it."""

    start: int
    end: int
    text: str


Same = Callable[[int, JsonValue], bool]
"""Tells whether the item at this index of the list as written means the same as this value."""


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits made, which must not overlap."""
    for edit in sorted(edits, key=lambda each: (each.start, each.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class Editor:
    """Makes the edits that change fields of one document's `spec`."""

    def __init__(self, text: str, span: Span, *, json: bool) -> None:
        """Find the values of the document in `span` of a file's text.

        Raises:
            UneditableError: libyaml refuses the text (see `tree`), or `spec` is not a mapping that
                has its text to itself.
        """
        self._text = text
        self._json = json
        self._newline = "\r\n" if "\r\n" in text else "\n"
        try:
            document = tree(text, span, json=json)
        except ValueError:
            raise UneditableError(f"its file is not read as it stands: {_BY_HAND}") from None
        known = document.entries.get("spec")
        if known is None or known[1].shape not in {Shape.FLOW, Shape.BLOCK} or known[1].named:
            raise UneditableError(f"its `spec` is no mapping of its own: {_BY_HAND}")
        (_, self._after_spec), self._spec = known

    def written(self, name: str) -> str:
        """Return a field's value as it is written; empty if the manifest does not mention it."""
        if name not in self._spec.entries:
            return ""
        _, node = self._spec.entries[name]
        return self._text[node.start : node.end]

    def set(self, name: str, value: JsonValue, same: Same) -> list[Edit]:
        """Return the edits that give a field a value; in a list, only items that differ change.

        Raises:
            UneditableError: The field shares its text with another by an anchor, or comments
                would be lost.
        """
        if name not in self._spec.entries:
            return [self._inserted(name, value)]
        key, node = self._spec.entries[name]
        if node.named or any(item.named for item in node.items):
            raise UneditableError(f"other values share it by an anchor: {_BY_HAND}")
        if not isinstance(value, list):
            return [self._replaced(key[0], node, value)]
        if node.shape is Shape.BLOCK and node.items:
            return self._items(key[1], node, value, same)
        return [self._flow(node, value, same)]

    # one value

    def _replaced(self, key: int, node: Node, value: JsonValue) -> Edit:
        head = _BLOCK_HEAD.match(self._text, node.start)
        is_block = node.shape in {Shape.LITERAL, Shape.FOLDED}
        comment = (head["comment"] or "") if head and is_block else ""
        spelling = self._spelling(
            shape=node.shape,
            block=not self._json and self._spec.shape is Shape.BLOCK,
            indent=self._column(key) + 2,
            comment=comment,
        )
        written = spelling.of(value)
        if "\n" in written and not is_block and self._rest_of_line(node.end):
            written = self._spelling(shape=Shape.DOUBLE).of(value)
        if node.start == node.end and not self._text[node.start - 1].isspace():
            written = f" {written}"
        return Edit(start=node.start, end=node.end, text=written)

    def _rest_of_line(self, index: int) -> str:
        return self._text[index:].partition("\n")[0].strip()

    def _spelling(
        self,
        *,
        shape: Shape = Shape.PLAIN,
        block: bool = False,
        indent: int = 0,
        comment: str = "",
    ) -> Spelling:
        return Spelling(
            json=self._json,
            shape=shape,
            block=block,
            indent=indent,
            comment=comment,
            newline=self._newline,
            ascii=self._json and self._text.isascii(),
        )

    def _column(self, index: int) -> int:
        return index - (self._text.rfind("\n", 0, index) + 1)

    def _inserted(self, name: str, value: JsonValue) -> Edit:
        """Add a field as the first of `spec`, before comments: they are about what follows."""
        written = self._value(value)
        entry = f'"{name}": {written}' if self._json else f"{name}: {written}"
        first = min((key[0] for key, _ in self._spec.entries.values()), default=None)
        if first is None:
            if self._spec.shape is Shape.BLOCK:
                raise UneditableError(f"its `spec` is empty: {_BY_HAND}")
            return Edit(start=self._spec.start + 1, end=self._spec.start + 1, text=entry)
        if self._spec.shape is Shape.BLOCK:
            line = f"{self._newline}{' ' * self._column(first)}{entry}"
            end = self._line_end(self._after_spec)
            return Edit(start=end, end=end, text=line)
        between = self._text[self._spec.start + 1 : first]
        line = f"{entry},{between if '#' not in between and between else ' '}"
        return Edit(start=first, end=first, text=line)

    def _value(self, value: JsonValue) -> str:
        if isinstance(value, list):
            return f"[{', '.join(self._spelling().of(each) for each in value)}]"
        return self._spelling().of(value)

    # lists

    def _items(
        self, after_key: int, node: Node, value: Sequence[JsonValue], same: Same
    ) -> list[Edit]:
        """Remove the lines of items that go, and add new ones after the last that stays."""
        kept = [i for i in range(len(node.items)) if any(same(i, each) for each in value)]
        gone = [i for i in range(len(node.items)) if i not in kept]
        new = [v for v in value if not any(same(i, v) for i in range(len(node.items)))]
        dashes = [self._text.rfind("-", 0, item.start) for item in node.items]
        column = self._column(dashes[0])
        spelling = self._spelling(block=True, indent=column + 2)
        lines = [f"{self._newline}{' ' * column}- {spelling.of(each)}" for each in new]
        edits = [self._without_line(dashes[i], node.items[i]) for i in gone]
        if not kept and not lines:
            return [*edits, Edit(start=after_key + 1, end=after_key + 1, text=" []")]
        if lines:
            place = self._line_end(node.items[kept[-1]].end) if kept else after_key + 1
            place = place if kept else self._line_end(place)
            edits.append(Edit(start=place, end=place, text="".join(lines)))
        return edits

    def _line_end(self, index: int) -> int:
        end = self._text.find("\n", index)
        end = len(self._text) if end < 0 else end
        return end - 1 if self._text[end - 1 : end] == "\r" else end

    def _without_line(self, dash: int, item: Node) -> Edit:
        """Remove an item's lines, with the line break before them."""
        start = self._text.rfind("\n", 0, dash)
        start = start - 1 if self._text[start - 1 : start] == "\r" else start
        return Edit(start=start, end=self._line_end(item.end), text="")

    def _flow(self, node: Node, value: Sequence[JsonValue], same: Same) -> Edit:
        """Write a list in brackets anew; items that stay keep their spelling."""
        inside = self._text[node.start : node.end]
        if "#" in inside and not self._json and not _only_in_items(self._text, node):
            raise UneditableError(f"there are comments between its brackets: {_BY_HAND}")
        spelling = self._spelling()
        kept = {i for i in range(len(node.items)) if any(same(i, each) for each in value)}
        texts = [self._text[node.items[i].start : node.items[i].end] for i in sorted(kept)]
        known = range(len(node.items))
        texts += [spelling.of(each) for each in value if not any(same(i, each) for i in known)]
        first = self._text[node.start + 1 : node.items[0].start] if node.items else ""
        last = self._text[node.items[-1].end : node.end - 1] if node.items else ""
        if "\n" in first and texts:
            written = f"[{first}{(',' + first).join(texts)}{last.replace(',', '')}]"
        else:
            written = f"[{', '.join(texts)}]"
        return Edit(start=node.start, end=node.end, text=written)


def _only_in_items(text: str, node: Node) -> bool:
    """Tell whether every `#` between brackets is part of an item."""
    index, outside = node.start, ""
    for item in node.items:
        outside += text[index : item.start]
        index = item.end
    return "#" not in outside + text[index : node.end]
