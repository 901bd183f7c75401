"""Yields a list file's bytes, unpacked, in pieces of whole lines, within limits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from reconciler.manifests.files import open_regular
from reconciler.manifests.text.common import Problem, UnreadableError

MAX_BYTES = 256 * 1024 * 1024
"""The most bytes of all list files of one run, unpacked: some twenty million numbers."""
MAX_LINES = 20_000_000
"""The most lines of all list files of one run; blank ones take time, too."""
_PIECE = 1 << 16
_LONGEST_LINE = 1 << 16
_SMALL = 1 << 20
_MAX_RATIO = 50
"""The most times its own size that a file may unpack to; random digits give 2, sorted ones 10."""


class Budget(Struct):
    """How much may still be read."""

    bytes: int = MAX_BYTES
    lines: int = MAX_LINES


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


def pieces_of(path: str, budget: Budget) -> Iterator[bytes]:
    """Yield a file in pieces of whole lines, without a BOM; every line ends in a mere newline.

    Raises:
        UnreadableError: It is UTF-16, exceeds the budget, or unpacks to far more than its size.
        OSError: It cannot be read.
        EOFError: It is packed, and cut off.
        zlib.error: It is packed, and damaged.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        if not path.lower().endswith(".gz"):
            yield from _lines(_counted(file, budget, None))
            return
        import gzip

        packed = os.fstat(file.fileno()).st_size
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield from _lines(_counted(unpacked, budget, packed))


def _counted(file: _Bytes, budget: Budget, packed: int | None) -> Iterator[bytes]:
    """Yield what is read, and take it from the budget, as long as that lasts."""
    total = 0
    while read := file.read(_PIECE):
        total += len(read)
        budget.bytes -= len(read)
        budget.lines -= read.count(b"\n")
        if packed is not None and total > _SMALL and total > _MAX_RATIO * packed:
            message = f"the file unpacks to more than {_MAX_RATIO} times its size"
            raise UnreadableError(Problem(1, 1, message, "it looks like an archive bomb"))
        if budget.bytes < 0 or budget.lines < 0:
            most = f"{MAX_BYTES >> 20} MiB or {MAX_LINES:,} lines"
            message = f"the list files hold more than {most} together"
            raise UnreadableError(Problem(1, 1, message, "leave out what is no number"))
        yield read


def _lines(read: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    first = True
    for part in read:
        piece = rest + (_without_mark(part) if first else part)
        first = False
        cut = piece.rfind(b"\n") + 1
        rest = piece[cut:]
        if len(rest) > _LONGEST_LINE:
            raise UnreadableError(Problem(1, 1, "the file has a line of more than 64 KiB"))
        if cut:
            yield piece[:cut].replace(b"\r\n", b"\n")
    if rest:
        yield rest.removesuffix(b"\r") + b"\n"


def _without_mark(start: bytes) -> bytes:
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise UnreadableError(
            Problem(1, 1, "the file is UTF-16 text", "write it anew: iconv -f UTF-16 -t UTF-8")
        )
    return start.removeprefix(b"\xef\xbb\xbf")


def text_of(piece: bytes, line: int) -> str:
    """Decode a piece with `line` lines before it; raises `UnreadableError` if it is not UTF-8."""
    try:
        return piece.decode()
    except UnicodeDecodeError as error:
        line += piece.count(b"\n", 0, error.start) + 1
        korean = _is(piece, "cp949")
        what = "the line is not UTF-8 text" + (", but perhaps CP949" if korean else "")
        way_out = "write it anew: iconv -f CP949 -t UTF-8" if korean else "save it as UTF-8"
        raise UnreadableError(Problem(line, 1, what, way_out)) from None


def _is(piece: bytes, encoding: str) -> bool:
    try:
        piece.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
