"""Finds the column of a table that has the numbers, and reads rows with quotes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from reconciler.manifests.fault import printable
from reconciler.suggestions import did_you_mean

_DELIMITERS = ",;\t"
_NUMBER_LIKE = re.compile(r"[0-9]{3}|[0-9][ -][0-9]|[0-9]\.[0-9]|#")
_NAMES = frozenset(
    (
        *("phone", "phones", "phonenumber", "phoneno", "cell", "cellphone", "msisdn"),
        *("mobile", "mobilephone", "mobilenumber", "tel", "telephone", "telephonenumber", "telno"),
        *("number", "numbers", "contact"),
        *("recipient", "recipients", "recipientno", "recipientnumber"),
        *("전화", "전화번호", "휴대폰", "휴대폰번호", "휴대전화", "휴대전화번호", "핸드폰"),
        *("핸드폰번호", "연락처", "번호", "수신번호", "수신자번호", "수신거부번호"),
    )
)
"""Names of columns of numbers, in small letters without blanks, `_` and `-`."""


class Column(Struct, frozen=True, kw_only=True):
    """The column that has a table's numbers."""

    index: int
    delimiter: str
    name: str = ""
    """As in the header, if there is one."""
    count: int = 1
    """The number of columns in the first row."""
    header: bool = False
    """The first row names the columns."""

    @property
    def words(self) -> str:
        """Which column was read, in words; empty if there is just one, without a name."""
        if self.count == 1 and not self.name:
            return ""
        called = f', "{printable(self.name)}",' if self.name else ""
        return f"column {self.index + 1}{called} was read"


class NoColumnError(Exception):
    """There is no such column, or several could be meant."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep what to report."""
        super().__init__(message)
        self.hint = hint


def column_of(line: str, asked: str) -> Column:
    """Return which column has the numbers, by a table's first row.

    Args:
        line: The first line that is neither blank nor a comment.
        asked: What the manifest calls the column: a name of the header, or its number from 1 on.

    Raises:
        NoColumnError: There is no such column, or several could be meant.
    """
    delimiter = max(_DELIMITERS, key=line.count)
    cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    digits = any(any(map(str.isdecimal, cell)) for cell in cells)
    header = bool(cells) and not any(map(_NUMBER_LIKE.search, cells))
    header = header and (len(cells) > 1 or not digits or bool(asked and not asked.isdecimal()))
    index = _asked(cells, asked, header=header) if asked else _by_name(cells, header=header)
    return Column(
        index=index,
        delimiter=delimiter,
        name=cells[index] if header else "",
        count=len(cells),
        header=header,
    )


def _asked(cells: Sequence[str], asked: str, *, header: bool) -> int:
    if header and asked in cells:
        return cells.index(asked)
    folded = [cell.casefold() for cell in cells]
    if header and asked.casefold() in folded:
        return folded.index(asked.casefold())
    if asked.isdecimal() and 1 <= int(asked) <= len(cells):
        return int(asked) - 1
    message = f'there is no column "{printable(asked)}"'
    if not header:
        raise NoColumnError(
            f"{message}: the first line names none",
            f"name it by its number, from 1 to {len(cells)}",
        )
    named = ", ".join(map(printable, cells))
    raise NoColumnError(message, did_you_mean(asked, cells) or f"there are {named}")


def _by_name(cells: Sequence[str], *, header: bool) -> int:
    if not header or len(cells) == 1:
        return 0
    found = [i for i, cell in enumerate(cells) if _bare(cell) in _NAMES]
    if len(found) > 1:
        named = " and ".join(f'"{printable(cells[index])}"' for index in found)
        raise NoColumnError(
            f"the columns {named} could both have the numbers",
            "say which: {file: …, column: " + printable(cells[found[0]]) + "}",
        )
    return found[0] if found else 0


def _bare(cell: str) -> str:
    return re.sub(r"[\s_-]", "", cell).casefold()


def quoted_rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of lines read up to its end.

    Raises:
        csv.Error: A line is not CSV.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    for row in reader:
        yield reader.line_num, row
