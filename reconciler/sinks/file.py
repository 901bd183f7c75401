"""`{file: path}`: a file with one secret alone.

A document of one part is written as it is, without a newline at the end, so that reading the file
gives exactly the secret. A document of several parts is written as a JSON object of texts.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import orjson

from reconciler.errors import SinkError
from reconciler.sinks.base import Document, found, taken
from reconciler.sinks.secret_file import Failpoints, SecretFile, no_failpoints


class FileSink:
    """Implements `Sink` for a file that holds nothing else."""

    def __init__(self, path: str, root: Path, *, failpoints: Failpoints = no_failpoints) -> None:
        """Take the path from the manifest; the file is not touched yet."""
        self._file = SecretFile(path, root, failpoints)

    def describe(self) -> str:
        return f"file {self._file}"

    def probe(self) -> None:
        self._file.probe()

    def deliver(self, document: Document, *, overwrite: bool = True) -> None:
        content = _content(document)

        def render(before: bytes | None) -> bytes:
            if not overwrite and before and before != content:
                raise taken(self.describe())
            return content

        self._file.write(render)

    def holds(self, document: Document) -> bool:
        return self._file.read() == _content(document)

    def read(self, parts: Collection[str]) -> Document | None:
        content = self._file.read()
        return None if not content else _document(content, parts)

    def is_taken(self) -> bool:
        return bool(self._file.read())

    def remove(self, parts: Collection[str]) -> None:  # noqa: ARG002 -- it holds nothing else
        self._file.remove()


def _document(content: bytes, parts: Collection[str]) -> Document:
    """Return a file's content as a document; a foreign content becomes the value of every part."""
    text = content.decode("utf-8", "surrogateescape")
    if len(parts) > 1:
        try:
            texts = orjson.loads(content)
        except orjson.JSONDecodeError:
            texts = None
        if isinstance(texts, dict) and set(parts) <= texts.keys():
            return {part: found(part, str(texts[part])) for part in parts}
    return {part: found(part, text) for part in parts}


def _content(document: Document) -> bytes:
    try:
        texts = {part: secret.reveal() for part, secret in document.items()}
        if len(texts) == 1:
            [text] = texts.values()
            return text.encode()
        return orjson.dumps(texts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except (UnicodeEncodeError, TypeError):  # whose text would show the secret
        raise SinkError("the secret is not valid Unicode text") from None
