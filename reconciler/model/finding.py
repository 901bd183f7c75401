"""What a rule noticed: a note beside the plan, or a reason to refuse it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.resource import Origin


class Severity(StrEnum):
    """How bad a finding is. An error refuses apply."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Finding(Struct, frozen=True, kw_only=True):
    """Something a rule noticed about a manifest or a live account."""

    severity: Severity
    rule: str
    """The rule's stable id, for example `nhn-sender-unregistered`."""
    message: str
    address: Address | None = None
    origin: Origin | None = None
