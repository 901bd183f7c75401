"""Limits, spans and problems, which the readers of YAML and JSON have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from reconciler.model.values import JsonValue

MAX_FILE = 64 * 1024 * 1024
"""The most bytes of one file."""
MAX_DOCUMENT = 1024 * 1024
"""The most characters of one document."""
MAX_DEPTH = 50
MAX_NODES = 100_000
"""The most values of one document, with every alias expanded."""
MAX_ALIASES = 50


class LineColumn(NamedTuple):
    """Both count from 1."""

    line: int
    column: int


class Cut(NamedTuple):
    """A value that a comment cuts short."""

    value: LineColumn
    comment: LineColumn
    """The position of its `#`."""
    lost: str
    """The comment."""


class Span(NamedTuple):
    """Where a document stands in its file's text."""

    line: int
    """Counts from 1, as does the column."""
    column: int
    start: int
    """Counts characters from 0."""
    end: int
    cuts: tuple[Cut, ...] = ()
    """Values in it that a comment may have cut short."""


class Problem(NamedTuple):
    """Why a document, or the rest of a file, cannot be read."""

    line: int
    column: int
    message: str
    hint: str = ""


Read: TypeAlias = tuple[Sequence[tuple[JsonValue, Span]], Sequence[Problem]]
"""The documents that could be read, and the problems of the others."""


class UnreadableError(Exception):
    """A document breaks a limit; reading goes on with the next one."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem to report."""
        super().__init__(problem.message)
        self.problem = problem


def decode(data: bytes) -> str:
    """Return the text of a file; raises `UnreadableError` when it is not UTF-8 text."""
    if len(data) > MAX_FILE:
        raise UnreadableError(
            Problem(
                1, 1, f"the file is larger than {MAX_FILE >> 20} MiB", "split it into several files"
            )
        )
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise UnreadableError(Problem(1, 1, "the file is UTF-16 text", "save it as UTF-8"))
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise UnreadableError(Problem(line, 1, "the file holds a NUL byte, so it is not text"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Not the error's own text: it shows the bytes around.
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise UnreadableError(
            Problem(line, column, "the text is not valid UTF-8", "save it as UTF-8")
        ) from None
    # Files joined with `cat` keep their byte order marks; YAML 1.2 allows one before a document.
    return text.replace("\n\ufeff", "\n") if "\n\ufeff" in text else text
