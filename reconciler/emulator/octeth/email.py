"""*Send Email*: POST `/api/v1/email`."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from reconciler.emulator.octeth.accounts import DEFAULT_OPTIONS, ENABLED, Row
from reconciler.emulator.octeth.calls import Refusal
from reconciler.emulator.octeth.enduser import Caller, Endpoint
from reconciler.emulator.octeth.happenings import moment
from reconciler.emulator.outcomes import Outcome, outcome_of
from reconciler.emulator.sent import Message

MOST_COPIES = 10
"""How many BCC and Reply-To addresses are allowed; the page does not say how many."""

_SUPPRESSED, _BAD_RECIPIENT = 14, 19
_ADDRESS = re.compile(r"[^@\s<>]+@([^@\s<>.]+(?:\.[^@\s<>.]+)+)")
_ERRORS: Mapping[int, str] = {
    1: "Missing SenderAPIKey",
    2: "Invalid DomainID",
    3: "From parameter is either missing or invalid. Make sure you pass both name and email "
    "address for the from field",
    8: "Missing Subject",
    9: "Missing ContentType",
    10: "Missing HTMLContent",
    11: "Missing PlainContent",
    12: "Invalid or deactivated user account",
    _SUPPRESSED: "Email address is in the suppression list. Email delivery is blocked.",
    15: "Invalid TemplateID",
    16: "Invalid TargetListID",
    17: "Email sending limit reached",
    18: "Recipient name or email address is missing",
    _BAD_RECIPIENT: "Recipient email address is invalid.",
    20: "There is no recipient set for the email.",
    21: "CC name or email address is missing",
    22: "CC email address is invalid.",
    23: "Invalid from email address format",
    24: "BCC email addresses must be set as an array",
    25: "BCC name or email address is missing",
    26: "BCC email address is invalid.",
    27: "The number of BCC email addresses exceed the allowed email address count",
    28: "Reply-To email addresses must be set as an array",
    29: "Reply-To name or email address is missing",
    30: "Reply-To email address is invalid.",
    31: "The number of Reply-To email addresses exceed the allowed email address count",
    32: "Domain is not activated",
    34: "User account is not verified",
}

ACCOUNT_REFUSALS = (12, 17, 34)
"""Codes about an account as a whole, which `set_sending_refusal` turns on."""


def words_for(code: int) -> str:
    """Return the page's text for a code."""
    return _ERRORS[code]


def accept(caller: Caller) -> Row:
    """Accept a mail, or raise `Refusal`."""
    faults = list(dict.fromkeys(_faults(caller)))
    if faults:
        raise Refusal(*faults)
    recipients = [each for name in ("To", "CC", "BCC") for each in _people(caller, name)]
    outcomes = {each["email"]: outcome_of(each["email"]) for each in recipients}
    if Outcome.BLOCKED in outcomes.values():
        raise Refusal(_SUPPRESSED)
    if Outcome.REFUSED in outcomes.values():
        raise Refusal(_BAD_RECIPIENT)
    message_id = str(UUID(hex=caller.token(16)))
    for address, outcome in outcomes.items():
        _store(caller, message_id, address, outcome)
    return {"MessageID": message_id}


def _faults(caller: Caller) -> Iterator[int]:
    """Yield a code for each fault of the request itself."""
    refusal = caller.account.sending_refusal
    if refusal is not None:
        yield refusal
    yield from _content_faults(caller)
    yield from _sender_faults(caller)
    to = caller.parameters.get("To")
    if not to:
        yield 20
    yield from _address_faults(caller, _people(caller, "To"), 18, _BAD_RECIPIENT)
    yield from _address_faults(caller, _people(caller, "CC"), 21, 22)
    yield from _copy_faults(caller, "BCC", 24)
    yield from _copy_faults(caller, "ReplyTo", 28)
    # There are no templates, lists or other domains: no endpoint of the emulator makes them.
    if caller.text("DomainID") not in ("", str(caller.domain_id)):
        yield 2
    if caller.text("TemplateID"):
        yield 15
    if caller.text("TargetListID"):
        yield 16


def _content_faults(caller: Caller) -> Iterator[int]:
    if not caller.text("Subject"):
        yield 8
    kind = caller.text("ContentType").lower()
    if kind not in ("html", "plain"):
        yield 9
    elif not caller.text("HtmlContent" if kind == "html" else "PlainContent"):
        yield 10 if kind == "html" else 11


def _sender_faults(caller: Caller) -> Iterator[int]:
    sender = caller.parameters.get("From")
    if not isinstance(sender, dict) or not sender.get("email") or not sender.get("name"):
        yield 3
        return
    domain = caller.account.table("domains")[str(caller.domain_id)]
    found = _ADDRESS.fullmatch(str(sender["email"]))
    if found is None:
        yield 23
    elif caller.readings["from-domain"] == "own" and not _belongs(found.group(1), domain["name"]):
        yield 3
    if domain["status"] != ENABLED:
        yield 32


def _belongs(host: str, domain: str) -> bool:
    return host.lower() == domain.lower() or host.lower().endswith(f".{domain.lower()}")


def _people(caller: Caller, name: str) -> list[Row]:
    """Return the addressees in a field; an item that is not an object becomes an empty one."""
    value: Any = caller.parameters.get(name) or []
    listed = value if isinstance(value, list) else [value]
    return [each if isinstance(each, dict) else {} for each in listed]


def _address_faults(caller: Caller, people: list[Row], missing: int, invalid: int) -> Iterator[int]:
    named = caller.readings["recipient-name"] == "required"
    for each in people:
        if not each.get("email") or (named and not each.get("name")):
            yield missing
        elif not _ADDRESS.fullmatch(str(each["email"])):
            yield invalid


def _copy_faults(caller: Caller, name: str, first: int) -> Iterator[int]:
    """Yield the codes for BCC or Reply-To: not a list, something missing, invalid, too many."""
    value = caller.parameters.get(name)
    if value and not isinstance(value, list):
        yield first
        return
    people = _people(caller, name)
    yield from _address_faults(caller, people, first + 1, first + 2)
    if len(people) > MOST_COPIES:
        yield first + 3


def _store(caller: Caller, message_id: str, address: str, outcome: Outcome) -> None:
    tags = caller.parameters.get("Tags")
    row = {
        "message": message_id,
        "recipient": address,
        "outcome": outcome,
        "subject": caller.text("Subject"),
        "sender": caller.parameters["From"]["email"],
        "tags": tags if isinstance(tags, list) else [],
        "opens": _tracked(caller, "TrackOpens", "OpenTracking"),
        "links": _tracked(caller, "TrackLinks", "LinkTracking"),
        "at": _due(caller).isoformat(),
    }
    caller.account.add("messages", domain_id=caller.domain_id, **row)
    caller.sent.add(_listed(caller, row))


def _listed(caller: Caller, row: Row) -> Message:
    is_html = caller.text("ContentType").lower() == "html"
    headers = caller.parameters.get("Headers") or {}
    return Message(
        provider="octeth",
        channel="email",
        id=row["message"],
        recipient=row["recipient"],
        sender=row["sender"],
        subject=row["subject"],
        content=caller.text("HtmlContent" if is_html else "PlainContent"),
        outcome=row["outcome"],
        at=caller.now,
        correlation={"headers": headers, "tags": row["tags"]},
    )


def _tracked(caller: Caller, parameter: str, option: str) -> bool:
    """Tell whether opens or links are tracked, by the mail's parameter or the domain's option."""
    wish = caller.parameters.get(parameter)
    if wish is not None:
        return str(wish).lower() not in ("0", "false", "no", "")
    options = caller.account.table("domains")[str(caller.domain_id)]["options"]
    return bool(options.get(option, DEFAULT_OPTIONS[option]))


def _due(caller: Caller) -> datetime:
    """Return when the mail goes out: now, or at `SendAt` (seconds or a date in UTC)."""
    planned = moment(caller.text("SendAt"))
    return caller.now if planned is None else max(planned, caller.now)


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "/api/v1/email"): Endpoint(run=accept, errors=_ERRORS, no_key=1, both_keys=True)
}
