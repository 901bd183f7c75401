"""Finds a character of a text in the file that the text was read from.

YAML folds lines, and drops indentation and quotes, but the visible characters that remain keep
their order, so both texts are walked side by side. After an escape in double quotes the result may
be some columns off.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\n]*)?\n")


def offset_inside(source: str, start: int, value: str, index: int) -> int:
    """Return the index in `source` of the character `index` of `value`.

    Args:
        source: The text of the file.
        start: The index at which the scalar begins, with its quote or its `|`.
        value: The text that was read from the scalar.
        index: Counts characters of `value`; one past the end is allowed.

    If the two texts do not match, `start` is returned.
    """
    header = _HEADER.match(source, start)
    at = header.end() if header else start
    last = at
    for character in value[:index].replace("\n", " "):
        if not character.isspace():
            found = source.find(character, at)
            if found < 0:
                return start
            last = at = found + 1
    rest = value[index : index + 1].strip()
    found = source.find(rest, at) if rest else -1
    return last if found < 0 else found
