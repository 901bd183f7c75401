"""The end-user endpoints for webhooks: POST, GET and DELETE of `/api/v1/webhooks`."""

from collections.abc import Mapping

from reconciler.emulator.octeth.accounts import Row
from reconciler.emulator.octeth.calls import Refusal
from reconciler.emulator.octeth.enduser import Caller, Endpoint
from reconciler.emulator.octeth.webhooks import PAST_TENSE, spelled, store_webhook, url_fault

_CANONICAL: Mapping[str, str] = {past: event for event, past in PAST_TENSE.items()}


def _add(caller: Caller) -> Row:
    event, url = caller.text("Event"), caller.text("WebhookURL")
    missing = [code for code, value in ((2, event), (5, url)) if not value]
    if missing:
        raise Refusal(*missing)
    newer = caller.readings.newer
    if not newer and event in PAST_TENSE:
        event = PAST_TENSE[event]
    if event not in _CANONICAL:
        raise Refusal(3)
    if url_fault(url, caller.readings) is not None:
        raise Refusal(3 if newer else 5)
    row = store_webhook(caller.account, caller.readings, caller.domain_id, _CANONICAL[event], url)
    return {"NewWebhookID": caller.readings.identifier(row["id"], page=str)}


def _list(caller: Caller) -> Row:
    shown: list[Row] = []
    for row in caller.account.listed("webhooks", caller.domain_id):
        for event in spelled(row["events"], caller.readings["rest-event-words"]):
            if caller.readings.newer:
                identifier = caller.readings.identifier(row["id"], page=int)
                shown.append({"WebhookID": identifier, "Event": event, "WebhookURL": row["url"]})
            else:
                shown.append({"Event": event, "URL": row["url"], "Status": "Active"})
    return {"Webhooks": shown}


def _delete(caller: Caller) -> Row:
    identifier = caller.parameters.get("WebhookID")
    if identifier in (None, ""):
        raise Refusal(1)
    row = caller.account.find("webhooks", identifier)
    if row is None or row["domain_id"] != caller.domain_id:
        raise Refusal(4)
    caller.account.remove("webhooks", row)
    return {} if caller.readings.newer else {"Message": "Webhook successfully deleted."}


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "/api/v1/webhooks"): Endpoint(
        run=_add,
        errors={2: "Event is missing", 3: "Invalid Event value", 5: "WebhookURL is missing"},
    ),
    ("GET", "/api/v1/webhooks"): Endpoint(run=_list, errors={}),
    ("DELETE", "/api/v1/webhooks"): Endpoint(
        run=_delete, errors={1: "WebhookID is missing", 4: "Invalid WebhookID"}
    ),
}
