"""The common part of the end-user endpoints `/api/v1/…`: a sender domain's API key as bearer."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.emulator.octeth.accounts import Account, Row, bearers
from reconciler.emulator.octeth.answers import answer
from reconciler.emulator.octeth.calls import Refusal
from reconciler.emulator.octeth.readings import Spellings
from reconciler.emulator.pipeline import list_hints
from reconciler.emulator.sent import Sent
from reconciler.emulator.store import Store

INVALID_KEY, TOO_MANY = 13, 429
_WINDOW_REQUESTS, _WINDOW_SECONDS = 100, 60


class Caller(Struct, frozen=True, kw_only=True):
    """One authenticated request."""

    account: Account
    domain_id: int
    """The domain that the key belongs to."""
    parameters: Mapping[str, Any]
    readings: Spellings
    now: datetime
    token: Callable[[int], str]
    """Makes a random hexadecimal string of that many bytes."""
    sent: Sent
    """The list of accepted messages."""

    def text(self, name: str) -> str:
        """Return a parameter as a string; empty if it is missing, a list or an object."""
        value = self.parameters.get(name)
        return str(value).strip() if isinstance(value, str | int | float) else ""


class Callers:
    """Makes the callers of one server, for requests over HTTP and for mail by SMTP."""

    def __init__(
        self,
        store: Store,
        readings: Spellings,
        *,
        clock: Callable[[], datetime],
        token: Callable[[int], str],
    ) -> None:
        self.store = store
        self.readings = readings
        self.clock = clock
        self._token = token
        self._sent = Sent(store)

    def of(self, account: Account, domain_id: int, parameters: Mapping[str, Any]) -> Caller:
        """Return a caller at the present time."""
        return Caller(
            account=account,
            domain_id=domain_id,
            parameters=parameters,
            readings=self.readings,
            now=self.clock(),
            token=self._token,
            sent=self._sent,
        )


class Endpoint(Struct, frozen=True, kw_only=True):
    """One verb of one path."""

    run: Callable[[Caller], Row]
    """Returns the answer; raises `Refusal`."""
    errors: Mapping[int, str]
    no_key: int = INVALID_KEY
    """The code for a request without a key."""
    both_keys: bool = False
    """Whether the key is documented as a parameter, as well as by the example's bearer."""
    form: bool = False
    """Whether the example sends its body as a form."""


class EndUserEndpoints:
    """The end-user endpoints of one server."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._store = callers.store
        self._readings = callers.readings

    def routes(self, endpoints: Mapping[tuple[str, str], Endpoint]) -> list[BaseRoute]:
        """Return routes for endpoints, which are given by verb and path."""
        return [self._route(*place, endpoint) for place, endpoint in endpoints.items()]

    def _route(self, method: str, path: str, endpoint: Endpoint) -> Route:
        async def serve(request: Request) -> Response:
            parameters = self._parameters(request, await request.body(), endpoint)
            key, code = self._key(request, parameters, endpoint)
            with self._store.batch():
                owner = bearers(self._store).get(key)
                if owner is None:
                    return self._errors(endpoint, code)
                hidden = list_hints(request).hidden_seconds
                account = Account(self._store, owner["account"], hidden_seconds=hidden)
                caller = self._callers.of(account, owner["domain_id"], parameters)
                wait = self._wait(key, caller.now)
                if wait:
                    return self._errors(endpoint, TOO_MANY, wait=wait)
                account.key_used(key, caller.now.strftime("%Y-%m-%d %H:%M:%S"))
                return self._answered(endpoint, caller)

        return Route(path, serve, methods=[method])

    def _answered(self, endpoint: Endpoint, caller: Caller) -> Response:
        try:
            return answer(endpoint.run(caller))
        except Refusal as refusal:
            return self._errors(endpoint, *refusal.codes)

    def _parameters(self, request: Request, body: bytes, endpoint: Endpoint) -> Mapping[str, Any]:
        """Read body and query; for a GET, the reading `get-parameters` says which counts."""
        sent = _parsed(body, form=endpoint.form)
        place = self._readings["get-parameters"] if request.method == "GET" else "any"
        if place == "any":
            return {**request.query_params, **sent}
        return sent if place == "body" else request.query_params

    def _key(
        self, request: Request, parameters: Mapping[str, Any], endpoint: Endpoint
    ) -> tuple[str, int]:
        """Return the key, and the code for a key that does not exist."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        given = str(parameters.get("SenderAPIKey") or "").strip()
        if endpoint.both_keys and not given and self._readings["email-key"] == "both":
            return "", endpoint.no_key
        key = bearer or given
        return key, INVALID_KEY if key else endpoint.no_key

    def _wait(self, key: str, now: datetime) -> int:
        """Count a request of a key; return the seconds to wait if it exceeds the limit, else 0."""
        if self._readings["rest-limit"] == "none":
            return 0
        windows = self._store.table("octeth-windows")
        start, count = now.timestamp(), 0
        if key in windows and start < windows[key]["start"] + _WINDOW_SECONDS:
            start, count = windows[key]["start"], windows[key]["count"]
        if count >= _WINDOW_REQUESTS:
            return math.ceil(start + _WINDOW_SECONDS - now.timestamp())
        windows[key] = {"start": start, "count": count + 1}
        return 0

    def _errors(self, endpoint: Endpoint, *codes: int, wait: int = 0) -> Response:
        texts = {
            INVALID_KEY: "Invalid SenderAPIKey",
            TOO_MANY: f"Too many requests. Wait for {wait} seconds for another "
            f"{_WINDOW_REQUESTS} attempts.",
            **endpoint.errors,
        }
        errors = [{"Code": code, "Message": texts[code]} for code in codes]
        return answer({"Errors": errors}, self._status(codes[0]))

    def _status(self, code: int) -> int:
        """Return the HTTP status of an error, which no page states."""
        if self._readings["rest-error-status"] == "as-commands":
            return int(self._readings["error-status"])
        return {INVALID_KEY: 401, TOO_MANY: 429}.get(code, 400)


def _parsed(body: bytes, *, form: bool) -> Mapping[str, Any]:
    """Read a body: JSON of any content type, as in the page's DELETE example, or a form."""
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = dict(parse_qsl(body.decode(errors="replace"))) if form else None
    return parsed if isinstance(parsed, dict) else {}
