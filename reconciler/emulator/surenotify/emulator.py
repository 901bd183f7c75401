"""The endpoints of all accounts, seeding for tests, and the class the framework finds."""

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.emulator.callbacks import Callbacks
from reconciler.emulator.clock import Clock
from reconciler.emulator.pipeline import list_hints
from reconciler.emulator.readings import Chosen
from reconciler.emulator.sent import Sent
from reconciler.emulator.store import Store
from reconciler.emulator.surenotify import domains, events, mail, numbers, sms, webhooks
from reconciler.emulator.surenotify.answers import answer, forbidden, refused
from reconciler.emulator.surenotify.calls import (
    Account,
    Call,
    Endpoint,
    RefusedError,
    RefusedSendError,
    Row,
    stamp,
)
from reconciler.emulator.surenotify.readings import ODD, READINGS, SENDING

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    **webhooks.ENDPOINTS,
    **domains.ENDPOINTS,
    **numbers.ENDPOINTS,
    **mail.ENDPOINTS,
    **sms.ENDPOINTS,
    **events.ENDPOINTS,
}


class SurenotifyEmulator:
    """All accounts of one emulated Surenotify; rows live in the store, keyed by API key."""

    type: str = "surenotify"
    READINGS: Mapping[str, tuple[str, ...]] = READINGS
    ASIDE: Collection[str] = (*SENDING, *ODD)

    def __init__(self, store: Store, readings: Mapping[str, str]) -> None:
        self._store = store
        self._sent = Sent(store)
        self._callbacks = Callbacks(store)
        self._readings = Chosen(READINGS, readings)
        self.clock: Callable[[], datetime] = Clock(store).now
        self.token: Callable[[int], str] = secrets.token_hex

    def routes(self) -> list[BaseRoute]:
        """Return the endpoints, relative to the provider's base address."""
        api = Router([self._route(*place, endpoint) for place, endpoint in ENDPOINTS.items()])
        return [
            Route("/__emulator__/seed", self._seed, methods=["POST"]),
            Mount("/", app=_with_key(api)),
        ]

    # Seeding and looking behind the API, for tests.

    def seed_webhook(
        self,
        account: str,
        *,
        channel: str,
        event_type: int,
        url: str,
        domain: str = webhooks.OWN_DOMAIN,
        created: str | None = None,
    ) -> None:
        """Add a row, even one that the API would refuse: an unknown type, a duplicate."""
        table = self._account(account).webhooks(channel)
        webhooks.insert(table, event_type, url, created=created or self._now(), domain=domain)

    def seed_number(self, account: str, number: str) -> None:
        """Give the account an exclusive number, which no endpoint can."""
        now = self._now()
        self._account(account).numbers[number] = {
            "phoneNumber": number,
            "createDate": now,
            "updateDate": now,
        }

    def webhooks(self, account: str, channel: str) -> list[Row]:
        """Return the stored webhook rows, oldest first."""
        return [dict(row) for row in self._account(account).webhooks(channel).values()]

    def domains(self, account: str) -> dict[str, Row]:
        """Return the stored domains with their number of `checks` and whether `verified`."""
        return {name: dict(row) for name, row in self._account(account).domains.items()}

    async def _seed(self, request: Request) -> Response:
        """Call a seeding method: `{"method": "seed_number", "account": …, "number": …}`."""
        asked = json.loads(await request.body())
        methods: dict[str, Callable[..., None]] = {
            method.__name__: method for method in (self.seed_webhook, self.seed_number)
        }
        with self._store.batch():
            methods[asked.pop("method")](**asked)
        return answer({})

    # Plumbing.

    def _account(self, key: str) -> Account:
        return Account(self._store, key)

    def _now(self) -> str:
        return stamp(self.clock())

    def _route(self, method: str, path: str, endpoint: Endpoint) -> Route:
        async def serve(request: Request) -> Response:
            call = Call(
                account=self._account(_key(request)),
                readings=self._readings,
                arguments=request.path_params,
                query=request.query_params,
                raw=await request.body(),
                hidden_seconds=list_hints(request).hidden_seconds,
                moment=self.clock(),
                sent=self._sent,
                callbacks=self._callbacks,
                token=self.token,
            )
            try:
                with self._store.batch():
                    return endpoint(call)
            except RefusedError as refusal:
                return refused(self._readings, refusal)
            except RefusedSendError as refusal:
                return answer({**refusal.members}, 400)

        return Route(path, serve, methods=[method])


def _with_key(api: ASGIApp) -> ASGIApp:
    """Check the key before anything else, even before unknown paths and verbs are refused."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(Request(scope))
        await (forbidden() if key in ("", "invalid") else api)(scope, receive, send)

    return guarded


def _key(request: Request) -> str:
    return request.headers.get("x-api-key", "").strip()
