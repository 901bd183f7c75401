"""Writes a value in the style of the value that it replaces in a manifest.

A text is plain (without quotes) only where no YAML reader could take it for anything else; digits
are plain where the old value was. A text of several lines is a literal block where a block may
stand. All other texts are quoted.
"""

from __future__ import annotations

import json

from msgspec import Struct

from reconciler.manifests.writing.tree import Shape
from reconciler.manifests.writing.yaml_text import is_block, quoted, scalar
from reconciler.model.values import JsonValue


class Spelling(Struct, frozen=True, kw_only=True):
    """How to write a value at one place."""

    json: bool = False
    shape: Shape = Shape.DOUBLE
    """How the old value was written."""
    indent: int = 0
    """The number of spaces before each line of a block."""
    block: bool = False
    """Nothing follows on the line of the key or dash, so that the value may be a block."""
    newline: str = "\n"
    ascii: bool = False
    """In JSON, write every character beyond ASCII as an escape."""
    comment: str = ""
    """The comment after the `|` or `>` of the old block, with the space before it."""

    def of(self, value: JsonValue) -> str:
        """Return the text of a scalar, or of a reference by id."""
        if self.json:
            return json.dumps(value, ensure_ascii=self.ascii)
        if isinstance(value, dict):
            inside = ", ".join(f"{name}: {self._flow(each)}" for name, each in value.items())
            return f"{{{inside}}}"
        if not isinstance(value, str):
            return self._closed(json.dumps(value))
        if self.block and is_block(value):
            return self._block(value)
        return self._closed(self._text(value))

    def _flow(self, value: JsonValue) -> str:
        return self._text(value) if isinstance(value, str) else json.dumps(value)

    def _text(self, text: str) -> str:
        digits = text.isdecimal() and text.isascii()
        if self.shape is Shape.SINGLE and text.isprintable():
            return "'" + text.replace("'", "''") + "'"
        if self.shape is Shape.DOUBLE:
            return quoted(text)
        return text if digits and self.shape is Shape.PLAIN else scalar(text)

    def _block(self, text: str) -> str:
        sign = "|" if text.endswith("\n") else "|-"
        head = f"{sign}{self.comment}"
        lines = text.removesuffix("\n").split("\n")
        return self.newline.join([head, *(f"{' ' * self.indent}{x}" if x else "" for x in lines)])

    def _closed(self, written: str) -> str:
        return f"{written}{self.comment}"
