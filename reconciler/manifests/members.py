"""The numbers of a block list, as a stream: from the manifest and from the files it names.

A file has one number a line, or is a CSV whose first column has them; `.gz` is unpacked on the way.
A first line without a digit is a header. Numbers come out as digits alone, `+82 10…` as `010…`, and
they may repeat. Files are read in pieces, so a million numbers need no more memory than ten.
"""

from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeAlias

from reconciler.manifests.fault import Fault, raise_faults
from reconciler.manifests.files import open_regular
from reconciler.manifests.paths import check_path
from reconciler.manifests.schema.rules import PathField
from reconciler.manifests.text.common import Problem, UnreadableError
from reconciler.model.resource import Configuration, Origin, Resource

_PIECE = 1 << 18
_PORTION = 10_000
_LONGEST_LINE = 1 << 16
_MAX_UNPACKED = 1 << 30
"""Bytes that one file may hold once unpacked; some forty million numbers."""
_MAX_FAULTS = 20
_KIND = "BlockList"
_FIELD = PathField(path=("recipientsFrom", "*", "file"), mode="read")

_PLAIN_LINES = re.compile(rb"(?:[0-9]{3,15}\n)*")
_NUMBER = re.compile(r"\+?[0-9](?:[ -]?[0-9]){2,14}")
_IGNORED = re.compile(r"[ -]")
_CELL_END = re.compile(r"[,;\t]")


class _Bytes(Protocol):
    """A file to read bytes from."""

    def read(self, size: int, /) -> bytes: ...


Report: TypeAlias = Callable[[Fault], None]


def members_of(resource: Resource, root: Path) -> Iterator[str]:
    """Yield the numbers of a block list; `root` is the project's root.

    Raises:
        ManifestError: Lines of a file are no numbers, or a file cannot be read. Raised when the
            files have been read to their end, so no use may be made of the numbers before that.
    """
    faults: list[Fault] = []
    for some in _members(resource, root, faults.append):
        yield from some
    raise_faults(faults)


def member_faults(configuration: Configuration) -> tuple[Fault, ...]:
    """Read all files of numbers, and return what is wrong with them."""
    faults: list[Fault] = []
    for resource in configuration.resources.values():
        if "recipientsFrom" in resource.spec:
            for _ in _members(resource, configuration.project.root, faults.append):
                pass
    return tuple(faults)


def normalised(number: str) -> str:
    """Return a number as digits alone: `+82 10-1234-5678` as `01012345678`."""
    digits = _IGNORED.sub("", number)
    if digits.startswith("+82"):
        return "0" + digits[3:].removeprefix("0")
    return digits.removeprefix("+")


def _members(resource: Resource, root: Path, report: Report) -> Iterator[list[str]]:
    """Yield the numbers in portions: one by one through so many hands would take twice as long."""
    recipients = resource.spec.get("recipients")
    if isinstance(recipients, list):
        yield [normalised(str(number)) for number in recipients]
    sources = resource.spec.get("recipientsFrom")
    if not isinstance(sources, list):
        return
    for index, source in enumerate(sources):
        name = str(source.get("file", "")) if isinstance(source, dict) else ""
        file = check_path(root, _FIELD, name)
        where = ("spec", "recipientsFrom", index, "file")
        if isinstance(file, str):
            message = f"the path {file}"
            report(
                Fault(origin=resource.locate(where), address=str(resource.address), message=message)
            )
        else:
            yield from _Reader(name, file.real, str(resource.address), report).numbers()


class _Reader:
    """Reads one file of numbers."""

    def __init__(self, name: str, path: str, address: str, report: Report) -> None:
        self._name = name
        self._path = path
        self._address = address
        self._send = report
        self._line = 0
        """How many lines are done with."""
        self._faults = 0
        self._started = False

    def numbers(self) -> Iterator[list[str]]:
        try:
            with os.fdopen(open_regular(self._path), "rb") as file:
                if self._path.lower().endswith(".gz"):
                    import gzip

                    with gzip.GzipFile(fileobj=file) as unpacked:
                        yield from self._read(unpacked)
                else:
                    yield from self._read(file)
        except _Stop:
            return
        except UnreadableError as error:
            self._fault(error.problem.message, error.problem.line)
        except UnicodeDecodeError:
            self._fault("the line is not UTF-8 text", self._line + 1)
        except _NotCsv as error:
            self._fault(f"the line is not CSV: {error}", self._line + 1)
        except (OSError, EOFError, zlib.error) as error:
            words = getattr(error, "strerror", None) or "it is damaged"
            self._fault(f"the file cannot be read: {words}")

    def _read(self, file: _Bytes) -> Iterator[list[str]]:
        pieces = _pieces(file)
        first = next(pieces, b"")
        if first[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            raise UnicodeDecodeError("utf-8", first, 0, 1, "UTF-16")
        if first.startswith(b"\xef\xbb\xbf"):
            first = first[3:]
        if b'"' in first and self._is_csv():
            numbers = self._quoted(first, pieces)
            while some := list(islice(numbers, _PORTION)):
                yield some
            return
        yield self._piece(first)
        for piece in pieces:
            yield self._piece(piece)

    def _is_csv(self) -> bool:
        return self._path.lower().removesuffix(".gz").endswith(".csv")

    def _piece(self, piece: bytes) -> list[str]:
        """Return the numbers of some whole lines; by far most pieces hold nothing but digits."""
        if _PLAIN_LINES.fullmatch(piece):
            numbers = piece.decode("ascii").split("\n")
            numbers.pop()
            self._line += len(numbers)
            self._started = True
            return numbers
        return list(self._slowly(piece.decode().splitlines()))

    def _slowly(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            self._line += 1
            yield from self._number(_CELL_END.split(line, maxsplit=1)[0])

    def _quoted(self, first: bytes, pieces: Iterator[bytes]) -> Iterator[str]:
        """Read a CSV with quotes, where one row may take several lines."""

        def lines() -> Iterator[str]:
            yield from io.StringIO(first.decode(), newline="")
            for piece in pieces:
                yield from io.StringIO(piece.decode(), newline="")

        head = first.split(b"\n", 1)[0]
        delimiter = max(b",;\t", key=head.count)
        import csv

        reader = csv.reader(lines(), delimiter=chr(delimiter), strict=True)
        try:
            for row in reader:
                self._line = reader.line_num
                yield from self._number(row[0] if row else "")
        except csv.Error as error:
            raise _NotCsv(str(error)) from error

    def _number(self, cell: str) -> Iterator[str]:
        text = cell.strip().strip('"').strip()
        if not text or text.startswith("#"):
            return
        header = not self._started and not any(map(str.isdigit, text))
        self._started = True
        if _NUMBER.fullmatch(text) and text.isascii():
            yield normalised(text)
        elif not header:
            self._fault("the line is not a phone number of 3 to 15 digits", self._line)

    def _fault(self, message: str, line: int = 1) -> None:
        """Report a line, never its text: it may be somebody's number."""
        self._faults += 1
        if self._faults > _MAX_FAULTS:
            message = "there are more such lines; the rest of the file was not read"
        origin = Origin(os.path.normpath(self._name), line)
        self._send(Fault(origin=origin, address=self._address, message=message))
        if self._faults > _MAX_FAULTS:
            raise _Stop


class _NotCsv(Exception):
    """A file is no CSV from some line on."""


class _Stop(Exception):
    """Enough faults were reported of one file."""


def _pieces(file: _Bytes) -> Iterator[bytes]:
    """Yield pieces of whole lines, each line ending in a newline alone."""
    rest = b""
    total = 0
    while read := file.read(_PIECE):
        total += len(read)
        if total > _MAX_UNPACKED:
            problem = Problem(1, 1, f"the file holds more than {_MAX_UNPACKED >> 30} GiB")
            raise UnreadableError(problem)
        piece = rest + read
        cut = piece.rfind(b"\n") + 1
        rest = piece[cut:]
        if len(rest) > _LONGEST_LINE:
            problem = Problem(1, 1, "the file has a line of more than 64 KiB")
            raise UnreadableError(problem)
        if cut:
            yield piece[:cut].replace(b"\r\n", b"\n")
    if rest:
        yield rest + b"\n"
