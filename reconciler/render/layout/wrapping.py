"""Breaks lines that are too wide: at spaces, counting columns, keeping colours.

A terminal itself would break them anywhere, and go on in column 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from reconciler.render.layout.style import cells

_CODE = re.compile(r"(\x1b\[[0-9;]*m)")
_PIECES = re.compile(r" +|[^ ]+")
_RESET = "\x1b[0m"
_SIGN = re.compile(r" *(?:[^\w\s]{1,3}|\d{1,3}\.|x) +")
"""Beginnings of a line after which the rest of it is aligned: `-/+`, `1.`, `|`."""
_BEGINNINGS = frozenset({"reconciler", "RECONCILER_EMULATE=1"})
"""First words of a command that follows a colon."""
_NARROWEST = 20
_DEEP = 6
"""A line indented by this many columns is text below a heading; its rest is not indented more."""


class _Piece(NamedTuple):
    """Some characters of one colour: either all spaces, or none."""

    codes: str
    text: str

    @property
    def is_space(self) -> bool:
        return self.text.startswith(" ")


def fold(text: str, width: int) -> str:
    """Return a page with every line broken that is wider than `width` columns.

    The rest of a line is aligned with the text after a sign, number or bullet, or indented by two.
    """
    return "\n".join(part for line in text.split("\n") for part in _folded(line, width))


def _folded(line: str, width: int) -> Iterable[str]:
    plain = _CODE.sub("", line)
    if cells(plain) <= width:
        return [line]
    hang = _hang(plain, width)
    words = _whole_commands([*_words(line)], width - hang)
    return [_painted(pieces) for pieces in _filled(words, width, hang)]


def _hang(plain: str, width: int) -> int:
    sign = _SIGN.match(plain)
    lead = len(plain) - len(plain.lstrip(" "))
    hang = cells(sign[0]) if sign else lead if lead >= _DEEP else lead + 2
    return min(hang, max(0, width - _NARROWEST))


def _words(line: str) -> Iterator[list[_Piece]]:
    """Yield words and the spaces between them, each as pieces of one colour."""
    pieces: list[_Piece] = []
    codes = ""
    for part in _CODE.split(line):
        if part == _RESET:
            codes = ""
        elif part.startswith("\x1b"):
            codes += part
        else:
            pieces += (_Piece(codes, text) for text in _PIECES.findall(part))
    return (list(group) for _, group in groupby(pieces, key=lambda piece: piece.is_space))


def _whole_commands(words: list[list[_Piece]], room: int) -> Iterator[list[_Piece]]:
    """Yield words; a command that fits in a line is one word, so that it can be copied."""
    texts = ["".join(piece.text for piece in word) for word in words]
    start = 0
    while start < len(words):
        end = _command_end(texts, start)
        if cells("".join(texts[start:end])) > room:
            end = start + 1
        yield [piece for word in words[start:end] for piece in word]
        start = end


def _command_end(texts: list[str], start: int) -> int:
    """Return the end of a command that begins at `start`, else of the single word."""
    if texts[start].count("`") % 2:
        closing = (n for n in range(start + 1, len(texts)) if texts[n].count("`") % 2)
        return next(closing, start) + 1
    after_colon = start >= 2 and texts[start - 2].endswith(":") and texts[start] in _BEGINNINGS
    if not after_colon:
        return start + 1
    ending = (n for n in range(start, len(texts)) if texts[n].endswith((",", ";", ".", ")")))
    return next(ending, len(texts) - 1) + 1


def _filled(words: Iterable[list[_Piece]], width: int, hang: int) -> list[list[_Piece]]:
    """Fill lines with words; a word that fits in no line is broken at the width."""
    lines = _Lines(width, hang)
    started = False
    space: list[_Piece] = []
    for word in words:
        if word[0].is_space:
            space = word
            continue
        gap, size = _size(space), _size(word)
        endless = size > width - hang and lines.used + gap <= hang
        if started and lines.used + gap + size > width and not endless:
            lines.end()
            space = []
        lines.add(space)
        space = []
        for piece in word:
            lines.break_in(piece)
        started = True
    lines.end()
    return lines.full


class _Lines:
    """Lines that are being filled; all but the first are indented by `hang`."""

    def __init__(self, width: int, hang: int) -> None:
        self._width, self._hang = width, hang
        self._line: list[_Piece] = []
        self.used = 0
        self.full: list[list[_Piece]] = []

    def add(self, pieces: Iterable[_Piece]) -> None:
        """Add pieces to the current line, where they fit."""
        for piece in pieces:
            self._line.append(piece)
            self.used += cells(piece.text)

    def break_in(self, piece: _Piece) -> None:
        """Add a piece, broken over several lines if needed."""
        for part in _broken(piece, self._width - self.used, self._width - self._hang):
            if part is None:
                self.end()
            else:
                self.add([part])

    def end(self) -> None:
        """End the current line and begin a new one."""
        self.full.append(self._line)
        self._line = [_Piece("", " " * self._hang)] if self._hang else []
        self.used = self._hang


def _size(pieces: Iterable[_Piece]) -> int:
    return sum(cells(piece.text) for piece in pieces)


def _broken(piece: _Piece, room: int, later: int) -> Iterator[_Piece | None]:
    """Yield the parts of a piece, with `None` where a new line begins."""
    text = piece.text
    while cells(text) > room:
        end = _fitting(text, room)
        if end:
            yield _Piece(piece.codes, text[:end])
        yield None
        text, room = text[end:], max(2, later)
    yield _Piece(piece.codes, text)


def _fitting(text: str, room: int) -> int:
    """Return how many characters fit; a letter stays with the marks above it."""
    used = 0
    for number, char in enumerate(text):
        used += cells(char)
        if used > room:
            return number
    return len(text)


def _painted(pieces: Iterable[_Piece]) -> str:
    texts = []
    for codes, group in groupby(pieces, key=lambda piece: piece.codes):
        text = "".join(piece.text for piece in group)
        texts.append(f"{codes}{text}{_RESET}" if codes else text)
    return "".join(texts).rstrip(" ")
