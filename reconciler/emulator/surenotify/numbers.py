"""Exclusive numbers, which no endpoint makes: *Query Exclusive Numbers*."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from reconciler.emulator.surenotify.answers import sloppy
from reconciler.emulator.surenotify.calls import Call, Endpoint


def _query(call: Call) -> Response:
    suffix = "`" if call.readings.has("date-suffix", "backtick") else ""
    numbers = [
        {key: value if key == "phoneNumber" else value + suffix for key, value in row.items()}
        for row in call.account.numbers.values()
    ]
    return sloppy(call.readings, {"phoneNumbers": numbers})


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {("GET", "/v1/sms/exclusive-number"): _query}
)
