r"""Replaces emoji that YAML text escapes as JSON does (`\ud83d\udc4d`), which libyaml refuses.

`json.dumps` writes all characters beyond U+FFFF like this, and many `.yaml` files contain JSON.
Each escape is replaced by the character and fillers, so that all others keep their positions.
"""

from __future__ import annotations

import re

import yaml

from reconciler.model.values import JsonValue

REFUSAL = "found invalid Unicode character escape code"
"""libyaml's message about such an escape."""
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_FILLER = "\ufdd0"
"""A code point that is not a character, and never will be."""


def mended(text: str, error: yaml.YAMLError) -> str | None:
    """Return the text, of the same length, with the escapes replaced that an error is about.

    They are those in the same quoted text, or all if the text is JSON. `None` if the error is about
    something else.
    """
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem != REFUSAL:
        return None
    if error.problem_mark is None or error.context_mark is None:
        return None
    if not _PAIR.match(text, error.problem_mark.index - 2):
        return None
    start: int = error.context_mark.index
    whole = text.lstrip().startswith(("{", "["))
    quoted = None if whole else _QUOTED.match(text, start)
    end = quoted.end() if quoted else len(text)
    return text[:start] + _PAIR.sub(_replaced, text[start:end]) + text[end:]


def _replaced(pair: re.Match[str]) -> str:
    high, low = int(pair[1], 16), int(pair[2], 16)
    character = chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))
    return character + _FILLER * (len(pair[0]) - 1)


def without_fillers(value: JsonValue) -> JsonValue:
    """Return a value that was read from a mended text without the fillers."""
    if isinstance(value, str):
        return type(value)(value.replace(_FILLER, "")) if _FILLER in value else value
    if isinstance(value, dict):
        return {key.replace(_FILLER, ""): without_fillers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_fillers(item) for item in value]
    return value
