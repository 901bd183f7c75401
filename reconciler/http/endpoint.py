"""Checks base URLs: https, or http on a loopback host."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from reconciler.model.loopback import is_loopback


def base_url_fault(url: str) -> str:
    """Return what is wrong with a base URL, "" when it may be used."""
    try:
        parts = urlsplit(url)
        well_formed = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "the base URL is not a URL"
    if not well_formed or not url.isprintable() or " " in url:
        return "the base URL is not a URL"
    return _fault(parts)


def _fault(parts: SplitResult) -> str:
    if parts.scheme == "http":
        if not is_loopback(parts.hostname or ""):
            return "the base URL must be https; http is for a loopback host only"
    elif parts.scheme != "https":
        return "the base URL must be https"
    if parts.username is not None or parts.password is not None:
        return "the base URL must not hold a user name or password; use `credentials`"
    if parts.query or parts.fragment:
        return "the base URL must not hold a query or fragment"
    return ""
