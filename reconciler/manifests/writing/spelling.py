"""How a value is written into a manifest, in the style of what stands there.

A text is plain only where it was, or where nobody could take it for anything else: letters, digits
and a few signs. One of several lines is a literal block where blocks can be. All else is quoted.
"""

from __future__ import annotations

import json

from msgspec import Struct

from reconciler.manifests.writing.tree import Shape
from reconciler.manifests.writing.yaml_text import is_block, quoted, scalar
from reconciler.model.values import JsonValue


class Spelling(Struct, frozen=True, kw_only=True):
    """Where a value is to stand."""

    json: bool = False
    shape: Shape = Shape.DOUBLE
    """How what stood there was written."""
    indent: int = 0
    """How many spaces begin the lines of a block there."""
    block: bool = False
    """It stands alone on its line, behind a key or a dash: a block can be there."""
    newline: str = "\n"
    ascii: bool = False
    """The JSON file writes all else as escapes."""
    comment: str = ""
    """What stood behind the sign of a block."""

    def of(self, value: JsonValue) -> str:
        """Return how a scalar, or a reference by id, is written."""
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
