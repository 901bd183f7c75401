"""How endpoints answer and refuse."""

import json
import re

from starlette.responses import Response

from reconciler.emulator.readings import Chosen
from reconciler.emulator.surenotify.calls import RefusedError, Row

_LAST_MEMBER = re.compile(r"([^\s,{\[])(\n\s*})")


def answer(payload: Row | list[Row], status: int = 200) -> Response:
    """Send a JSON body."""
    return Response(json.dumps(payload), status, media_type="application/json")


def forbidden() -> Response:
    """Answer a missing or wrong key, whatever the request is."""
    return answer({"message": "Forbidden"}, 403)


def refused(readings: Chosen, refusal: RefusedError) -> Response:
    """Answer 400 with the reason."""
    return answer({"success": False, readings["error-key"]: [str(refusal)]}, 400)


def not_found(readings: Chosen, status: int) -> Response:
    """Answer a request about something that does not exist."""
    return answer({"success": False, readings["error-key"]: ["Not found"]}, status)


def nothing(reading: str) -> Response:
    """Answer a query of webhooks where there are none."""
    if reading == "404":
        return answer({"message": "Not Found"}, 404)
    text = {"object": "{}", "null": "null", "empty": ""}[reading]
    return Response(text, media_type="application/json")


def deleted(readings: Chosen) -> Response:
    """Answer a delete that worked."""
    return success(readings, int(readings["delete-status"]))


def absent(readings: Chosen) -> Response:
    """Answer a delete of what is not there."""
    return success(readings, int(readings["absent-delete"]))


def success(readings: Chosen, status: int) -> Response:
    """Answer with `success`, which is true for 200 and false for 500."""
    if status == 204:
        return Response(status_code=204)
    return sloppy(readings, {"success": status == 200}, status)


def sloppy(readings: Chosen, payload: Row, status: int = 200) -> Response:
    """Answer as in those examples whose objects end with a comma."""
    if readings.has("success-body", "valid"):
        return answer(payload, status)
    text = _LAST_MEMBER.sub(r"\1,\2", json.dumps(payload, indent=4))
    return Response(text, status, media_type="application/json")
