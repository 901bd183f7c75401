"""A provider's webhook calls: how to check who sent one, and what it reports."""

from __future__ import annotations

import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.model.verification import Arrival


class CallFault(Exception):
    """Why a call may not be the provider's; the text contains nothing of key or signature."""


class Call(Struct, frozen=True, kw_only=True):
    """One request to a webhook's URL."""

    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value; raises `CallFault` when it is missing or empty."""
        value = self.headers.get(name.lower(), "").strip()
        if not value:
            raise CallFault(f"the header {name} is missing")
        return value

    def json(self) -> dict[str, JsonValue]:
        """Return the body as a JSON object; raises `CallFault` for any other body."""
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError):
            raise CallFault("the body is not JSON") from None
        if not isinstance(parsed, dict):
            raise CallFault("the body is not a JSON object")
        return parsed


class Event(Struct, frozen=True, kw_only=True):
    """What a call reports. Recipients and content are left out."""

    word: str
    """The provider's word, such as `delivery`; empty where the call has none."""
    message: str = ""
    """The provider's id of the message."""
    at: float | None = None
    """When it happened, in seconds since 1970, UTC."""
    arrival: Arrival | None = None
    """Whether the message arrived; `None` where the call does not tell."""
    code: str = ""
    """Why it did not arrive, in the provider's words."""


class Callbacks(ABC):
    """The webhook calls of one provider type."""

    key: ClassVar[str]
    """What signs a call, for people, such as "the API key"."""
    credential: ClassVar[str] = ""
    """The name of the credential that signs; empty if it is a key that no manifest has."""

    @abstractmethod
    def verify(self, call: Call, key: Secret) -> None:
        """Accept a call that `key` signed; raises `CallFault` for every other one."""

    @abstractmethod
    def events(self, call: Call) -> tuple[Event, ...]:
        """Return what a call reports, nothing for a probe; raises `CallFault` for odd bodies."""


def hmac_sha256(key: Secret, message: str) -> str:
    """Return HMAC-SHA256 of a message as lower-case hexadecimal (RFC 2104)."""
    return hmac.new(key.reveal().encode(), message.encode(), hashlib.sha256).hexdigest()


def check_signature(header: str, given: str, expected: str) -> None:
    """Compare in constant time; raises `CallFault` when the two differ."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise CallFault(f"the signature in {header} is not the one that the key gives")
