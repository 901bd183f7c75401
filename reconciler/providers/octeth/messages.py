"""Sends one mail with what a canary proves: an API key, a domain's key, or an SMTP configuration.

From the pages "Send Email", "Retrieve Email Events" and "EmailGateway.GetEvents". A mail carries
the operation's id at the end of its subject. By that, the domain's events are searched after a lost
answer, and for a mail sent by SMTP, which has no other id.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import formataddr, formatdate

from reconciler.errors import NotSent, OutcomeUnknown
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.model.verification import Arrival, Receipt
from reconciler.providers.lenient import pick, text_of
from reconciler.providers.messenger import Message, Messenger, Taken
from reconciler.providers.octeth import smtp
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.kinds import AT_DOMAIN, HOOKS
from reconciler.providers.wire import Row

KEY = "deliverTo.key"
_BY_SUBJECT = "subject:"
"""The id of a message that can only be found by its subject."""
_DAY = timedelta(days=1)
_ARRIVALS = {"delivery": Arrival.DELIVERED, "bounce": Arrival.FAILED}
_EVENT = ("EventType", "event_type")
_REASONS = ("Reason", "Description", "Code", "BounceType")
"""Details of an event that may give a reason; no page lists them."""


class Messages(Messenger[OctethClient]):
    """Sends from one account's domains."""

    async def hand_in(self, message: Message) -> Taken:
        """Send with the secret that was delivered for programs."""
        if _kind(message) == "SmtpConfig":
            return await self._by_smtp(message)
        answer = await self.client.send_email(_key(message), _order(message))
        known = text_of(pick(answer, "MessageID")) if isinstance(answer, dict) else None
        if not known:
            raise OutcomeUnknown("the answer has no MessageID")
        return Taken(message=known)

    async def _by_smtp(self, message: Message) -> Taken:
        access = smtp.access_of(message.delivered)
        if access is None:
            raise NotSent("the SMTP access is not in its sink any more")
        await smtp.send(access, _mail(message))
        return Taken(message=_BY_SUBJECT)

    async def find(self, message: Message, sent_at: float) -> Taken | None:
        """Search the domain's events for the subject."""
        found = await self._events_by_subject(message, sent_at)
        return Taken(message=_BY_SUBJECT) if found else None

    async def receipt(self, message: Message, taken: str) -> Receipt | None:
        """Return the worst of the message's events: a bounce may follow a delivery."""
        if taken.startswith(_BY_SUBJECT):
            events = await self._events_by_subject(message, datetime.now(UTC).timestamp())
        else:
            events = await self.client.events_of(_key(message), taken)
        found = {
            HOOKS.spelled(text_of(pick(e, "EventType", "event_type")) or ""): e for e in events
        }
        for word in ("bounce", "delivery"):
            if word in found:
                return Receipt(status=_ARRIVALS[word], code=_code(word, found[word]))
        return Receipt(status=Arrival.WAITING)

    async def _events_by_subject(self, message: Message, around: float) -> list[Row]:
        known = _domain_id(message)
        if not known:
            return []
        at = datetime.fromtimestamp(around, UTC)
        days = (at - _DAY).strftime("%Y-%m-%d"), (at + _DAY).strftime("%Y-%m-%d")
        found = await self.client.events(known, days, query=f"subject:{message.op_id}")
        return [event for event in found if message.op_id in _subject_of(event)]


def _kind(message: Message) -> str:
    return message.canary.of.kind if message.canary.of is not None else ""


def _key(message: Message) -> Secret:
    """Return the API key to send with; raises `NotSent` if none is delivered."""
    readers = [message.delivered]
    if _kind(message) != "ApiKey":
        readers = [read for each, read in message.referring.items() if each.kind == "ApiKey"]
    for read in readers:
        if (key := read(KEY)) is not None:
            return key
    raise NotSent("no API key of the domain is delivered: its sink has none, or another")


def _domain_id(message: Message) -> str:
    owned = message.owned
    if owned is None:
        return ""
    if _kind(message) == "SenderDomain":
        return owned.remote_id
    return AT_DOMAIN.remembered(owned.extra, owned.applied) or ""


def _sender(message: Message) -> str:
    fields = message.fields if _kind(message) == "SenderDomain" else message.related.get("domain")
    domain = (fields or {}).get("domain")
    if message.canary.sender is None and not isinstance(domain, str):
        raise NotSent("`from` is missing: the domain is no resource, so its name is not known")
    return message.canary.sender or f"canary@{domain}"


def _subject(message: Message) -> str:
    return f"Canary of reconciler {message.op_id}"


def _order(message: Message) -> dict[str, JsonValue]:
    return {
        "Subject": _subject(message),
        "ContentType": "plain",
        "PlainContent": "This mail proves that its sender domain sends.",
        "From": {"email": _sender(message), "name": "Canary"},
        "To": [{"email": message.to.reveal(), "name": "Canary"}],
        "TrackLinks": False,
        "TrackOpens": False,
    }


def _mail(message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = _subject(message)
    mail["From"] = formataddr(("Canary", _sender(message)))
    mail["To"] = message.to.reveal()
    mail["Date"] = formatdate()
    mail.set_content("This mail proves that its SMTP access sends.")
    return mail


def _subject_of(event: Row) -> str:
    message = pick(event, "message")
    headers = pick(message, "headers") if isinstance(message, dict) else None
    return (text_of(pick(headers, "subject")) or "") if isinstance(headers, dict) else ""


def _code(word: str, event: Row) -> str:
    details = pick(event, "Details")
    why = text_of(pick(details, *_REASONS)) if isinstance(details, dict) else None
    return f"{word} {why}" if why else word
