"""The endpoints of all accounts, and the class the framework finds."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.emulator.clock import Clock
from reconciler.emulator.engagelab_sms import messages, send, signatures, templates
from reconciler.emulator.engagelab_sms.accounts import Account
from reconciler.emulator.engagelab_sms.calls import Call, Endpoint, RefusedError
from reconciler.emulator.engagelab_sms.console import Console
from reconciler.emulator.engagelab_sms.credentials import DEV, SMS, authenticate
from reconciler.emulator.engagelab_sms.readings import READINGS, SENDING
from reconciler.emulator.engagelab_sms.review import policy
from reconciler.emulator.pipeline import list_hints
from reconciler.emulator.readings import Chosen
from reconciler.emulator.store import Store

MANAGEMENT: Mapping[tuple[str, str], Endpoint] = {
    **signatures.ENDPOINTS,
    **templates.ENDPOINTS,
    **messages.ENDPOINTS,
}


class EngagelabSms:
    """All accounts of one emulated EngageLab SMS; rows live in the store, keyed by dev key."""

    type: str = "engagelab-sms"
    READINGS: Mapping[str, tuple[str, ...]] = READINGS
    ASIDE: Collection[str] = (*SENDING, "review")
    """And `review`: tests of an object's whole life cannot go on while it waits for a review."""

    def __init__(self, store: Store, readings: Mapping[str, str]) -> None:
        self._store = store
        self._readings = Chosen(READINGS, readings)
        self.clock: Callable[[], datetime] = Clock(store).now
        self.console = Console(store, self._now)

    def routes(self) -> list[BaseRoute]:
        """Return the endpoints, relative to the provider's base address."""
        return [
            *self.console.routes(),
            *(self._route(*place, each, DEV) for place, each in MANAGEMENT.items()),
            *(self._route(*place, each, SMS) for place, each in send.ENDPOINTS.items()),
        ]

    def account(self, name: str) -> Account:
        """Return the account of a dev key, to look behind the API."""
        return Account(self._store, name)

    def _now(self) -> float:
        return self.clock().timestamp()

    def _route(self, method: str, path: str, endpoint: Endpoint, kind: str) -> Route:
        async def serve(request: Request) -> Response:
            raw = await request.body()
            try:
                with self._store.batch():
                    return JSONResponse(endpoint(self._call(request, raw, kind)))
            except RefusedError as refusal:
                return JSONResponse(refusal.payload, refusal.status)

        return Route(path, serve, methods=[method])

    def _call(self, request: Request, raw: bytes, kind: str) -> Call:
        header = request.headers.get("authorization", "")
        return Call(
            account=self.account(authenticate(self._store, header, kind)),
            readings=self._readings,
            review=policy(self._store, self._readings["review"]),
            arguments=dict(request.path_params),
            raw=raw,
            hidden_seconds=list_hints(request).hidden_seconds,
            moment=self.clock(),
        )


EMULATOR = EngagelabSms
