"""Adds documents to the end of a file: the text before them stays as people wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.manifests.text.common import UnreadableError, decode
from reconciler.manifests.text.yaml_reader import read_yaml

_BETWEEN = "---\n"


def new_text(head: str, documents: Sequence[str]) -> bytes:
    """Return the bytes of a new file: a comment line with `head`, then the documents."""
    return (f"# {head}\n" + _BETWEEN.join(documents)).encode()


def appended(before: bytes, documents: Sequence[str]) -> bytes | None:
    """Return a file's bytes with documents added at the end, in the file's own line endings.

    `None` if the file cannot be read, or if the addition would change a document in it: a block
    scalar at the end of a file without a last line break would gain one.
    """
    added = "".join(_BETWEEN + document for document in documents)
    if b"\r\n" in before:
        added = added.replace("\n", "\r\n")
    ending = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before or before.endswith(b"\n") else ending
    made = before + gap + added.encode()
    old, new = _values(before), _values(made)
    if old is None or new is None:
        return None
    kept = new[: len(old)] == old and len(new) == len(old) + len(documents)
    return made if kept else None


def _values(data: bytes) -> list[object] | None:
    """Return the documents of a file except empty ones; `None` if it has faults."""
    try:
        documents, problems = read_yaml(decode(data))
    except UnreadableError:
        return None
    return None if problems else [value for value, _ in documents if value is not None]
