"""How people write a span of time: `90s`, `30m`, `24h`, `7d`."""

from __future__ import annotations

import re

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
FORMS = "90s, 30m, 24h or 7d"
"""For messages."""

_WRITTEN = re.compile(rf"([0-9]{{1,7}})([{''.join(UNITS)}])", re.ASCII)


def seconds_of(text: str) -> float:
    """Return the seconds of a span of time; raises `ValueError` for any other text."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ValueError(f"{text!r} is no span of time: write {FORMS}")
    return int(written[1]) * UNITS[written[2]]
