"""`POST /api.php` of all accounts, seeding for tests, and the class the framework finds."""

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.emulator.clock import Clock
from reconciler.emulator.octeth import (
    credentials,
    domains,
    email,
    events,
    rest_events,
    rest_webhooks,
    webhooks,
)
from reconciler.emulator.octeth.accounts import ENABLED, Account, Row
from reconciler.emulator.octeth.answers import AUTHENTICATION, UNKNOWN_COMMAND, answer, refused
from reconciler.emulator.octeth.calls import Call, Command, Refusal
from reconciler.emulator.octeth.enduser import Callers, Endpoint, EndUserEndpoints
from reconciler.emulator.octeth.readings import ODD, READINGS, SENDING, Spellings
from reconciler.emulator.octeth.submission import Submission
from reconciler.emulator.pipeline import list_hints
from reconciler.emulator.store import Store

COMMANDS: Mapping[str, Command] = {
    **domains.COMMANDS,
    **credentials.COMMANDS,
    **webhooks.COMMANDS,
    **events.COMMANDS,
}
END_USER_ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    **rest_webhooks.ENDPOINTS,
    **rest_events.ENDPOINTS,
    **email.ENDPOINTS,
}


class OctethEmulator:
    """All accounts of one emulated Octeth server; rows live in the store, keyed by credential."""

    type: str = "octeth"
    READINGS: Mapping[str, tuple[str, ...]] = READINGS
    ASIDE: Collection[str] = (*SENDING, *ODD)

    def __init__(self, store: Store, readings: Mapping[str, str]) -> None:
        self._store = store
        self._readings = Spellings(READINGS, readings)
        self.clock: Callable[[], datetime] = Clock(store).now
        self.token: Callable[[int], str] = secrets.token_hex
        self._callers = Callers(store, self._readings, clock=self._now, token=self._random)
        self.mail_host = Submission(self._callers)

    def routes(self) -> list[BaseRoute]:
        """Return the endpoints, relative to the installation's base address."""
        return [
            Route("/api.php", self._api, methods=["POST"]),
            *EndUserEndpoints(self._callers).routes(END_USER_ENDPOINTS),
            Route("/__emulator__/seed", self._seed, methods=["POST"]),
        ]

    # Seeding and looking behind the API, for tests.

    def seed_domain(
        self, account: str, name: str, *, status: str = ENABLED, **options: bool | str
    ) -> int:
        """Add a domain in any status, with options as UpdateDomain names them; return its id."""
        owner = self._account(account)
        row = owner.add_domain(name, self.token(32), dict(options))
        owner.put("domains", {**row, "status": status})
        return int(row["id"])

    def seed_webhook(self, account: str, domain_id: int, *, url: str, events: list[str]) -> int:
        """Add one row with any events, even ones that the API refuses (`send`); return its id."""
        row = self._account(account).add("webhooks", domain_id=domain_id, url=url, events=events)
        return int(row["id"])

    def seed_key(self, account: str, domain_id: int, *, description: str, key: str) -> int:
        """Add an API key whatever `key-limit` says; return its id."""
        created = self.clock().strftime("%Y-%m-%d %H:%M:%S")
        owner = self._account(account)
        return int(
            owner.add_key(domain_id, description=description, key=key, created=created)["id"]
        )

    def set_status(self, account: str, domain_id: int, status: str) -> None:
        """Give a domain a status, as an administrator can: `Suspended`, `Blocked`, …."""
        owner = self._account(account)
        owner.put("domains", {**owner.table("domains")[str(domain_id)], "status": status})

    def set_max_domains(self, account: str, limit: int | None) -> None:
        """Set how many domains the user's group allows; `None` (the default) is unlimited."""
        self._account(account).table("settings")["max_domains"] = {"value": limit}

    def set_sending_refusal(self, account: str, code: int | None) -> None:
        """Refuse every mail of an account: 12 deactivated, 17 limit reached, 34 not verified."""
        if code not in (None, *email.ACCOUNT_REFUSALS):
            raise ValueError(f"no refusal of an account: {code}")
        self._account(account).table("settings")["sending_refusal"] = {"value": code}

    def rows(self, account: str, kind: str) -> list[Row]:
        """Return stored rows, secrets included; `kind`: domains, keys, webhooks, …."""
        return [dict(row) for row in self._account(account).rows(kind)]

    def _now(self) -> datetime:
        return self.clock()

    def _random(self, size: int) -> str:
        return self.token(size)

    def _account(self, name: str) -> Account:
        return Account(self._store, name)

    async def _seed(self, request: Request) -> Response:
        """Call a seeding method: `{"method": "seed_domain", "account": …, "name": …}`."""
        asked = json.loads(await request.body())
        methods: dict[str, Callable[..., int | None]] = {
            method.__name__: method
            for method in (
                self.seed_domain,
                self.seed_webhook,
                self.seed_key,
                self.set_status,
                self.set_max_domains,
                self.set_sending_refusal,
            )
        }
        with self._store.batch():
            return answer({"id": methods[asked.pop("method")](**asked)})

    # The commands.

    async def _api(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        parameters = _parameters(await request.body(), kind, self._readings["encoding"])
        hidden = list_hints(request).hidden_seconds
        with self._store.batch():
            return self._dispatch(parameters, hidden)

    def _dispatch(self, parameters: Mapping[str, Any], hidden: float) -> Response:
        credential = str(parameters.get("APIKey") or parameters.get("SessionID") or "").strip()
        if credential in ("", "invalid"):
            return refused(self._readings, AUTHENTICATION, [99998])
        command = COMMANDS.get(str(parameters.get("Command", "")).lower())
        if command is None:
            return refused(self._readings, UNKNOWN_COMMAND, [404])
        call = Call(
            account=Account(self._store, credential, hidden_seconds=hidden),
            readings=self._readings,
            parameters=parameters,
            now=self.clock(),
            token=self.token,
            mail_server=self.mail_host.server,
        )
        missing = command.missing(call)
        if self._readings["missing-parameters"] == "first":
            missing = missing[:1]
        if missing:
            return refused(self._readings, command, missing, missing=True)
        try:
            return answer({"Success": True, "ErrorCode": 0, **command.run(call)})
        except Refusal as refusal:
            return refused(self._readings, command, list(refusal.codes))


def _parameters(body: bytes, content_type: str, accepted: str) -> Mapping[str, Any]:
    """Read a body by its content type; empty if it is malformed, or its type is not accepted."""
    text = body.decode(errors="replace")
    is_json = "json" in content_type or ("form" not in content_type and text.startswith("{"))
    if accepted not in ("any", "json" if is_json else "form"):
        return {}
    if not is_json:
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
