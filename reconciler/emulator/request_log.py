"""A request as one line of the log that `reconciler emulator --log-requests` writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.emulator.pipeline import RequestLog

_MASK = "••••••"
_KEY = re.compile(r"(?<=/appKeys/)[^/]+")
_NUMBER = re.compile(r"(?<=/)\+?[\d-]{9,16}(?=/|$)")


def request_line(log: RequestLog, status: int | None) -> str:
    """Return method, path and status of a request; keys and phone numbers in the path are masked.

    Octeth has one path for all commands, so the command follows it. `status` is `None` for a
    connection that was dropped.
    """
    path = _NUMBER.sub(_MASK, _KEY.sub(_MASK, log.path))
    command = log.body.get("Command") if isinstance(log.body, dict) else None
    named = f" {command}" if isinstance(command, str) else ""
    return f"{log.method} {path}{named}: {status or 'connection dropped'}"
