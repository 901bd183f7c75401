"""How much a template is used: messages sent with it in the last day, and reserved ones."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta, timezone

from reconciler.model.usage import Usage, Use
from reconciler.model.values import JsonValue
from reconciler.providers.nhncloud_sms.client import Api
from reconciler.providers.wire import rows

_KST = timezone(timedelta(hours=9))
_DAY, _MINUTE = 86_400, 60


async def template_usage(client: Api, template: str) -> Usage:
    """Count a template's messages: one read for the last day's, one for reserved ones."""
    sent, reserved = await asyncio.gather(
        _sent(client, template, time.time()), _reserved(client, template)
    )
    counts = {Use.SENT: sent, Use.RESERVED: reserved}
    return Usage(counts={use: count for use, count in counts.items() if count is not None})


async def _reserved(client: Api, template: str) -> int | None:
    query = [("templateId", template), ("messageStatus", "RESERVED"), ("pageSize", "1")]
    return await client.total("/reservations", query)


async def _sent(client: Api, template: str, now: float) -> int | None:
    query = [
        ("searchType", "DATE"),
        ("from", _minute(now - _DAY)),
        ("to", _minute(now + _MINUTE)),
        ("templateId", template),
    ]
    body = await client.get("/statistics/view", query)
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        return None
    return sum(_requested(row.get("statisticsView")) for row in rows(data))


def _requested(view: JsonValue) -> int:
    count = view.get("requestedCount") if isinstance(view, dict) else None
    return count if isinstance(count, int) else 0


def _minute(seconds: float) -> str:
    """Write a time as this API does: to the minute, in Korea's zone."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(_KST)
    return at.strftime("%Y-%m-%d %H:%M")
