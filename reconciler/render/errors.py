"""An error as text."""

from __future__ import annotations

from reconciler.errors import ReconcilerError
from reconciler.render.layout.style import Colour, Style
from reconciler.render.layout.wrapping import fold


def error_text(error: ReconcilerError, style: Style) -> str:
    """Return the message, each detail on a line of its own, and the hint.

    In a terminal lines are broken at its width; in a pipe they are not, for programs that search.
    """
    lead = style.paint("error:", Colour.RED, Colour.BOLD)
    lines = [f"{lead} {_lines(error.message, style)}"]
    lines += [f"  {_lines(detail, style)}" for detail in error.details]
    if error.hint:
        lines.append(f"{style.paint('hint:', Colour.CYAN)} {_lines(error.hint, style)}")
    text = "\n".join(lines) + "\n"
    return fold(text, style.width) if style.terminal else text


def _lines(text: str, style: Style) -> str:
    """Return a message of ours with its line ends kept and everything else made harmless."""
    return "\n  ".join(style.clean(line) for line in text.split("\n"))
