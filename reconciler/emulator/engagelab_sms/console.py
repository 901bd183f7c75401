"""What people do in the console, because the API cannot, below `/__emulator__`.

    GET    /__emulator__/reviews        what waits for its review: [{id, kind, name, account}]
    POST   /__emulator__/approve/{id}   approve a signature or template; {"remark"} if you like
    POST   /__emulator__/reject/{id}    reject one; {"remark"}
    POST   /__emulator__/approve        approve, or reject, all that are pending
    POST   /__emulator__/reject
    PUT    /__emulator__/review         who decides from now on: {"mode": "instant", "manual",
                                        "rejecting" or "timed", "seconds", "remark"}

    PUT    /__emulator__/callback       where receipts go from now on: {"url"}, signed with {…,
                                        "username", "secret"}; `callbacks` makes the calls
    DELETE /__emulator__/callback       nowhere again

Every path that changes something answers 204. In Python: the methods of `Console`, which is
`app.state.emulators["engagelab-sms"].console`.
"""

import json
from collections.abc import Callable
from typing import Any

from msgspec import convert
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.emulator.engagelab_sms.accounts import Account, Row, owned, owners
from reconciler.emulator.engagelab_sms.readings import READINGS
from reconciler.emulator.engagelab_sms.receipts import Receipts, Receiver
from reconciler.emulator.engagelab_sms.review import (
    APPROVED,
    PENDING,
    REJECTED,
    Policy,
    decided,
    reviewed,
    set_policy,
)
from reconciler.emulator.store import Store


class Console:
    """The console of all accounts."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._receipts = Receipts(store)

    def waiting(self) -> list[Row]:
        """What is not decided yet, oldest first."""
        found = []
        for number, owner in owners(self._store).items():
            row = self._row(number)
            if row["status"] == PENDING:
                found.append({"id": number, "name": row["name"], **owner})
        return found

    def approve(self, number: str, remark: str = "") -> None:
        """Approve a signature or template. Raises `KeyError` for an unknown id."""
        self._decide(number, APPROVED, remark)

    def reject(self, number: str, remark: str) -> None:
        """Reject a signature or template. Raises `KeyError` for an unknown id."""
        self._decide(number, REJECTED, remark)

    def review(self, mode: str, **settings: Any) -> None:
        """Set how later submissions are reviewed, with `seconds` and `remark`.

        Raises `ValueError` for an unknown mode, or another setting.
        """
        if mode not in READINGS["review"]:
            msg = f"mode must be one of {', '.join(READINGS['review'])}"
            raise ValueError(msg)
        set_policy(self._store, convert({"mode": mode, **settings}, Policy))

    def routes(self) -> list[BaseRoute]:
        """These methods over HTTP."""
        return [
            Route("/__emulator__/reviews", self._waiting, methods=["GET"]),
            Route("/__emulator__/review", self._review, methods=["PUT"]),
            Route("/__emulator__/callback", self._callback, methods=["PUT", "DELETE"]),
            *self._verdict("approve", APPROVED),
            *self._verdict("reject", REJECTED),
        ]

    def _verdict(self, word: str, status: int) -> list[BaseRoute]:
        async def one(request: Request) -> Response:
            try:
                self._decide(request.path_params["id"], status, await _remark(request))
            except KeyError:
                raise HTTPException(404, "no such signature or template") from None
            return Response(status_code=204)

        async def every(request: Request) -> Response:
            remark = await _remark(request)
            for row in self.waiting():
                self._decide(row["id"], status, remark)
            return Response(status_code=204)

        path = f"/__emulator__/{word}"
        return [
            Route(path, every, methods=["POST"]),
            Route(f"{path}/{{id}}", one, methods=["POST"]),
        ]

    async def _waiting(self, _: Request) -> Response:
        return JSONResponse(self.waiting())

    async def _review(self, request: Request) -> Response:
        try:
            self.review(**json.loads(await request.body()))
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204)

    async def _callback(self, request: Request) -> Response:
        receiver = None
        if request.method == "PUT":
            try:
                receiver = convert(json.loads(await request.body()), Receiver)
            except ValueError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        self._receipts.send_to(receiver, self._now())
        return Response(status_code=204)

    def _row(self, number: str) -> Row:
        found = owned(self._store, number)
        if found is None:
            raise KeyError(number)
        return reviewed(found[1], self._now())

    def _decide(self, number: str, status: int, remark: str) -> None:
        with self._store.batch():
            row = decided(self._row(number), status, remark)
            owner = owners(self._store)[number]
            Account(self._store, owner["account"]).table(owner["kind"])[number] = row


async def _remark(request: Request) -> str:
    body = await request.body()
    return str(json.loads(body).get("remark", "")) if body else ""
