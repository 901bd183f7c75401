"""GET statistics/view: how many messages, by date, by hour or by day of the week."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    Reply,
    invalid,
    reply,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending.progress import SUCCESS, progress
from reconciler.emulator.nhncloud_sms.sending.results import TYPES
from reconciler.emulator.nhncloud_sms.sending.searches import asked
from reconciler.emulator.nhncloud_sms.sending.times import MINUTE, korean, parsed

_DIVISIONS: Mapping[str, str] = MappingProxyType({"DATE": "%Y-%m-%d", "TIME": "%H", "DAY": "%a"})
_CONTENTS: Mapping[str, bool] = MappingProxyType({"NORMAL": False, "AD": True})
_YEAR_SECONDS = 366 * 24 * 3600


def view(call: Call) -> Reply:
    """GET statistics/view; divisions in which nothing was sent are left out."""
    form, begin, end = _extent(call)
    wanted = _filter(call)
    counts: dict[str, Counter[str]] = {}
    for row in call.account.messages.values():
        if row["cancelled"] is None and begin <= row["due"] <= end and wanted(row):
            name = time.strftime(form, korean(row["due"]))
            counts.setdefault(name, Counter())[_state(call, row)] += 1
    return reply({"data": [_division(name, counts[name]) for name in sorted(counts)]})


def _extent(call: Call) -> tuple[str, float, float]:
    """The name of the divisions, and the time between which messages are counted."""
    search_type, first, last = (call.query.get(name) for name in ("searchType", "from", "to"))
    if not (search_type and first and last):
        raise invalid("searchType, from and to are required")
    if search_type not in _DIVISIONS:
        raise Refusal(-2701, "Invalid statistics search parameter")
    begin, end = parsed(first, MINUTE), parsed(last, MINUTE)
    if not 0 <= end - begin <= _YEAR_SECONDS:
        raise Refusal(-2700, "Invalid range of statistics")
    return _DIVISIONS[search_type], begin, end


def _filter(call: Call) -> Callable[[Row], bool]:
    """A test whether a message fits messageType, contentType and templateId."""
    kinds, contents = _listed(call, "messageType"), _listed(call, "contentType")
    if not kinds <= TYPES or not contents <= set(_CONTENTS):
        raise Refusal(-2701, "Invalid statistics search parameter")
    adverts = {_CONTENTS[each] for each in contents or _CONTENTS}
    return lambda row: (
        row["messageType"] in (kinds or TYPES)
        and row["ad"] in adverts
        and asked(call, "templateId", row["templateId"])
    )


def _listed(call: Call, name: str) -> set[str]:
    """The values of a parameter; the URL of the page has the plural of its name."""
    value = call.query.get(name) or call.query.get(f"{name}s")
    return set(value.split(",")) if value else set()


def _state(call: Call, row: Row) -> str:
    now = progress(row, call.at)
    if now.at is None:
        return "pending"
    return "succeed" if now.code == SUCCESS else "failed"


def _division(name: str, counts: Counter[str]) -> Row:
    total = counts.total()
    states = ("succeed", "failed", "pending")
    view: Row = {"requestedCount": total}
    view |= {f"{state}Count": counts[state] for state in states}
    view |= {f"{state}Rate": f"{100 * counts[state] / total:.2f}" for state in states}
    return {"divisionName": name, "statisticsView": view}
