"""The rows of an account, and how times are written in them: Korean, without a zone."""

from __future__ import annotations

import time
from typing import Any

Row = dict[str, Any]
KST_OFFSET_SECONDS = 9 * 3600


def now() -> str:
    """The time as the service writes it."""
    return stamp(time.time())


def stamp(seconds: float) -> str:
    """Seconds since the epoch as the service writes them."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds + KST_OFFSET_SECONDS))
