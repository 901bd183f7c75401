"""The recipients of a request; each faulty one has its own code in the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.emulator.nhncloud_sms.protocol import (
    Call,
    Refusal,
    invalid,
    text,
)
from reconciler.emulator.outcomes import Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Mapping

KOREA = "82"
_MOST = 1000
_NUMBER, _COUNTRY, _GROUP = 20, 8, 100
_DIGITS = re.compile(r"\d{8,20}")


class Recipient(Struct, frozen=True, kw_only=True):
    """One of `recipientList`."""

    number: str
    country: str
    parameters: Mapping[str, object]
    group: str | None
    fault: Refusal | None
    """Why the message is not sent to this one; None if it is."""

    @property
    def outcome(self) -> Outcome:
        """What happens to a message to this one."""
        return outcome_of(self.number)


def read(call: Call) -> list[Recipient]:
    """Return the recipients of a request. Raises `Refusal`."""
    listed = call.payload.get("recipientList")
    if not isinstance(listed, list) or not listed:
        raise Refusal(-2001, "Recipient is missing")
    if len(listed) > _MOST:
        raise Refusal(-2016, "The number of recipients is over 1,000")
    found = [_recipient(each) for each in listed]
    fault = next((each.fault for each in found if each.fault is not None), None)
    if fault is not None and call.reads("bad-recipient", "whole"):
        raise fault
    return found


def of_number(number: str, parameters: Mapping[str, object]) -> Recipient:
    """Return a recipient for a contact's number."""
    return Recipient(
        number=number, country=KOREA, parameters=parameters, group=None, fault=_fault(number)
    )


def _recipient(given: Any) -> Recipient:
    if not isinstance(given, dict):
        raise invalid("recipientList must be a list of objects")
    number = text(given, "recipientNo", limit=_NUMBER) or ""
    country = text(given, "countryCode", limit=_COUNTRY) or KOREA
    international = text(given, "internationalRecipientNo", limit=_NUMBER) or ""
    if not number and international:
        country, number = _split(international, country)
    parameters = given.get("templateParameter") or {}
    if not isinstance(parameters, dict):
        raise Refusal(-2111, "Invalid template parameter")
    return Recipient(
        number=number,
        country=country,
        parameters=parameters,
        group=text(given, "recipientGroupingKey", limit=_GROUP),
        fault=_fault(number),
    )


def _split(international: str, country: str) -> tuple[str, str]:
    """Country and number of "821012345678"; a Korean number as it is dialled in Korea."""
    digits = international.lstrip("+")
    if digits.startswith(KOREA):
        return KOREA, f"0{digits[len(KOREA) :]}"
    return country, digits


def _fault(number: str) -> Refusal | None:
    if not number:
        return Refusal(-2018, "Recipient number is missing")
    well_formed = number.isascii() and _DIGITS.fullmatch(number.replace("-", ""))
    if not well_formed or outcome_of(number) is Outcome.REFUSED:
        return Refusal(-2019, "Recipient number is invalid")
    return None
