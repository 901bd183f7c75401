"""What other people's errors say, in words for a user."""

from __future__ import annotations


def reason(error: BaseException) -> str:
    """Return why the system refused, without its number and path; else what the error says."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
