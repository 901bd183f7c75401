"""What all parts of the page are made of."""

from __future__ import annotations

from html import escape

from reconciler.render.layout.safe_text import safe_text


def plain(value: object) -> str:
    """Return any value as text of a page."""
    return escape(safe_text(value))


def section(title: str, inside: str) -> str:
    """Return a part of the page under its title; nothing where there is nothing inside."""
    return f"<section><h2>{plain(title)}</h2>{inside}</section>\n" if inside else ""
