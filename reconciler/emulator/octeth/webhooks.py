"""Webhooks: the commands of `/api.php`, and the rules that `/api/v1/webhooks` shares with them."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from reconciler.emulator.octeth.accounts import Account, Row
from reconciler.emulator.octeth.calls import Call, Command, Refusal
from reconciler.emulator.octeth.readings import Spellings

PAST_TENSE: Mapping[str, str] = {
    "delivery": "delivered",
    "bounce": "bounced",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "complaint": "complained",
}
"""The events of AddWebhook, and what the end-user endpoints call them."""

BAD_SCHEME, LOCAL_HOST = 6, 7
"""The newer page's codes for a webhook URL that is refused."""

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def url_fault(url: str, readings: Spellings) -> int | None:
    """Return the code for a URL that the server refuses, `None` for one that it accepts.

    The page has no code of its own: "The WebhookURL must be a valid URL format" falls under 5.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return BAD_SCHEME if readings.newer else 5
    if parts.scheme not in ("http", "https") or not host:
        return BAD_SCHEME if readings.newer else 5
    if readings.newer and (host in _LOCAL_HOSTS or host.endswith(".local")):
        return LOCAL_HOST
    return None


def store_webhook(
    account: Account, readings: Spellings, domain_id: int, event: str, url: str
) -> Row:
    """Add a row, or return or extend one that is there, as the readings choose."""
    same_url = [row for row in account.rows("webhooks", domain_id) if row["url"] == url]
    if readings["webhook-rows"] == "per-url" and same_url:
        row = same_url[0]
        if event not in row["events"]:
            row = {**row, "events": [*row["events"], event]}
            account.put("webhooks", row)
        return row
    twin = next((row for row in same_url if row["events"] == [event]), None)
    if twin is not None and readings["webhook-repeat"] == "same-row":
        return twin
    return account.add("webhooks", domain_id=domain_id, url=url, events=[event])


def spelled(events: list[str], word: str) -> list[str]:
    """Spell events in the form whose first word is `word`; an unknown event stays as it is."""
    return [PAST_TENSE.get(event, event) if word == "delivered" else event for event in events]


def _add(call: Call) -> Row:
    event, url = call.text("Event"), call.text("WebhookURL")
    if event not in PAST_TENSE:
        raise Refusal(3)
    domain = call.domain(4)
    fault = url_fault(url, call.readings)
    if fault is not None:
        raise Refusal(fault)
    row = store_webhook(call.account, call.readings, domain["id"], event, url)
    return {"NewWebhookID": call.readings.identifier(row["id"], page=str)}


def _get_all(call: Call) -> Row:
    domain = call.domain(2)
    rows = call.account.listed("webhooks", domain["id"])
    return {"SigningKey": domain["signing_key"], "Webhooks": [_shown(call, row) for row in rows]}


def _shown(call: Call, row: Row) -> Row:
    shown = {"WebhookID": call.readings.identifier(row["id"], page=str)}
    events = spelled(row["events"], call.readings["event-words"])
    if not call.readings.newer:
        return {**shown, "URL": row["url"], "Events": events}
    single = call.readings["webhook-rows"] == "per-event" and len(events) == 1
    told = {"Event": events[0]} if single else {"Events": events}
    return {**shown, **told, "WebhookURL": row["url"]}


def _delete(call: Call) -> Row:
    domain = call.domain(3 if call.readings.newer else 2)
    row = call.row("webhooks", "WebhookID", 4)
    if row["domain_id"] != domain["id"]:
        raise Refusal(4)
    call.account.remove("webhooks", row)
    return {}


COMMANDS: Mapping[str, Command] = {
    "emailgateway.addwebhook": Command(
        run=_add,
        required={"DomainID": 1, "Event": 2, "WebhookURL": 5},
        errors={
            1: "Missing required parameter DomainID",
            2: "Missing required parameter Event",
            3: "Invalid event type specified",
            4: "Domain not found or access denied",
            5: "Missing required parameter WebhookURL",
            BAD_SCHEME: "Invalid webhook URL scheme",
            LOCAL_HOST: "Webhook URL host is not allowed",
        },
        lists_codes=True,
    ),
    "emailgateway.getwebhooks": Command(
        run=_get_all,
        required={"DomainID": 1},
        errors={
            1: "Missing required parameter DomainID",
            2: "Invalid domain or domain does not belong to the user",
        },
    ),
    "emailgateway.deletewebhook": Command(
        run=_delete,
        required={"WebhookID": 1, "DomainID": 1},
        newer_required={"WebhookID": 1, "DomainID": 2},
        errors={
            1: "Missing required parameter: WebhookID or DomainID",
            2: "Invalid DomainID or DomainID not found",
            3: "Domain validation failed",
            4: "Webhook not found or user does not have permission to access it",
        },
    ),
}
