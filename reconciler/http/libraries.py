"""Imports httpx without what nobody needs of it."""

from __future__ import annotations

import sys
from typing import Any


def load_httpx() -> Any:
    """Import httpx without its command line, which would load click, rich and pygments."""
    loaded = sys.modules.get("httpx")
    if loaded is not None:
        return loaded
    # httpx provides for a missing command line; `None` makes it missing while it is imported.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    try:
        import httpx
    finally:
        if sys.modules.get("httpx._main") is None:
            sys.modules.pop("httpx._main", None)
    return httpx
