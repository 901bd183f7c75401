"""Helpers of all parts of the page."""

from __future__ import annotations

from html import escape

from reconciler.render.layout.safe_text import safe_text


def plain(value: object) -> str:
    """Return any value as harmless text in HTML."""
    return escape(safe_text(value))


def section(title: str, inside: str) -> str:
    """Return a section of the page with its title; "" if it is empty."""
    return f"<section><h2>{plain(title)}</h2>{inside}</section>\n" if inside else ""
