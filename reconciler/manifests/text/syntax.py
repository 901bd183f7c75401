"""Says in plain words why text is not valid YAML, where libyaml's words help nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import yaml

from reconciler.manifests.fault import shown
from reconciler.manifests.text.comments import WAY_OUT, comment_in_line, comment_message
from reconciler.manifests.text.common import Problem
from reconciler.manifests.text.surrogates import REFUSAL

_FORBIDDEN = (  # compiled when it is needed: so many ranges take longer than reading five manifests
    r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_QUOTE_IT = "put the text in quotes"
_FIELD = re.compile(r"""\s*(?:- +)*(?:"[^"]*"|'[^']*'|[^\s:'"#][^:#]*):(?=\s)\s+(?=\S)""")
"""A key on its line, up to its value."""
_GLUED_KEY = re.compile(r"\s*(?:- +)*[\w.-]+:[^\s/]")


class _Spot(NamedTuple):
    """Where libyaml stopped reading; lines and columns count from 0."""

    lines: list[str]
    """The text up to and including the line of the error."""
    line: int
    column: int
    begin: int
    """The line at which the construct that libyaml was reading began."""
    begin_column: int
    problem: str

    @property
    def text(self) -> str:
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def char(self) -> str:
        return self.text[self.column : self.column + 1]

    @property
    def begin_text(self) -> str:
        return self.lines[self.begin] if self.begin < len(self.lines) else ""

    @property
    def before(self) -> int:
        """The last line before it that is neither blank nor a comment, or -1."""
        for number in range(min(self.line, len(self.lines)) - 1, -1, -1):
            if (line := self.lines[number].strip()) and not line.startswith("#"):
                return number
        return -1

    @property
    def begins_line(self) -> bool:
        return not self.text[: self.column].strip()


class _Words(NamedTuple):
    message: str
    hint: str = ""
    at_begin: bool = False
    """Report the place where the construct began, not where libyaml stopped."""
    column: int | None = None
    line: int | None = None


def syntax_problem(error: yaml.YAMLError, text: str, lines: int) -> tuple[int, Problem]:
    """Return the index in the text at which libyaml stopped reading, and the problem to report.

    Args:
        error: libyaml's error.
        text: The text that libyaml was given.
        lines: The number of lines in the file before that text.
    """
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return _control_character(text, lines)
    mark, begin = error.problem_mark, error.context_mark or error.problem_mark
    end = text.find("\n", mark.index)
    spot = _Spot(
        text[: end if end >= 0 else len(text)].split("\n"),
        mark.line,
        mark.column,
        begin.line,
        begin.column,
        error.problem or "",
    )
    words = _comment(spot) or _plain_words(spot) or _libyaml_words(error, lines)
    line, column = (spot.begin, spot.begin_column) if words.at_begin else (spot.line, spot.column)
    line = line if words.line is None else words.line
    column = column if words.column is None else words.column
    return mark.index, Problem(line + 1 + lines, column + 1, words.message, words.hint)


def _plain_words(spot: _Spot) -> _Words | None:
    for part, explain in _EXPLAINERS.items():
        if part in spot.problem:
            return explain(spot)
    return None


def _libyaml_words(error: yaml.MarkedYAMLError, lines: int) -> _Words:
    words = ", ".join(part for part in (error.context, error.problem) if part)
    begin, mark = error.context_mark, error.problem_mark
    far = begin is not None and mark is not None and begin.line != mark.line
    hint = f"it began in line {begin.line + 1 + lines}" if begin is not None and far else ""
    return _Words(f"not valid YAML: {words}", hint)


def _comment(spot: _Spot) -> _Words | None:
    """Look for a text that a comment cuts short, so that YAML cannot read what follows."""
    if "expected" not in spot.problem:
        return None
    flow = "',' or" in spot.problem
    first = spot.begin if flow else spot.before
    for number in range(max(first, 0), min(spot.line + 1, len(spot.lines))):
        line = spot.lines[number]
        indent = len(line) - len(line.lstrip())
        if not flow and number > first and indent <= spot.begin_column:
            continue
        if lost := comment_in_line(line):
            column = line.index(lost)
            return _Words(comment_message(lost), WAY_OUT, line=number, column=column)
    return None


def _mapping_value(spot: _Spot) -> _Words:
    field = _FIELD.match(spot.text)
    if field and field.end() <= spot.column:
        return _Words("the text has ': ', which begins a value in YAML", "quote it")
    before = spot.lines[spot.before] if spot.before >= 0 else ""
    indent, neighbour = _indent(spot.text), _indent(before)
    if _GLUED_KEY.match(before) and not _FIELD.match(before):
        message = "there is no space after the colon"
        column = before.index(":")
        return _Words(message, "write `key: value`", line=spot.before, column=column)
    if indent > neighbour:
        return _deeper(indent)
    return _Words("a `key: value` cannot stand here", "begin a new line with it, or quote the text")


def _deeper(column: int) -> _Words:
    message = "the line is indented deeper than its neighbours"
    return _Words(message, "indent it like the lines above and below", column=column)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


_QUOTED_INSIDE = {"'": "write '' for a quote inside it", '"': 'write \\" for a quote inside it'}
"""How a quote is written inside a text that begins with one."""


def _expected_key(spot: _Spot) -> _Words | None:
    if spot.begins_line and spot.column != spot.begin_column:
        what = "list" if "'-'" in spot.problem else "block"
        return _Words(
            f"the line is indented unlike its neighbours: {spot.column} spaces, and the {what} it "
            f"could belong to has {spot.begin_column}",
            "give the lines of one block the same indentation",
        )
    field = _FIELD.match(spot.text)
    opening = spot.text[field.end() : field.end() + 1] if field else ""
    if opening in _QUOTED_INSIDE:
        return _Words("the text goes on after its closing quote", _QUOTED_INSIDE[opening])
    if opening in {"[", "{"}:
        return _begins_with(opening, "a list" if opening == "[" else "a mapping")
    if spot.begins_line and spot.text[spot.column :].startswith("- "):
        message = "a list cannot follow a key that has a value already"
        return _Words(message, "take away the one or the other")
    return None


def _list_item(spot: _Spot) -> _Words:
    if spot.begins_line:
        return _Words("a list cannot begin here", "begin it on the line below its key, indented")
    return _Words("a text cannot begin with -, which begins a list in YAML", _QUOTE_IT)


def _begins_with(char: str, what: str) -> _Words:
    return _Words(f"a text cannot begin with {char}, which begins {what} in YAML", _QUOTE_IT)


def _cannot_start(spot: _Spot) -> _Words:
    if spot.char == "\t":
        return _tab(spot)
    return _Words(f"a text cannot begin with {spot.char} in YAML", _QUOTE_IT)


def _tab(spot: _Spot) -> _Words:
    column = spot.text.find("\t")
    return _Words("the line is indented with a tab", "indent with spaces", column=max(column, 0))


def _unclosed(_spot: _Spot) -> _Words | None:
    return _Words(
        "the quote that opens here is not closed", "close it before the line ends", at_begin=True
    )


def _unfinished(spot: _Spot) -> _Words:
    opening, what = ("[", "list") if "']'" in spot.problem else ("{", "mapping")
    closing = "]" if opening == "[" else "}"
    return _Words(
        f"the {what} that {opening} opens here lacks a comma or its {closing}",
        "close it, or quote the text if none is meant",
        at_begin=True,
    )


def _escape(spot: _Spot) -> _Words:
    written = spot.text[spot.column - 1 : spot.column + 1]
    if not written.startswith("\\"):
        written = spot.text[spot.column : spot.column + 2]
    return _Words(
        f"{shown(written)} is not an escape of YAML",
        "write \\\\ for a backslash, or put the text in single quotes",
    )


def _surrogate(_spot: _Spot) -> _Words:
    return _Words(
        "a text holds half of a surrogate pair (\\ud800 to \\udfff)", "write the character itself"
    )


def _name(spot: _Spot) -> _Words:
    first = spot.begin_text[spot.begin_column : spot.begin_column + 1]
    what = "an alias" if first == "*" else "an anchor"
    return _begins_with(first, what)._replace(at_begin=True)


def _block_text(spot: _Spot) -> _Words:
    first = spot.begin_text[spot.begin_column : spot.begin_column + 1]
    return _Words(
        f"the text after {first} must begin on the next line",
        f"begin a new line, indented, or quote the text if the {first} belongs to it",
        at_begin=True,
    )


def _no_field(spot: _Spot) -> _Words:
    line = spot.begin_text.strip()
    if line.startswith("-") and not line.startswith("- "):
        return _Words("there is no space after the -", "write `- item`", at_begin=True)
    if _GLUED_KEY.match(line):
        return _Words("there is no space after the colon", "write `key: value`", at_begin=True)
    return _Words(
        "the line is neither `key: value` nor indented as the rest of a text",
        "indent it deeper than its key, or quote the text",
        at_begin=True,
    )


def _directive(_spot: _Spot) -> _Words:
    return _begins_with("%", "a directive")._replace(at_begin=True)


def _content(spot: _Spot) -> _Words | None:
    if not spot.char.strip() or spot.begins_line:
        return None
    return _Words(f"a text cannot begin with {spot.char} in YAML", _QUOTE_IT)


def _no_node(spot: _Spot) -> _Words:
    return _content(spot) or _Words(
        "a list or mapping that [ or { opens is not closed before this line",
        "close it, or quote the text if none is meant",
    )


_EXPLAINERS: Mapping[str, Callable[[_Spot], _Words | None]] = {
    "mapping values are not allowed": _mapping_value,
    "mapping keys are not allowed": _content,
    "block sequence entries are not allowed": _list_item,
    "did not find expected key": _expected_key,
    "did not find expected '-' indicator": _expected_key,
    "found character that cannot start any token": _cannot_start,
    "tab character": _tab,
    "unexpected end of stream": _unclosed,
    "unexpected document indicator": _unclosed,
    "did not find expected ',' or": _unfinished,
    "found unknown escape character": _escape,
    "did not find expected hexdecimal number": _escape,
    REFUSAL: _surrogate,
    "expected alphabetic or numeric character": _name,
    "expected comment or line break": _block_text,
    "could not find expected ':'": _no_field,
    "directive": _directive,
    "non-alphabetical character": _directive,
    "did not find expected node content": _no_node,
}
"""By a part of libyaml's message; the first that fits is used."""


def _control_character(text: str, lines: int) -> tuple[int, Problem]:
    found = re.search(_FORBIDDEN, text)
    index = found.start() if found else 0
    line = text.count("\n", 0, index)
    column = index - text.rfind("\n", 0, index)
    message = "not valid YAML: a control character"
    if found:
        message = f"{message} (U+{ord(found[0]):04X})"
    hint = "remove it, or write it as an escape in double quotes"
    return index, Problem(line + 1 + lines, column, message, hint)
