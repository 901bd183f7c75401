"""Refuses expressions that could fill the memory before the engine's own limits end them.

The engine counts steps and depth, not bytes. `+` alone makes new texts and lists: a few of them in
a row double a text each time, and one inside of a macro makes thousands.
"""

from __future__ import annotations

import re

MOST = 8
"""So many `+` may stand in an expression."""
_PASSED_OVER = re.compile(
    r"""//[^\n]*
      | [bB]?[rR][bB]?(?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|"[^"\n]*")
      | '''(?:\\.|[^\\])*?''' | \"\"\"(?:\\.|[^\\])*?\"\"\"
      | '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*"
    """,
    re.VERBOSE | re.DOTALL,
)
_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|filter|map|optMap|optFlatMap)\s*\(")


def excess(expression: str) -> tuple[int, str] | None:
    """Return where an expression could grow without bound, and a message; `None` where nowhere."""
    code = _PASSED_OVER.sub(lambda found: " " * len(found.group()), expression)
    signs = [found.start() for found in re.finditer(r"\+", code)]
    if signs and _MACRO.search(code):
        return signs[0], "`+` does not go with a macro such as exists or map"
    if len(signs) > MOST:
        return signs[MOST], f"more than {MOST} `+` in one expression"
    return None
