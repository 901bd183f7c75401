"""The one spelling in which base URLs are compared."""

from __future__ import annotations

from urllib.parse import urlsplit


def normal_base_url(url: str) -> str:
    """Return a base URL with its host in lower case, without a default port or a final slash."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    needless = {"https": 443, "http": 80}.get(parts.scheme)
    place = host if port in {None, needless} else f"{host}:{port}"
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}"
