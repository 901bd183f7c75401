"""The status of a message at a moment, computed from the stored message and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.emulator.nhncloud_sms.sending.times import korean
from reconciler.emulator.outcomes import Event, Outcome, steps

if TYPE_CHECKING:
    from reconciler.emulator.nhncloud_sms.rows import (
        Row,
    )

_EVENING, _MORNING = 21, 8
"""Hours in Korea between which no advertising may be sent."""


class Status(StrEnum):
    """msgStatus."""

    FAILED = "0"
    REQUESTING = "1"
    PROCESSING = "2"
    SUCCESSFUL = "3"
    CANCELLED = "4"
    DUPLICATE = "5"
    FAILED_AD = "6"
    WAITING_AD = "7"


NAMES: Mapping[Status, str] = MappingProxyType(
    {
        Status.FAILED: "failed",
        Status.REQUESTING: "requesting",
        Status.PROCESSING: "processing",
        Status.SUCCESSFUL: "successful",
        Status.CANCELLED: "cancelled",
        Status.DUPLICATE: "duplicate",
        Status.FAILED_AD: "failed (ad restricted)",
        Status.WAITING_AD: "waiting for resending (ad restricted)",
    }
)
"""msgStatusName."""

RESERVATION: Mapping[Status, str] = MappingProxyType(
    {
        Status.FAILED: "FAILED",
        Status.REQUESTING: "RESERVED",
        Status.PROCESSING: "SENDING",
        Status.SUCCESSFUL: "COMPLETED",
        Status.CANCELLED: "CANCEL",
        Status.DUPLICATE: "DUPLICATED",
        Status.FAILED_AD: "FAILED_AD",
        Status.WAITING_AD: "RESEND_AD",
    }
)
"""messageStatus of a reservation."""

SUCCESS = "1000"
BLOCKED = "E917"
_RESULTS: Mapping[Event, tuple[Status, str]] = MappingProxyType(
    {
        Event.DELIVERY: (Status.SUCCESSFUL, SUCCESS),
        Event.HARD_BOUNCE: (Status.FAILED, "3001"),
        Event.SOFT_BOUNCE: (Status.FAILED, "2003"),
        Event.EXPIRY: (Status.FAILED, "2000"),
        Event.BLOCK: (Status.FAILED, BLOCKED),
        Event.DUPLICATE: (Status.DUPLICATE, "E915"),
    }
)

RESULT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        SUCCESS: "successful",
        "2000": "Delivery time exceeded",
        "2003": "Device power off",
        "3001": "No subscriber available",
        "E915": "Duplicate message",
        BLOCKED: "Prohibited number for customer database",
        "E919": "Resending message is prohibited during when delivery is restricted",
    }
)
"""resultCodeName, by the codes of the provider's "result codes of receiving"."""


class Stage(Struct, frozen=True, kw_only=True):
    """The status of a message at a moment."""

    status: Status
    code: str | None = None
    """resultCode, once there is one."""
    at: float | None = None
    """When the result came."""


def progress(row: Row, now: float) -> Stage:
    """Return the status of a stored message at `now`."""
    if row["cancelled"] is not None:
        return Stage(status=Status.CANCELLED, at=row["cancelled"])
    if now < row["due"]:
        return Stage(status=Status.REQUESTING)
    start = row["due"]
    if row["ad"] and is_night(start):
        if row["night"] == "failed":
            return Stage(status=Status.FAILED_AD, code="E919", at=start)
        start = morning_after(start)
        if now < start:
            return Stage(status=Status.WAITING_AD)
    return _sent(row, start, now)


def _sent(row: Row, start: float, now: float) -> Stage:
    if row["blocked"]:
        return Stage(status=Status.FAILED, code=BLOCKED, at=start)
    found = Stage(status=Status.PROCESSING)
    for step in steps(Outcome(row["outcome"])):
        if step.event in _RESULTS and now >= start + step.after:
            status, code = _RESULTS[step.event]
            found = Stage(status=status, code=code, at=start + step.after)
    return found


def is_night(seconds: float) -> bool:
    """Whether no advertising may be sent at this moment."""
    hour = korean(seconds).tm_hour
    return hour >= _EVENING or hour < _MORNING


def morning_after(seconds: float) -> float:
    """When the night ends in which this moment is."""
    clock = korean(seconds)
    into_day = clock.tm_hour * 3600 + clock.tm_min * 60 + seconds % 60
    return seconds - into_day + (24 + _MORNING if clock.tm_hour >= _EVENING else _MORNING) * 3600
