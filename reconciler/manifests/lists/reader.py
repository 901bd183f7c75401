"""Reads one file of phone numbers: a set of numbers, faults and doubts.

Most pieces of a file hold nothing but Korean numbers, and are recognized by one expression; only
the others are read line by line.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterator
from itertools import chain

from reconciler.manifests.lists.cells import COMMENT, fault_of
from reconciler.manifests.lists.content import Budget, pieces_of, text_of
from reconciler.manifests.lists.found import Count, ListFile, Note, doubts_of
from reconciler.manifests.lists.table import Column, NoColumnError, column_of, quoted_rows
from reconciler.manifests.text.common import UnreadableError
from reconciler.model.numbers import NumberSet
from reconciler.model.phone import KOREAN, Phone, read_phone

_MAX_FAULTS = 20
_MAX_DOUBTFUL = 100_000
"""The most doubtful numbers in a file: each takes forty microseconds to check."""
_PLAIN_LINES = re.compile(rb"(?:" + KOREAN.encode() + rb"\n)*+")
_KOREAN = re.compile(KOREAN)
_SEPARATORS = b" ()-"
_WITHOUT_SEPARATORS = str.maketrans("", "", _SEPARATORS.decode())


def read_list(path: str, column: str, budget: Budget) -> ListFile:
    """Read a file of numbers; what cannot be read becomes a fault of the result.

    Args:
        path: Absolute.
        column: The name or number of the column of numbers; empty to find it by the header.
        budget: How much may still be read; what is read is taken from it.
    """
    return _Reader(path, column, budget).read()


class _Reader:
    """Reads one file of numbers."""

    def __init__(self, path: str, column: str, budget: Budget) -> None:
        self._path = path
        self._asked = column
        self._budget = budget
        self._line = 0
        """The number of lines read so far."""
        self._column: Column | None = None
        self._found = ListFile(numbers=NumberSet(), faults=[], doubts={})
        self._doubtful = 0

    def read(self) -> ListFile:
        try:
            pieces = pieces_of(self._path, self._budget)
            for piece in pieces:
                if self._is_table and b'"' in piece:
                    self._with_quotes(piece, pieces)
                else:
                    self._piece(piece)
        except _Stop:
            pass
        except UnreadableError as error:
            problem = error.problem
            self._fault(problem.line, problem.message, problem.hint)
        except NoColumnError as error:
            self._fault(self._line, str(error), error.hint)
        except csv.Error as error:
            self._fault(self._line + 1, f"the line is not CSV: {error}")
        except (OSError, EOFError, zlib.error) as error:
            words = getattr(error, "strerror", None) or "it is damaged"
            self._fault(1, f"the file cannot be read: {words}")
        return self._found

    @property
    def _is_table(self) -> bool:
        return self._path.lower().removesuffix(".gz").endswith((".csv", ".tsv"))

    def _piece(self, piece: bytes) -> None:
        if not piece.strip():
            self._line += piece.count(b"\n")
            return
        bare = piece.translate(None, _SEPARATORS)
        if self._column is None or self._column.count > 1:
            self._lines(text_of(piece, self._line), None)
        elif _PLAIN_LINES.fullmatch(bare):
            numbers = bare.decode("ascii").split("\n")
            numbers.pop()
            self._line += len(numbers)
            self._found.numbers.add_many(numbers)
        else:
            self._lines(text_of(piece, self._line), text_of(bare, self._line))

    def _lines(self, text: str, bare: str | None) -> None:
        """Read lines one by one.

        `bare` is the text without separators inside numbers; `None` if it has several columns, or
        the column is not known yet. A cell that is a complete Korean number takes a shortcut.
        """
        lines = text.removesuffix("\n").split("\n")
        numbers: list[str] = []
        start = 0 if self._column else self._first(lines, numbers)
        if self._column is not None and (bare is not None or self._column.count == 1):
            cells = (bare or text.translate(_WITHOUT_SEPARATORS)).removesuffix("\n").split("\n")
        else:
            cells = list(map(self._raw_cell, lines))
        known = _KOREAN.fullmatch
        before = self._line
        for offset in range(start, len(lines)):
            if known(cells[offset]):
                numbers.append(cells[offset])
                continue
            self._line = before + offset - start + 1
            line = lines[offset]
            if line and line[:2] != "# " and (number := self._number(self._cell(line))):
                numbers.append(number)
        self._line = before + len(lines) - start
        self._found.numbers.add_many(numbers)

    def _first(self, lines: list[str], numbers: list[str]) -> int:
        """Read lines until the column of the numbers is known; return how many were read."""
        for offset, line in enumerate(lines):
            self._line += 1
            if line and (number := self._number(self._cell(line))):
                numbers.append(number)
            if self._column is not None:
                return offset + 1
        return len(lines)

    def _raw_cell(self, line: str) -> str:
        column = self._column
        if column is None:
            return ""
        cells = line.split(column.delimiter, column.index + 1)
        return cells[column.index] if column.index < len(cells) else ""

    def _cell(self, line: str) -> str:
        """Return the cell with the number of a line; empty for comments and the header."""
        if COMMENT.match(line) or not line.strip():
            return ""
        if self._column is None and self._choose(line).header:
            return ""
        return self._raw_cell(line).strip().strip('"').strip()

    def _choose(self, line: str) -> Column:
        self._column = column = column_of(line, self._asked)
        self._found.column = column.words
        return column

    def _at(self, cells: list[str]) -> str:
        index = self._column.index if self._column else 0
        return cells[index].strip().strip('"').strip() if index < len(cells) else ""

    def _with_quotes(self, piece: bytes, pieces: Iterator[bytes]) -> None:
        """Read the rest of a table from its first quote on, where a row may span several lines."""
        before = self._line

        def lines() -> Iterator[str]:
            line = before
            for part in chain((piece,), pieces):
                yield from io.StringIO(text_of(part, line), newline="")
                line += part.count(b"\n")

        delimiter = self._column.delimiter if self._column else _delimiter(piece)
        numbers: list[str] = []
        for read, row in quoted_rows(lines(), delimiter):
            self._line = before + read
            if (cell := self._row_cell(row, delimiter)) and (number := self._number(cell)):
                numbers.append(number)
        self._found.numbers.add_many(numbers)

    def _row_cell(self, row: list[str], delimiter: str) -> str:
        if not any(row) or COMMENT.match(row[0]):
            return ""
        if self._column is None and self._choose(_joined(row, delimiter)).header:
            return ""
        return self._at(row)

    def _number(self, cell: str) -> str:
        if not cell:
            return ""
        phone = read_phone(cell)
        if phone is None:
            message, hint = fault_of(cell)
            column = f"; {self._found.column}" if self._found.column else ""
            if column and not hint:
                hint = "another column is named so: {file: …, column: phone}"
            self._fault(self._line, f"{message}{column}", hint)
            return ""
        if phone.restored or phone.foreign or not phone.planned:
            self._doubt(phone)
        return phone.digits

    def _doubt(self, phone: Phone) -> None:
        self._doubtful += 1
        if self._doubtful > _MAX_DOUBTFUL:
            message = (
                f"more than {_MAX_DOUBTFUL:,} numbers are in no Korean numbering plan or lack the 0"
            )
            self._fault(self._line, message, "is this a list of phone numbers?")
            raise _Stop
        for doubt in doubts_of(phone):
            self._found.doubts.setdefault(doubt, Count(self._line)).count += 1

    def _fault(self, line: int, message: str, hint: str = "") -> None:
        """Note what is wrong with a line, without its text, which may be somebody's number."""
        if len(self._found.faults) == _MAX_FAULTS:
            message = "there are more such lines; the rest of the file was not read"
            self._found.faults.append(Note(line, message))
            raise _Stop
        self._found.faults.append(Note(line, message, hint))


def _delimiter(piece: bytes) -> str:
    head = piece.split(b"\n", 1)[0]
    return chr(max(b",;\t", key=head.count))


def _joined(row: list[str], delimiter: str) -> str:
    return delimiter.join(cell.replace(delimiter, " ").replace("\n", " ") for cell in row)


class _Stop(Exception):
    """Too many faults or doubts were found: the rest of the file is not read."""
