"""`{envFile: {path, variable}}`: lines of a dotenv file.

The file is read as python-dotenv reads it. All other lines stay byte for byte. Our values are
quoted so that python-dotenv and a shell's `set -a; . file` read the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import SinkError
from reconciler.sinks.base import Document, found, taken
from reconciler.sinks.secret_file import Failpoints, SecretFile, no_failpoints

if TYPE_CHECKING:
    from dotenv.parser import Binding

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_UNWRITABLE = re.compile("[\r\0\ud800-\udfff]")
_DOLLAR = "${RECONCILER_UNSET:-$}"
"""A dollar sign for both python-dotenv, which expands `${…}` in any quotes, and a shell."""
_BOM = "\ufeff"
_SEVERAL = ("host", "port", "username", "password")
"""The parts of an SMTP access, the only document with several parts."""
_CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*\\\n\Z")
"""Matches a last line that a shell would join with the next one."""
_PREFIX = re.compile(r"\s*(?:export[^\S\r\n]+)?")
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_COMMENT = re.compile(r"[^\S\r\n]+#[^\r\n]*")


class EnvFileSink:
    """Implements `Sink` for one variable of a dotenv file, or several with a common prefix."""

    def __init__(
        self, path: str, variable: str, root: Path, *, failpoints: Failpoints = no_failpoints
    ) -> None:
        """Take path and variable from the manifest; raises `SinkError` for a bad name."""
        if not _VARIABLE.fullmatch(variable):
            raise SinkError(
                f"{variable!r} cannot be the name of a variable",
                hint="Use letters, digits and underscores, and no digit in front.",
            )
        self._file = SecretFile(path, root, failpoints)
        self._variable = variable

    def describe(self) -> str:
        return f"envFile {self._file} ({self._variable})"

    def probe(self) -> None:
        self._file.probe()
        self._bindings(self._file.read())

    def deliver(self, document: Document, *, overwrite: bool = True) -> None:
        values = self._values(document)

        def render(before: bytes | None) -> bytes:
            bindings = self._bindings(before)
            if not overwrite and self._are_taken(bindings) and not _has_values(bindings, values):
                raise taken(self.describe())
            return self._render(before, values)

        self._file.write(render)

    def holds(self, document: Document) -> bool:
        return _has_values(self._bindings(self._file.read()), self._values(document))

    def read(self, parts: Collection[str]) -> Document | None:
        bindings = self._bindings(self._file.read())
        values_there = {binding.key: _expanded(binding.value) for binding in bindings}
        values = {part: values_there.get(name) for part, name in self._names(parts).items()}
        if None in values.values():
            return None
        return {part: found(part, value or "") for part, value in values.items()}

    def is_taken(self) -> bool:
        return self._are_taken(self._bindings(self._file.read()))

    def _are_taken(self, bindings: Iterable[Binding]) -> bool:
        prefix = f"{self._variable}_"
        parts = {f"{prefix}{part.upper()}" for part in _SEVERAL}
        names = {binding.key for binding in bindings if binding.value}
        return self._variable in names or parts <= names

    def remove(self, parts: Collection[str]) -> None:
        names = frozenset(self._names(parts).values())
        if self._file.read() is not None:
            self._file.write(lambda before: self._without(before, names))

    def _without(self, content: bytes | None, names: Collection[str]) -> bytes:
        texts = [
            _removed(binding) if binding.key in names else binding.original.string
            for binding in self._bindings(content)
        ]
        bom = _BOM if (content or b"").startswith(_BOM.encode()) else ""
        return (bom + "".join(texts)).encode()

    def _names(self, parts: Collection[str]) -> dict[str, str]:
        """Return the variable of each part."""
        if len(parts) == 1:
            return dict.fromkeys(parts, self._variable)
        return {part: f"{self._variable}_{part.upper()}" for part in parts}

    def _values(self, document: Document) -> dict[str, str]:
        """Return the value of each variable."""
        names = self._names(document)
        return {names[part]: secret.reveal() for part, secret in document.items()}

    # --- reading ---

    def _bindings(self, content: bytes | None) -> list[Binding]:
        """Return the statements of the file; their texts joined are the whole file."""
        from dotenv.parser import parse_stream

        try:
            text = (content or b"").decode().removeprefix(_BOM)
        except UnicodeDecodeError as error:
            raise SinkError(
                f"{self._file} is not UTF-8 text (byte {error.start})",
                hint="Convert it, or name another file.",
            ) from None
        return list(parse_stream(StringIO(text, newline="")))

    # --- writing ---

    def _render(self, content: bytes | None, values: Mapping[str, str]) -> bytes:
        before = self._bindings(content)
        bom = _BOM if (content or b"").startswith(_BOM.encode()) else ""
        made = (bom + _written(before, values)).encode()
        self._check(before, made, values)
        return made

    def _check(self, before: list[Binding], made: bytes, values: Mapping[str, str]) -> None:
        """Refuse a result that would be read differently, as after an unclosed quote further up."""
        after = self._bindings(made)
        ours = {b.key: _expanded(b.value) for b in after if b.key in values}
        if _other_variables(before, values) != _other_variables(after, values) or ours != dict(
            values
        ):
            raise SinkError(
                f"{self._file} cannot be read back as a dotenv file with our lines in it",
                hint="Look for a quote that is not closed, or name another file.",
            )


def _written(before: Iterable[Binding], values: Mapping[str, str]) -> str:
    """Return a file's text with these values, each in its old place or at the end."""
    lines = {name: f"{name}={_quoted(name, value)}" for name, value in values.items()}
    parts: list[str] = []
    for binding in before:
        if binding.key not in values:
            parts.append(binding.original.string)
        elif binding.key in lines:
            parts.append(_replaced(binding, lines.pop(binding.key)))
        else:  # a second statement of a variable that is ours
            parts.append(_removed(binding))
    text = "".join(parts)
    if not lines:
        return text
    return text + _missing_line_ends(text) + "".join(f"{line}\n" for line in lines.values())


def _missing_line_ends(text: str) -> str:
    """Return the line ends that a text needs before a line can be added."""
    ended = "\n" if text and not text.endswith(("\n", "\r")) else ""
    return ended + ("\n" if _CONTINUED.search(text + ended) else "")


def _other_variables(
    bindings: Iterable[Binding], values: Mapping[str, str]
) -> list[tuple[str, str | None]]:
    """Return the variables that are not ours, with their values."""
    named = ((each.key, each.value) for each in bindings if each.key is not None)
    return [(key, value) for key, value in named if key not in values]


def _has_values(bindings: Iterable[Binding], values: Mapping[str, str]) -> bool:
    """Tell whether the statements give these variables exactly these values."""
    there = {binding.key: binding.value for binding in bindings}
    return all(name in there and _expanded(there[name]) == text for name, text in values.items())


def _replaced(binding: Binding, line: str) -> str:
    """Return a statement with a new value; its `export` and comment stay."""
    old = binding.original.string
    before = _PREFIX.match(old)
    start = before.end() if before else 0
    value = old[start:].partition("=")[2].lstrip(" \t")
    quoted = _QUOTED.match(value)
    behind = value[quoted.end() :] if quoted else value
    comment = _COMMENT.search(behind) if not quoted else _COMMENT.match(behind)
    end = re.search(r"(\r\n|\n|\r)?\Z", old)
    newline = end.group() if end else ""
    return old[:start] + line + (comment.group() if comment else "") + (newline or "\n")


def _removed(binding: Binding) -> str:
    """Return what stays of a removed statement: the empty lines before it."""
    old = binding.original.string
    blank = re.match(r"(?:[^\S\r\n]*(?:\r\n|\n|\r))*", old)
    return blank.group() if blank else ""


def _expanded(value: str | None) -> str | None:
    return None if value is None else value.replace(_DOLLAR, "$")


def _quoted(name: str, value: str) -> str:
    """Return a value quoted so that python-dotenv and a POSIX shell both read it."""
    if _PLAIN.fullmatch(value):
        return value
    plain_text = not _UNWRITABLE.search(value)
    if plain_text and not ("'" in value or "\\\\" in value or "${" in value) and value[-1:] != "\\":
        return f"'{value}'"
    if plain_text and "`" not in value and _DOLLAR not in value:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", _DOLLAR)
        return f'"{escaped}"'
    raise SinkError(
        f"{name} cannot be written so that both python-dotenv and a shell read the same value",
        hint="Name a `file` sink in the manifest and apply again: it is delivered there.",
    )
