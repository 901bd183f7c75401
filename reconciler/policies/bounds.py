"""Refuses expressions that could fill the memory before the engine's own limits end them.

The engine limits steps and depth, not bytes. Only `+` makes longer texts and lists: several in a
row can double a text each time, and one inside of a macro can add thousands.
"""

from __future__ import annotations

import re

MOST = 8
"""The number of `+` that an expression may have."""
_COMMENTS_AND_TEXTS = re.compile(
    r"""//[^\n]*
      | [bB]?[rR][bB]?(?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|"[^"\n]*")
      | '''(?:\\.|[^\\])*?''' | \"\"\"(?:\\.|[^\\])*?\"\"\"
      | '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*"
    """,
    re.VERBOSE | re.DOTALL,
)
_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|filter|map|optMap|optFlatMap)\s*\(")


def excess(expression: str) -> tuple[int, str] | None:
    """Return the offset where an expression could grow without bound, and a message; or `None`."""
    code = _COMMENTS_AND_TEXTS.sub(lambda found: " " * len(found.group()), expression)
    signs = [found.start() for found in re.finditer(r"\+", code)]
    if signs and _MACRO.search(code):
        return signs[0], "`+` does not go with a macro such as exists or map"
    if len(signs) > MOST:
        return signs[MOST], f"more than {MOST} `+` in one expression"
    return None
