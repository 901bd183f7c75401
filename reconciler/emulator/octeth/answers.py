"""How `/api.php` refuses, and how every answer is sent."""

import json

from starlette.responses import Response

from reconciler.emulator.octeth.accounts import Row
from reconciler.emulator.octeth.calls import Command
from reconciler.emulator.octeth.readings import Spellings

AUTHENTICATION = Command(
    run=lambda _: {}, required={}, errors={99998: "Authentication failure or session expired"}
)
"""The answer to a missing or bad credential, whatever the command."""

UNKNOWN_COMMAND = Command(run=lambda _: {}, required={}, errors={404: "Resource not found"})
"""The answer to a command that does not exist; neither page documents one."""


def answer(payload: Row, status: int = 200) -> Response:
    """Send a JSON body."""
    return Response(json.dumps(payload), status, media_type="application/json")


def refused(
    readings: Spellings, command: Command, codes: list[int], *, missing: bool = False
) -> Response:
    """Return the error envelope; the newer page lists codes where parameters are `missing`."""
    listed = readings["error-code"] == "list"
    if readings["error-code"] == "as-page":
        listed = command.lists_codes or (readings.newer and missing)
    payload: Row = {"Success": False, "ErrorCode": codes if listed else codes[0]}
    texts = [command.errors.get(code, "") for code in codes]
    if readings.newer:
        payload["ErrorText"] = texts if listed else texts[0]
    elif command.explains:
        payload["ErrorMessage"] = texts[0]
    return answer(payload, int(readings["error-status"]))
