"""*Query Exclusive Numbers*: no endpoint makes them."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from reconciler.emulator.surenotify.answers import sloppy
from reconciler.emulator.surenotify.calls import Call, Endpoint, Row

_EXAMPLE: Mapping[str, Row] = {
    number: {
        "phoneNumber": number,
        "createDate": f"2019-{month}-05T08:19:26Z",
        "updateDate": f"2019-{month}-05T09:31:26Z",
    }
    for number, month in (("0988777666", "03"), ("0911222333", "04"))
}
"""The numbers in the page's example."""


def of(call: Call) -> Mapping[str, Row]:
    """Return the account's numbers, with their dates."""
    own = call.account.numbers
    return _EXAMPLE if not own and call.readings.has("numbers", "example") else own


def _query(call: Call) -> Response:
    suffix = "`" if call.readings.has("date-suffix", "backtick") else ""
    numbers = [
        {key: value if key == "phoneNumber" else value + suffix for key, value in row.items()}
        for row in of(call).values()
    ]
    return sloppy(call.readings, {"phoneNumbers": numbers})


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = MappingProxyType(
    {("GET", "/v1/sms/exclusive-number"): _query}
)
