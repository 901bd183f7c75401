"""What an error code, the stable word in JSON, means: as text and JSON."""

from __future__ import annotations

from textwrap import wrap

from msgspec import Struct

from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.style import Colour, Style

_WIDEST = 100


class Code(Struct, frozen=True, kw_only=True):
    """An error code and its explanation."""

    code: str
    exit_code: int
    summary: str
    more: str = ""
    """Why the error exists and what to do; "" where its message says all."""


def code_document(code: Code) -> Document:
    """Return a code as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "code": {
            "code": code.code,
            "exitCode": code.exit_code,
            "summary": code.summary,
            **({"explanation": code.more} if code.more else {}),
        },
    }


def code_text(code: Code, style: Style) -> str:
    """Return a code as text."""
    facts = style.paint(f"error, exit code {code.exit_code}", Colour.CYAN)
    paragraphs = [code.summary, *code.more.split("\n\n")] if code.more else [code.summary]
    lines = [f"{style.bold(code.code)}  {facts}"]
    width = max(30, min(_WIDEST, style.width) - 2)
    for number, paragraph in enumerate(paragraphs):
        lines += [""] if number else []
        lines += [f"  {line}" for line in wrap(paragraph, width, break_long_words=False)]
    return "\n".join(lines) + "\n"
