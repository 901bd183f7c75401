"""Mail that programs submit by SMTP, with the login of one of a sender domain's configurations."""

import secrets
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from reconciler.emulator.octeth import email
from reconciler.emulator.octeth.accounts import Account, Row, logins
from reconciler.emulator.octeth.calls import NO_MAIL_SERVER, MailServer, Refusal
from reconciler.emulator.octeth.enduser import Callers
from reconciler.emulator.outcomes import Outcome, outcome_of
from reconciler.emulator.smtp import Refused


class Submission:
    """The SMTP side of one emulated server; `email` checks and stores the mails."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._store = callers.store
        self.server = NO_MAIL_SERVER

    def serve_smtp(self, host: str, port: int) -> None:
        """Take note of the server's address, which clients are told."""
        self.server = MailServer(host=host, ports=(port,))

    def log_in(self, username: str, password: str) -> bool:
        """Tell whether some domain's configuration has this login."""
        found = self._login(username)
        return found is not None and secrets.compare_digest(
            found[1]["password"].encode(), password.encode()
        )

    def recipient(self, address: str) -> None:
        """Refuse the recipients that the end-user endpoint refuses."""
        match outcome_of(address):
            case Outcome.BLOCKED:
                raise Refused(554, "5.7.1 Email address is in the suppression list.")
            case Outcome.REFUSED:
                raise Refused(550, "5.1.1 Recipient email address is invalid.")
            case _:
                return

    def mail(self, username: str, recipients: list[str], mail: EmailMessage) -> str:
        """Take a mail as the end-user endpoint does."""
        with self._store.batch():
            found = self._login(username)
            if found is None:
                raise Refused(535, "5.7.8 authentication credentials invalid")
            account, row = found
            caller = self._callers.of(account, row["domain_id"], _parameters(mail, recipients))
            try:
                return str(email.accept(caller)["MessageID"])
            except Refusal as refusal:
                raise Refused(554, f"5.7.1 {email.words_for(refusal.codes[0])}") from None

    def _login(self, username: str) -> tuple[Account, Row] | None:
        place = logins(self._store).get(username)
        if place is None:
            return None
        account = Account(self._store, place["account"])
        row = account.find("smtps", place["id"])
        return None if row is None else (account, row)


def _parameters(mail: EmailMessage, recipients: list[str]) -> dict[str, Any]:
    """Return the parameters of the same mail at the end-user endpoint."""
    name, address = parseaddr(str(mail["From"] or ""))
    body = mail.get_body(("plain", "html"))
    kind = "Html" if body is not None and body.get_content_subtype() == "html" else "Plain"
    return {
        "From": {"name": name or address, "email": address},
        "To": [{"name": each, "email": each} for each in recipients],
        "Subject": str(mail["Subject"] or ""),
        "ContentType": kind.lower(),
        f"{kind}Content": "" if body is None else body.get_content(),
        "Headers": {name: str(value) for name, value in mail.items() if name.startswith("X-")},
    }
