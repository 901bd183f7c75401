"""Finds text that YAML takes for a comment: `body: Your code is ##code##` ends after `is`.

A `#` after a blank begins a comment, so a placeholder in a text without quotes silently cuts the
text short. An intended comment has a blank after its `#`. Only the schema of the kind knows which
of the scalars found here belong to text fields, and so have lost something.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.manifests.fault import printable
from reconciler.manifests.text.common import Cut, LineColumn

_AFTER_PLAIN = re.compile(r"[ \t\r\n]*(?P<lost>#(?:[^ \t\r\n][^\n]*)?(?=\n|\Z))")
_AFTER_QUOTED = re.compile(r"[ \t\r\n]*(?P<lost>##[^\s#]+##[^\n]*)")
_IN_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(?P<lost>#[^ \t\r\n][^\n]*)")
"""A placeholder; other comments without a blank are nothing unusual after a closing quote."""
SUSPICIOUS = re.compile(r"(?:^|[ \t])#(?![ \t])", re.MULTILINE)
"""Finds a comment without a blank after its `#`, or text in quotes that looks like one."""
_INSIDE_LINE = re.compile(r"""[ \t](#[^ \t\n][^\n]*)""")
_LONGEST = 40


def cut_of(text: str, event: Any, column: int, lines: int) -> Cut | None:
    """Return how a comment cuts a scalar short; `None` if none does.

    Args:
        text: The text that libyaml reads.
        event: libyaml's event of the scalar.
        column: A comment on a line of its own must be further right than this, counted from 0, to
            count as part of a scalar without quotes.
        lines: The number of lines in the file before the text.
    """
    found = _comment_after(text, event)
    if found is None:
        return None
    at = found.start("lost")
    line_start = text.rfind("\n", 0, at) + 1
    below = not text[line_start:at].strip()
    if below and not event.style and at - line_start <= column:
        return None
    mark = event.start_mark
    first = mark.line + 1 + lines
    line = first + text.count("\n", mark.index, at)
    comment = LineColumn(line, at - line_start + 1)
    return Cut(LineColumn(first, mark.column + 1), comment, found["lost"].rstrip())


def _comment_after(text: str, event: Any) -> re.Match[str] | None:
    if not event.style:
        return _AFTER_PLAIN.match(text, event.end_mark.index)
    if event.style in "|>" and (found := _IN_HEADER.match(text, event.start_mark.index)):
        return found
    return _AFTER_QUOTED.match(text, event.end_mark.index)


def comment_message(lost: str) -> str:
    """Return the message for a text that a comment cuts short; `lost` is empty if secret."""
    shown = lost if len(lost) <= _LONGEST else f"{lost[: _LONGEST - 1]}…"
    what = f"'{printable(shown)}'" if shown else "what follows the #"
    return f"YAML takes {what} for a comment"


WAY_OUT = "put the text in quotes (a comment has a space after its #)"


def comment_in_line(line: str) -> str:
    """Return the likely unintended comment in a line of invalid YAML; empty if there is none."""
    found = _INSIDE_LINE.search(f" {line}")
    return found[1].rstrip() if found else ""
