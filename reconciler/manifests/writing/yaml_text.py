"""Returns the text of a new manifest in one fixed style, which all YAML versions read the same.

A string is plain (without quotes) only where no reader could take it for anything else; several
printable lines stand in a block; all other strings are in double quotes. No library does this:
they leave `on` and `1:20` plain, which YAML 1.1 reads as a boolean and a number, and lose U+0085.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from reconciler.manifests.text.scalars import BOOLEANS, NULLS
from reconciler.model.values import JsonValue

_PLAIN = re.compile(r"[A-Za-z가-힣][A-Za-z0-9가-힣 ._/@+-]*")
_SHORT_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})
"""Booleans of YAML 1.1, here in small letters; any case counts."""
_WORDS = frozenset(word.casefold() for word in (*BOOLEANS, *NULLS)) | _SHORT_WORDS
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_DEEPER = "  "
_ITEM = "- "


class Written(Struct, frozen=True, kw_only=True):
    """A value to be written with a remark, as a comment, after it on the same line."""

    value: JsonValue
    remark: str = ""


Value: TypeAlias = "JsonValue | Written"


class Text(Struct, frozen=True, kw_only=True):
    """One document to be written."""

    kind: str
    metadata: Mapping[str, JsonValue]
    spec: Mapping[str, Value | list[Value]]
    comments: tuple[str, ...] = ()
    """Comments above `spec`, one line each."""


def document_text(document: Text) -> str:
    """Return a document without the `---` before it, ending in a line break."""
    lines = ["apiVersion: reconciler/v1", f"kind: {document.kind}", "metadata:"]
    lines += _mapping(document.metadata, _DEEPER)
    lines += (f"# {comment_text(comment)}" for comment in document.comments)
    if document.spec:
        lines += ["spec:", *_mapping(document.spec, _DEEPER)]
    else:
        lines.append("spec: {}")
    return "\n".join(lines) + "\n"


def _mapping(values: Mapping[str, Value | list[Value]], indent: str) -> Iterator[str]:
    for name, value in values.items():
        found: Any = value.value if isinstance(value, Written) else value
        if isinstance(found, list) and found:
            yield f"{indent}{name}:{_remark(value)}"
            yield from _items(found, indent + _DEEPER)
        elif isinstance(found, str) and is_block(found):
            yield from _block(f"{indent}{name}:", found, indent + _DEEPER)
        elif isinstance(found, dict) and not _is_reference(found):
            yield f"{indent}{name}:{_remark(value)}"
            yield from _mapping(found, indent + _DEEPER)
        else:
            yield f"{indent}{name}: {_inline(found)}{_remark(value)}"


def _items(values: Iterable[Value], indent: str) -> Iterator[str]:
    for value in values:
        found = value.value if isinstance(value, Written) else value
        if isinstance(found, dict) and not _is_reference(found):
            first, *more = _mapping(found, indent + _DEEPER)
            yield f"{indent}{_ITEM}{first.lstrip()}{_remark(value)}"
            yield from more
        else:
            yield f"{indent}{_ITEM}{_inline(found)}{_remark(value)}"


def _is_reference(value: Mapping[str, JsonValue]) -> bool:
    return value.keys() == {"id"}


def _remark(value: Value | list[Value]) -> str:
    text = value.remark if isinstance(value, Written) else ""
    return f"  # {comment_text(text)}" if text else ""


def _inline(value: JsonValue) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_id(each)}" for name, each in value.items()) + "}"
    return str(value)


def _id(value: JsonValue) -> str:
    """Return an id: without quotes if it is a number that reads back the same, else quoted."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        return value if value == str(int(value)) else scalar(value)
    return _inline(value)


def scalar(text: str) -> str:
    """Return a string on one line: plain, or in double quotes."""
    return text if is_plain(text) else quoted(text)


def is_plain(text: str) -> bool:
    """Tell whether every reader takes a string without quotes for this string."""
    if not _PLAIN.fullmatch(text) or text.endswith(" "):
        return False
    return text.casefold() not in _WORDS


def quoted(text: str) -> str:
    """Return a string in double quotes, with escapes for characters that cannot be seen."""
    if text.isprintable():
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def is_block(text: str) -> bool:
    """Tell whether a text of several lines can stand in a block without losing a character."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if len(lines) < 2 or not lines[0] or not lines[-1]:
        return False
    return all(line.isprintable() and line == line.strip(" ") for line in lines)


def _block(head: str, text: str, indent: str) -> Iterator[str]:
    yield f"{head} |" if text.endswith("\n") else f"{head} |-"
    for line in text.removesuffix("\n").split("\n"):
        yield indent + line if line else ""


def comment_text(text: str) -> str:
    """Return a text for a comment: on one line, with escapes for characters that cannot be seen."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)
