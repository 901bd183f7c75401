"""Reads files and stdin to documents, whose locators find where each value stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from json import loads
from typing import Any, NamedTuple
from unicodedata import is_normalized

from msgspec import Struct

from reconciler.manifests.fault import Fault
from reconciler.manifests.files import read_bytes
from reconciler.manifests.text.common import Cut, Problem, Read, Span, UnreadableError, decode
from reconciler.manifests.text.inside import offset_inside
from reconciler.manifests.text.positions import Path, Position, positions
from reconciler.model.composed import composed, composed_text
from reconciler.model.origin import Origin
from reconciler.model.resource import STREAM
from reconciler.model.values import JsonValue

_TELLING = frozenset({"apiVersion", "kind"})


class Source(NamedTuple):
    """One file of manifests, or stdin."""

    name: str
    """The path for people: relative to the project's root if it is below that."""
    path: str
    """The absolute path."""
    digest: str
    """SHA-256 of its bytes."""
    json: bool
    kept: bytes | None = None
    """Its bytes, if they cannot be read again from `path`."""

    def read(self) -> bytes:
        """Return its bytes; raises `OSError` and `UnreadableError`."""
        return read_bytes(self.path) if self.kept is None else self.kept


class Locator(Struct, frozen=True):
    """Finds where values of one document stand, by reading its file again: this saves memory.

    If the file has changed since, every value seems to stand at the start of the document.
    """

    source: Source
    span: Span

    def __call__(self, path: Path) -> Origin:
        """Return where the value at `path` stands, or the closest thing above it that exists."""
        return self._find(path, at_key=False)

    def cuts(self) -> list[tuple[Path, Cut]]:
        """Return the values that comments may have cut short, by path."""
        if not self.span.cuts:
            return []
        paths = {found.value: path for path, found in _positions(self.source, self.span).items()}
        return [(paths[cut.value], cut) for cut in self.span.cuts if cut.value in paths]

    def key(self, path: Path) -> Origin:
        """Return where the key of the value at `path` stands."""
        return self._find(path, at_key=True)

    def inside(self, path: Path, value: str, index: int) -> Origin:
        """Return where character `index` of the text `value`, read from `path`, stands."""
        place, text = self(path), _text(self.source)
        if text is None:
            return place
        begins = _line_start(text, place.line) + place.column - 1
        at = offset_inside(text, begins, value, index)
        line_start = text.rfind("\n", 0, at) + 1
        return Origin(place.file, text.count("\n", 0, at) + 1, at - line_start + 1)

    @property
    def start(self) -> Origin:
        """Return where the document begins."""
        return Origin(self.source.name, self.span.line, self.span.column)

    def _find(self, path: Path, *, at_key: bool) -> Origin:
        known = _positions(self.source, self.span)
        while path and path not in known:
            path, at_key = path[:-1], True
        if path not in known:
            return self.start
        place = known[path].key if at_key else known[path].value
        return Origin(self.source.name, place.line, place.column)


class Document(Struct):
    """One document of a manifest file, not yet checked."""

    value: dict[str, Any]
    locator: Locator
    expressions: bool = False
    """It may contain `${…}`."""

    def scalars(self) -> Iterator[tuple[Path, JsonValue]]:
        """Yield every value that is neither a mapping nor a list, with its path."""
        yield from _scalars(self.value, ())

    def text(self, *path: str) -> str:
        """Return the text at a path of keys; empty if there is none."""
        value: Any = self.value
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return str(value) if isinstance(value, str) else ""


def read_documents(
    name: str, path: str, faults: list[Fault], *, found: bool, instead: str = ""
) -> list[Document]:
    """Return a file's documents; what cannot be read goes to `faults`.

    With `instead`, that file is read in place of the one at `path`. JSON files `found` by searching
    a folder are passed over if they are evidently something else, such as a `package.json`.
    """
    try:
        data = read_bytes(instead or path)
        text = decode(data)
    except UnreadableError as error:
        faults.append(_fault(name, error.problem))
        return []
    except OSError as error:
        faults.append(_fault(name, Problem(1, 1, f"the file cannot be read: {error.strerror}")))
        return []
    is_json = path.lower().endswith(".json")
    kept = data if instead else None
    source = Source(name, path, hashlib.sha256(data).hexdigest(), is_json, kept)
    lenient = found and source.json
    if lenient and '"apiVersion"' not in text and '"kind"' not in text:
        return []
    return _documents(source, text, faults, lenient=lenient)


def stream_documents(path: str, data: bytes, faults: list[Fault]) -> list[Document]:
    """Return the documents of stdin, YAML or JSON; `path` stands for stdin in the state."""
    try:
        text = decode(data)
    except UnreadableError as error:
        faults.append(_fault(STREAM, error.problem))
        return []
    source = Source(STREAM, path, hashlib.sha256(data).hexdigest(), _is_json(text), kept=data)
    before = len(faults)
    documents = _documents(source, text, faults, lenient=False)
    if not documents and len(faults) == before:
        hint = "look at what the command before the pipe wrote"
        faults.append(_fault(STREAM, Problem(1, 1, "there is no manifest on stdin", hint)))
    return documents


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _documents(source: Source, text: str, faults: list[Fault], *, lenient: bool) -> list[Document]:
    values, problems = read_text(text, json=source.json)
    faults.extend(_fault(source.name, problem) for problem in problems)
    as_they_are = "\\" not in text and (text.isascii() or is_normalized("NFC", text))
    expressions = "${" in text or "\\" in text
    return [
        Document(value if as_they_are else _composed(value), Locator(source, span), expressions)
        for value, span in values
        if isinstance(value, dict) and not (lenient and value.keys().isdisjoint(_TELLING))
    ]


def _scalars(value: JsonValue, path: Path) -> Iterator[tuple[Path, JsonValue]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _scalars(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _scalars(item, (*path, index))
    else:
        yield path, value


def _composed(value: Any) -> Any:
    """Return a document's value with its texts in Unicode NFC, but paths as they are written."""
    from reconciler.manifests.schema.rules import path_names

    return composed(value, but=path_names())


def read_text(text: str, *, json: bool) -> Read:
    """Return the documents of a file's text, as they are written, and the problems of others."""
    # Here, so that importing this package does not import YAML.
    if json:
        from reconciler.manifests.text.json_reader import read_json

        return read_json(text)
    from reconciler.manifests.text.yaml_reader import read_yaml

    return read_yaml(text)


def _fault(name: str, problem: Problem) -> Fault:
    origin = Origin(name, problem.line, problem.column)
    return Fault(origin=origin, message=problem.message, hint=problem.hint)


def _line_start(text: str, line: int) -> int:
    """Return the index at which a line, counted from 1, begins."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start


@lru_cache(maxsize=2)
def _text(source: Source) -> str | None:
    try:
        data = source.read()
        return decode(data) if hashlib.sha256(data).hexdigest() == source.digest else None
    except (OSError, UnreadableError):
        return None


@lru_cache(maxsize=4)
def _positions(source: Source, span: Span) -> dict[Path, Position]:
    text = _text(source)
    if text is None:
        return {}
    found = positions(text, span, json=source.json)
    if text.isascii() and "\\" not in text:
        return found
    return {
        tuple(composed_text(step) if isinstance(step, str) else step for step in path): place
        for path, place in found.items()
    }
