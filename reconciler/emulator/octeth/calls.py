"""What a command of `/api.php` gets (`Call`), how it refuses (`Refusal`), and what it is."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from reconciler.emulator.octeth.accounts import Account, Row
from reconciler.emulator.octeth.readings import Spellings

_TWO_SPELLINGS: Mapping[str, tuple[str, str]] = {
    "ApiKeyId": ("ApiKeyId", "APIKeyID"),
    "smtpid": ("smtpid", "SMTPID"),
}
"""Parameters that the page and the newer page spell differently, in that order."""


class Refusal(Exception):
    """Raised to answer a command with these error codes."""

    def __init__(self, *codes: int) -> None:
        super().__init__(*codes)
        self.codes = codes


class MailServer(Struct, frozen=True, kw_only=True):
    """Where mail is submitted, as clients are told."""

    host: str
    ports: tuple[int, ...] = ()
    """Empty: the ports of the page."""


NO_MAIL_SERVER = MailServer(host="smtp.octeth.example")
"""A server that cannot be reached, while no SMTP server runs."""


class Call(Struct, frozen=True, kw_only=True):
    """One authenticated call of a command."""

    account: Account
    readings: Spellings
    parameters: Mapping[str, Any]
    now: datetime
    token: Callable[[int], str]
    """Makes a random hexadecimal string of that many bytes."""
    mail_server: MailServer = NO_MAIL_SERVER

    def given(self, name: str) -> bool:
        """Whether the request has the parameter, even as an empty string."""
        return self.raw(name) is not None

    def raw(self, name: str) -> Any:
        """Return the parameter under any spelling the reading `parameter-names` allows."""
        spellings = _TWO_SPELLINGS.get(name, (name, name))
        reading = self.readings["parameter-names"]
        if reading == "any-case":
            return next(
                (value for key, value in self.parameters.items() if key.lower() == name.lower()),
                None,
            )
        if reading == "exact":
            spellings = (spellings[self.readings.newer],) * 2
        found = (self.parameters.get(spelling) for spelling in spellings)
        return next((value for value in found if value is not None), None)

    def text(self, name: str) -> str:
        """Return the parameter as a string; empty if it is missing, blank, a list or an object."""
        value = self.raw(name)
        if isinstance(value, bool):
            return "1" if value else "0"
        return str(value).strip() if isinstance(value, str | int | float) else ""

    def domain(self, refusal: int) -> Row:
        """Return the row that `DomainID` names; raise `Refusal(refusal)` when there is none."""
        return self.row("domains", "DomainID", refusal)

    def row(self, kind: str, parameter: str, refusal: int) -> Row:
        """Return the row of a kind that a parameter names; raise `Refusal` when there is none."""
        row = self.account.find(kind, self.text(parameter))
        if row is None:
            raise Refusal(refusal)
        return row


class Command(Struct, frozen=True, kw_only=True):
    """One command of `/api.php`, as its section of the page describes it."""

    run: Callable[[Call], Row]
    """Returns the members other than `Success` and `ErrorCode`; raises `Refusal`."""
    required: Mapping[str, int]
    """The required parameters, each with the code for its absence."""
    errors: Mapping[int, str]
    explains: bool = False
    """Whether the page's error example has an `ErrorMessage`."""
    lists_codes: bool = False
    """Whether the page's error example has a list as `ErrorCode`."""
    newer_required: Mapping[str, int] | None = None
    """As `required`, where the newer page differs."""

    def missing(self, call: Call) -> list[int]:
        """Return the codes of the missing parameters, each once."""
        required = self.required
        if call.readings.newer and self.newer_required is not None:
            required = self.newer_required
        codes = [code for name, code in required.items() if not call.text(name)]
        return list(dict.fromkeys(codes))
