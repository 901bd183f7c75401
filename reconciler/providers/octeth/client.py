"""Octeth's commands over `POST /api.php`: their requests, and their answers as typed values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from reconciler.errors import ProviderError, ReadFailed
from reconciler.http.client import HttpClient
from reconciler.http.request import Request
from reconciler.http.verdict import Verdict
from reconciler.model.finding import Finding, Severity
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.handler import about
from reconciler.providers.hooks import HookList
from reconciler.providers.inside import Parents
from reconciler.providers.lenient import pick, rows_of
from reconciler.providers.octeth import convert, end_user, errors
from reconciler.providers.octeth.kinds import API_KEY, AT_DOMAIN, SMTP_CONFIG, WEBHOOK
from reconciler.providers.octeth.rows import DomainRow, KeyRow, SmtpAccess
from reconciler.providers.task import Scope
from reconciler.providers.wire import Row, rows

PATH = "/api.php"
_PREFIX = "EmailGateway."

_CHILDREN = (API_KEY, SMTP_CONFIG, WEBHOOK)
_WORTH_COUNTING = 4
"""With more lists than this to read, one more request may save most of them."""

_command: ContextVar[str] = ContextVar("octeth_command", default="")
"""The command that this task has sent. Answers do not repeat it, and the meaning of their codes
depends on it."""

T = TypeVar("T")


def classify(status: int, body: JsonValue) -> Verdict:
    """Return what the answer to the command just sent means."""
    command = _command.get()
    if command in end_user.END_USER:
        return end_user.classify(status, body)
    return errors.classify(command, status, body)


class OctethClient:
    """Sends commands to one server. Ids are text; secrets are returned as `Secret`."""

    def __init__(self, http: HttpClient, api_key: Secret, *, form: bool = False) -> None:
        """Send JSON, or with `form` `application/x-www-form-urlencoded`."""
        self.known: Parents[DomainRow] = Parents(AT_DOMAIN, _no_such_domain)
        """The account's domains."""
        self._http = http
        self._api_key = api_key
        self._form = form

    def request(self, command: str, parameters: Mapping[str, str]) -> Request:
        """Return the request for a command, named without its `EmailGateway.`."""
        body = {"Command": f"{_PREFIX}{command}", **parameters}
        secrets = {"APIKey": self._api_key}
        if self._form:
            form = {**body, "ResponseFormat": "JSON"}
            return Request(method="POST", path=PATH, form=form, secret_json=secrets)
        json: JsonValue = dict(body)
        return Request(method="POST", path=PATH, json=json, secret_json=secrets)

    async def look(self, scope: Scope) -> None:
        """Read the account's domains, and which of them have nothing in the lists to be read.

        Only newer servers tell that, by counts, which take a second request.
        """
        self.known.begin(scope, await self.domains())
        lists = sum(len(self.known.asked(kind)) for kind in _CHILDREN if kind in scope.kinds)
        newer = all(row.newer for row in self.known.rows.values())
        if lists <= _WORTH_COUNTING or not newer:
            return
        try:
            counted = await self.domains(with_counts=True)
        except ProviderError:
            return
        self.known.counts = {row.id: row.counts for row in counted}

    async def domains(self, *, with_counts: bool = False) -> list[DomainRow]:
        """List the account's sender domains; those marked as deleted are left out."""
        parameters = {"WithCounts": "1"} if with_counts else {}
        rows = await self._read("GetDomains", convert.domains_of, parameters)
        return [row for row in rows if row.status.lower() != "deleted"]

    async def domain(self, domain_id: str) -> DomainRow:
        """Read one sender domain."""
        return await self._read("GetDomain", convert.single_domain, {"DomainID": domain_id})

    async def verify(self, domain_id: str) -> JsonValue:
        """Have the server check a sender domain's DNS, and return its answer.

        This may be repeated as often as one likes.
        """
        return await self._read("VerifyDomain", lambda body: body, {"DomainID": domain_id})

    async def api_keys(self, domain_id: str) -> list[KeyRow]:
        """List a domain's API keys."""
        return await self._read("GetAPIs", convert.api_keys_of, {"DomainID": domain_id})

    async def smtps(self, domain_id: str) -> list[SmtpAccess]:
        """List a domain's SMTP configurations."""
        return await self._read("GetSMTPs", convert.smtps_of, {"DomainID": domain_id})

    async def webhooks(self, domain_id: str) -> HookList:
        """List a domain's webhooks."""
        return await self._read("GetWebhooks", convert.webhooks_of, {"DomainID": domain_id})

    async def send_email(self, key: Secret, mail: Mapping[str, JsonValue]) -> JsonValue:
        """Send a mail with a domain's own key; raises as `HttpClient.write`."""
        with answering(end_user.SEND_EMAIL):
            return await self._http.write(end_user.send_email(key, mail))

    async def events_of(self, key: Secret, message: str = "") -> list[Row]:
        """List the events of a mail, or the latest of all mails, with a domain's own key."""
        with answering(end_user.LIST_EVENTS):
            body = await self._http.read(end_user.list_events(key, message))
        return rows(pick(body, "Events")) if isinstance(body, dict) else []

    async def events(self, domain_id: str, days: tuple[str, str], *, query: str) -> list[Row]:
        """List a domain's events between two days (UTC) that match a query."""
        asked = {
            "DomainID": domain_id,
            "StartFrom": "0",
            "RetrieveCount": "100",
            "StartDate": days[0],
            "EndDate": days[1],
            "Query": query,
        }
        return await self._read("GetEvents", lambda body: rows_of(body, "Events"), asked)

    async def sent(self, domain_id: str, days: tuple[str, str]) -> int | None:
        """Count a domain's mails between two days (UTC); `None` where the server does not say."""
        asked = {"DomainID": domain_id, "StartDate": days[0], "EndDate": days[1]}
        return await self._read("DomainStats", convert.sent_in, asked)

    async def _read(
        self, command: str, parse: Callable[[JsonValue], T], parameters: Mapping[str, str]
    ) -> T:
        with answering(command):
            body = await self._http.read(self.request(command, parameters))
        try:
            return parse(body)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            message = f"the answer to {command} cannot be understood: {error}"
            raise ReadFailed(message) from error


@contextmanager
def answering(command: str) -> Iterator[None]:
    """Judge answers in this block as those to a command, named without its `EmailGateway.`."""
    token = _command.set(command)
    try:
        yield
    finally:
        _command.reset(token)


def command_of(request: Request) -> str:
    """Return the command that a request carries."""
    body = request.form if request.form is not None else request.json
    command = body.get("Command") if isinstance(body, Mapping) else ""
    return str(command).removeprefix(_PREFIX)


def _no_such_domain(resource: Resource, known: str) -> Finding:
    message = f"the account has no sender domain with the id {known}"
    return about(resource, Severity.WARNING, "octeth-domain-missing", message)
