"""What a request asks to be sent: which text, from which number, when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.emulator.nhncloud_sms import senders
from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    invalid,
    text,
)
from reconciler.emulator.nhncloud_sms.rows import (
    Row,
)
from reconciler.emulator.nhncloud_sms.sending import texts
from reconciler.emulator.nhncloud_sms.sending.times import MINUTE, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEMPLATE_ID, _SENDER, _KEY = 50, 13, 100
_LATEST_SECONDS = 60 * 24 * 3600
_MOST_FILES = 3


class Kind(Struct, frozen=True, kw_only=True):
    """What is sent: one of the five paths below `sender/`."""

    send_type: str
    """"0" SMS, "1" LMS and MMS, "2" authentication."""
    advert: bool = False

    @property
    def has_title(self) -> bool:
        """Whether it has a title, and may have attachments."""
        return self.send_type == "1"


SMS, MMS, AUTH = (Kind(send_type=each) for each in "012")
AD_SMS, AD_MMS = (Kind(send_type=each, advert=True) for each in "01")


class Order(Struct, frozen=True, kw_only=True):
    """A checked request: everything that is the same for all recipients."""

    kind: Kind
    template_id: str | None
    title: str
    body: str
    sender: str
    files: Sequence[int]
    due: float
    """When it is to be sent; now, unless the request names a time."""
    sender_group: str | None
    user: str | None

    @property
    def message_type(self) -> str:
        """SMS, LMS, MMS or AUTH."""
        if self.kind.has_title:
            return "MMS" if self.files else "LMS"
        return "AUTH" if self.kind.send_type == "2" else "SMS"

    def written(self, call: Call, parameters: Mapping[str, object]) -> tuple[str, str]:
        """Title and body as one recipient gets them. Raises `Refusal`."""
        title, body = (texts.filled(call, each, parameters) for each in (self.title, self.body))
        return texts.encoded(call, title), texts.encoded(call, body)


def read(call: Call, kind: Kind) -> Order:
    """Read a request. Raises `Refusal`."""
    template_id = text(call.payload, "templateId", limit=_TEMPLATE_ID) or None
    template = None if template_id is None else _template(call, template_id, kind)
    title, body, sender = _texts(call, template)
    if not body or (kind.has_title and not title):
        raise Refusal(-2014, "Title or body is missing")
    texts.check_lengths(title, body, sms=not kind.has_title)
    senders.check(call, sender)
    if kind.send_type == "2":
        texts.check_authentication(call, body)
    return Order(
        kind=kind,
        template_id=template_id,
        title=title if kind.has_title else "",
        body=body,
        sender=sender,
        files=_files(call, template) if kind.has_title else (),
        due=_due(call),
        sender_group=text(call.payload, "senderGroupingKey", limit=_KEY),
        user=text(call.payload, "userId", limit=_KEY),
    )


def _template(call: Call, template_id: str, kind: Kind) -> Row:
    row = call.account.templates.get(template_id)
    if row is None or row["delYn"] == "Y" or row["useYn"] != "Y":
        raise Refusal(-2110, "Template is unavailable")
    if row["sendType"] != ("1" if kind.has_title else "0"):
        raise Refusal(-2006, "Delivery type in template setting differs from requested type")
    return row


def _texts(call: Call, template: Row | None) -> tuple[str, str, str]:
    """Title, body and sender: a request with a body takes nothing from its template."""
    title = text(call.payload, "title") or ""
    body = text(call.payload, "body") or ""
    sender = text(call.payload, "sendNo", limit=_SENDER) or ""
    if template is None or body:
        return title, body, sender
    return title or template["title"] or "", template["body"], sender or template["sendNo"]


def _files(call: Call, template: Row | None) -> Sequence[int]:
    files = call.payload.get("attachFileIdList")
    if files is None:
        used: list[int] = [] if template is None else template["fileIds"]
        return used
    if not isinstance(files, list) or not all(type(each) is int for each in files):
        raise invalid("attachFileIdList must be a list of integers")
    if len(files) > _MOST_FILES:
        raise invalid(f"attachFileIdList exceeds {_MOST_FILES} files")
    if any(str(each) not in call.account.attachments for each in files):
        raise Refusal(-2004, "The attachment has expired or does not exist")
    return files


def _due(call: Call) -> float:
    asked = call.payload.get("requestDate")
    if not asked:
        return call.at
    due = parsed(asked, MINUTE)
    if due < call.at:
        raise Refusal(-2022, "Request date and time is set earlier than the current time")
    if due > call.at + _LATEST_SECONDS:
        raise invalid("requestDate is more than 60 days from now")
    return due
