"""The reason in errors of the system and of libraries, for a user."""

from __future__ import annotations


def reason(error: BaseException) -> str:
    """Return the system's reason without error number and path, else the text of the error."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
