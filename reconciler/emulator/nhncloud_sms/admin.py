"""What the console can do and the API cannot, below `/__emulator__/{appKey}`.

    PUT    /__emulator__/{appKey}/sendNos/{number}          register; {useYn, blockYn, blockReason}
    DELETE /__emulator__/{appKey}/sendNos/{number}          take away
    PUT    /__emulator__/{appKey}/unsubscribeNos/{number}   join the 080 service
    DELETE /__emulator__/{appKey}/unsubscribeNos/{number}   leave it
    POST   /__emulator__/{appKey}/blocked/{unsubscribeNo}   block numbers, as callers do; one a line
    POST   /__emulator__/{appKey}/expire-attachments        forget files that no template uses

All answer 204. In Python: `app.state.emulators["nhncloud-sms"].account(appKey)`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.emulator.nhncloud_sms.protocol import (
    Refusal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from reconciler.emulator.nhncloud_sms.account import Account


def admin_routes(account: Callable[[str], Account]) -> list[BaseRoute]:
    """The routes; `account` finds or makes the account of an appKey."""
    admin = _Admin(account)
    base = "/__emulator__/{app_key}"
    numbers = f"{base}/unsubscribeNos/{{number}}"
    return [
        Route(f"{base}/sendNos/{{number}}", admin.sender, methods=["PUT", "DELETE"]),
        Route(numbers, admin.unsubscribe_number, methods=["PUT", "DELETE"]),
        Route(f"{base}/blocked/{{number}}", admin.blocked, methods=["POST"]),
        Route(f"{base}/expire-attachments", admin.expire, methods=["POST"]),
    ]


class _Admin:
    def __init__(self, account: Callable[[str], Account]) -> None:
        self._account = account

    def _found(self, request: Request) -> Account:
        try:
            return self._account(request.path_params["app_key"])
        except Refusal as refusal:
            raise HTTPException(404, refusal.message) from None

    async def sender(self, request: Request) -> Response:
        target = self._found(request)
        number = request.path_params["number"]
        if request.method == "DELETE":
            target.senders.pop(number, None)
            return Response(status_code=204)
        given = json.loads(await request.body() or b"{}")
        target.add_sender(
            number,
            use=given.get("useYn", "Y"),
            block=given.get("blockYn", "N"),
            reason=given.get("blockReason"),
        )
        return Response(status_code=204)

    async def unsubscribe_number(self, request: Request) -> Response:
        target = self._found(request)
        number = request.path_params["number"]
        if request.method == "DELETE":
            target.unsubscribe_numbers.pop(number, None)
        else:
            target.add_unsubscribe_number(number)
        return Response(status_code=204)

    async def blocked(self, request: Request) -> Response:
        target = self._found(request)
        numbers = (await request.body()).decode().split()
        try:
            target.blocked(request.path_params["number"]).add(numbers)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204)

    async def expire(self, request: Request) -> Response:
        files = self._found(request).attachments
        for key in [key for key, row in files.items() if row["templateId"] is None]:
            del files[key]
        return Response(status_code=204)
