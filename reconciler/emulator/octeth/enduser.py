"""The end-user endpoints `/api/v1/webhooks`: the bearer is a sender domain's API key."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from reconciler.emulator.octeth.accounts import Account, Row, bearers
from reconciler.emulator.octeth.answers import answer
from reconciler.emulator.octeth.readings import Chosen
from reconciler.emulator.octeth.webhooks import PAST_TENSE, spelled, store_webhook, url_fault
from reconciler.emulator.pipeline import list_hints
from reconciler.emulator.store import Store

_CANONICAL: Mapping[str, str] = {past: event for event, past in PAST_TENSE.items()}
_POST_ERRORS: Mapping[int, str] = {
    2: "Event is missing",
    3: "Invalid Event value",
    5: "WebhookURL is missing",
}
_DELETE_ERRORS: Mapping[int, str] = {1: "WebhookID is missing", 4: "Invalid WebhookID"}

_Handler = Callable[[Account, int, Mapping[str, Any]], Response]


class EndUserEndpoints:
    """POST, GET and DELETE of `/api/v1/webhooks`, for one domain each time."""

    def __init__(self, store: Store, readings: Chosen) -> None:
        self._store = store
        self._readings = readings

    def routes(self) -> list[BaseRoute]:
        handlers = {"POST": self._add, "GET": self._list, "DELETE": self._delete}
        return [self._route(method, handle) for method, handle in handlers.items()]

    def _route(self, method: str, handle: _Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            parameters = {**request.query_params, **_parsed(await request.body())}
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                token = str(parameters.get("SenderAPIKey", ""))
            with self._store.batch():
                owner = bearers(self._store).get(token.strip())
                if owner is None:
                    return self._errors({13: "Invalid SenderAPIKey"}, 13)
                hidden = list_hints(request).hidden_seconds
                account = Account(self._store, owner["account"], hidden_seconds=hidden)
                return handle(account, owner["domain_id"], parameters)

        return Route("/api/v1/webhooks", endpoint, methods=[method])

    def _add(self, account: Account, domain_id: int, parameters: Mapping[str, Any]) -> Response:
        event = str(parameters.get("Event") or "").strip()
        url = str(parameters.get("WebhookURL") or "").strip()
        missing = [code for code, value in ((2, event), (5, url)) if not value]
        if missing:
            return self._errors(_POST_ERRORS, *missing)
        if not self._readings.newer and event in PAST_TENSE:
            event = PAST_TENSE[event]
        if event not in _CANONICAL:
            return self._errors(_POST_ERRORS, 3)
        if url_fault(url, self._readings) is not None:
            return self._errors(_POST_ERRORS, 3 if self._readings.newer else 5)
        row = store_webhook(account, self._readings, domain_id, _CANONICAL[event], url)
        return answer({"NewWebhookID": self._readings.identifier(row["id"], page=str)})

    def _list(self, account: Account, domain_id: int, _: Mapping[str, Any]) -> Response:
        shown: list[Row] = []
        for row in account.listed("webhooks", domain_id):
            for event in spelled(row["events"], self._readings["rest-event-words"]):
                if self._readings.newer:
                    identifier = self._readings.identifier(row["id"], page=int)
                    shown.append(
                        {"WebhookID": identifier, "Event": event, "WebhookURL": row["url"]}
                    )
                else:
                    shown.append({"Event": event, "URL": row["url"], "Status": "Active"})
        return answer({"Webhooks": shown})

    def _delete(self, account: Account, domain_id: int, parameters: Mapping[str, Any]) -> Response:
        identifier = parameters.get("WebhookID")
        if identifier in (None, ""):
            return self._errors(_DELETE_ERRORS, 1)
        row = account.find("webhooks", identifier)
        if row is None or row["domain_id"] != domain_id:
            return self._errors(_DELETE_ERRORS, 4)
        account.remove("webhooks", row)
        return answer({} if self._readings.newer else {"Message": "Webhook successfully deleted."})

    def _errors(self, texts: Mapping[int, str], *codes: int) -> Response:
        errors = [{"Code": code, "Message": texts[code]} for code in codes]
        return answer({"Errors": errors}, int(self._readings["error-status"]))


def _parsed(body: bytes) -> Mapping[str, Any]:
    """Read a JSON body, whatever its type: the page's DELETE example sends JSON as a form."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
