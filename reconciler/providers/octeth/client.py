"""Octeth's commands over `POST /api.php`: requests, envelopes and typed readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from reconciler.errors import ReadFailed
from reconciler.http.client import HttpClient
from reconciler.http.request import Request
from reconciler.http.verdict import Verdict
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.octeth import errors
from reconciler.providers.octeth.convert import (
    api_key_of,
    domain_of,
    object_of,
    pick,
    rows_of,
    smtp_of,
    webhooks_of,
)
from reconciler.providers.octeth.rows import DomainRow, KeyRow, SmtpAccess, WebhookList
from reconciler.providers.task import Reply, Step, Writer

PATH = "/api.php"

_MISREAD = (ValueError, TypeError, LookupError, AttributeError)

_command: ContextVar[str] = ContextVar("octeth_command", default="")
"""The command that is being answered in this task. An answer does not repeat it, and its codes
mean nothing without it."""

T = TypeVar("T")


def classify(status: int, body: JsonValue) -> Verdict:
    """Say what the answer to the command under way means."""
    return errors.classify(_command.get(), status, body)


class OctethClient:
    """Speaks to one server. Ids are text; nothing it returns prints a secret."""

    def __init__(self, http: HttpClient, api_key: Secret, *, form: bool = False) -> None:
        """Use `form` for servers that want `application/x-www-form-urlencoded`."""
        self._http = http
        self._api_key = api_key
        self._form = form

    def request(self, command: str, parameters: Mapping[str, str]) -> Request:
        """Return the request for a command, named without its `EmailGateway.`."""
        body = {"Command": f"EmailGateway.{command}", **parameters}
        secrets = {"APIKey": self._api_key}
        if self._form:
            form = {**body, "ResponseFormat": "JSON"}
            return Request(method="POST", path=PATH, form=form, secret_json=secrets)
        json: JsonValue = dict(body)
        return Request(method="POST", path=PATH, json=json, secret_json=secrets)

    async def write(self, writer: Writer, command: str, step: Step) -> Reply:
        """Carry out a step, whose answer is judged as one to this command."""
        with _answering(command):
            return await writer.write(step)

    async def domains(self, *, with_counts: bool = False) -> list[DomainRow]:
        """List the account's sender domains; those marked as deleted are left out."""
        parameters = {"WithCounts": "1"} if with_counts else {}
        rows = await self._read("GetDomains", _domains, parameters)
        return [row for row in rows if row.status.lower() != "deleted"]

    async def domain(self, domain_id: str) -> DomainRow:
        """Read one sender domain."""
        return await self._read("GetDomain", _domain, {"DomainID": domain_id})

    async def verify(self, domain_id: str) -> None:
        """Have the server look at a sender domain's DNS; it may be asked as often as one likes."""
        await self._read("VerifyDomain", lambda body: body, {"DomainID": domain_id})

    async def api_keys(self, domain_id: str) -> list[KeyRow]:
        """List a domain's API keys."""
        return await self._read("GetAPIs", _api_keys, {"DomainID": domain_id})

    async def smtps(self, domain_id: str) -> list[SmtpAccess]:
        """List a domain's SMTP configurations."""
        return await self._read("GetSMTPs", _smtps, {"DomainID": domain_id})

    async def webhooks(self, domain_id: str) -> WebhookList:
        """List a domain's webhooks."""
        return await self._read("GetWebhooks", webhooks_of, {"DomainID": domain_id})

    async def _read(
        self, command: str, parse: Callable[[JsonValue], T], parameters: Mapping[str, str]
    ) -> T:
        with _answering(command):
            body = await self._http.read(self.request(command, parameters))
        try:
            return parse(body)
        except _MISREAD as error:
            message = f"the answer to {command} cannot be understood: {error}"
            raise ReadFailed(message) from error


@contextmanager
def _answering(command: str) -> Iterator[None]:
    token = _command.set(command)
    try:
        yield
    finally:
        _command.reset(token)


def _domains(body: JsonValue) -> list[DomainRow]:
    return [domain_of(row) for row in rows_of(body, "Domains")]


def _domain(body: JsonValue) -> DomainRow:
    return domain_of(object_of(pick(object_of(body, "the answer"), "Domain"), "Domain"))


def _api_keys(body: JsonValue) -> list[KeyRow]:
    return [api_key_of(row) for row in rows_of(body, "APIKeys")]


def _smtps(body: JsonValue) -> list[SmtpAccess]:
    found = [smtp_of(row) for row in rows_of(body, "SMTPs")]
    if not all(row.id for row in found):
        raise ValueError("an SMTP configuration has no SMTPID")
    return found
