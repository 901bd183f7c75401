"""SMTP configurations: a user name and password that the server chooses; never changed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from reconciler.errors import Rejected
from reconciler.http.request import Request
from reconciler.model.live import LiveObject
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue, remote_id
from reconciler.providers.examination import Proof, Subject
from reconciler.providers.inside import Parents
from reconciler.providers.lenient import first_text, inner, object_of
from reconciler.providers.octeth import proofs
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.convert import smtp_of
from reconciler.providers.octeth.kinds import AT_DOMAIN, SINK
from reconciler.providers.octeth.rows import DomainRow, SmtpAccess
from reconciler.providers.shown_once import ShownOnceHandler, untold
from reconciler.providers.task import CreateStep, Reply, Task, UpdateStep, Writer

_ID = ("smtpid", "SMTPID")
"""The name of the id on the page, and at newer servers."""
NOT_TOLD = "Look on the server's own pages, or remove the resource from the manifests."
ABOUT_THE_LIST = (
    "The server's list of SMTP configurations shows passwords encrypted, says its documentation. "
    "If yours shows the password itself, say so in the Provider manifest, `options: "
    "{smtpPasswordFromList: true}`, and apply again: the configuration is replaced. Else remove "
    "the resource."
)


class SmtpConfigs(ShownOnceHandler[OctethClient, DomainRow, SmtpAccess]):
    """SMTP configurations. Servers differ in which answers have host, user name and password.

    By the page, the list shows an "encrypted-password"; it is delivered only with the option
    `smtpPasswordFromList`. The secret of an existing configuration is not recovered: that would
    take setting another password.
    """

    @property
    def parents(self) -> Parents[DomainRow]:
        """Return the account's domains."""
        return self.client.known

    async def listed(self, parent: str) -> Sequence[SmtpAccess]:
        """List a domain's configurations."""
        return await self.client.smtps(parent)

    def id_in(self, row: SmtpAccess) -> str:
        """Return a configuration's id."""
        return row.id or ""

    def removal(self, known: str) -> Request:
        """Send the id under both its names."""
        return self.client.request("DeleteSMTP", dict.fromkeys(_ID, known))

    def live(self, parent: DomainRow, row: SmtpAccess) -> LiveObject:
        """Return a configuration."""
        return LiveObject(
            kind=self.kind.name,
            id=row.id or "",
            key=None,
            fields={"domain": remote_id(parent.id)},
            extra=AT_DOMAIN.remember(parent.id),
            name=f"SMTP {row.id} of {parent.key}",
        )

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Log in with what was delivered."""
        return await proofs.smtp_login(subject)

    async def send(self, task: Task, writer: Writer, parent: str, seen: tuple[str, ...]) -> Reply:
        """Add a configuration."""

        def read(body: JsonValue) -> Reply:
            answer = object_of(body)
            access = _access_in(answer)
            return Reply(
                id=first_text(answer, "NewSMTPID", "SMTPID") or access.id,
                extra=AT_DOMAIN.remember(parent),
                # All parts or none: recovery must never deliver half of them.
                secrets=access.secrets(SINK),
                body=answer,
            )

        step = CreateStep(
            name="create",
            request=self.client.request("AddSMTP", {"DomainID": parent}),
            read=read,
            pre_ids=seen,
            applied=task.held(),
        )
        return await writer.write(step)

    async def find_out(
        self, task: Task, writer: Writer, created: str, reply: Reply
    ) -> Mapping[str, Secret]:
        """Return the access: a missing password is reset, other parts are read from the list."""
        access = _access_in(reply.body)
        if access.password is None:
            access = await self._reset(task, writer, created, access)
        rows = await self.client.smtps(AT_DOMAIN.of(task))
        listed = next((row for row in rows if row.id == created), None)
        shown = listed or SmtpAccess()
        trusted = self.account.options.get("smtpPasswordFromList") is True
        access = access.completed_by(shown if trusted else replace(shown, password=None))
        missing = access.missing()
        if not missing:
            return access.secrets(SINK)
        message = (
            f"{task.address}: the server created SMTP configuration {created} without telling its "
            f"{', '.join(missing)}"
        )
        if "password" in missing and not trusted:
            raise untold(message, ABOUT_THE_LIST, listed=True)
        raise untold(message, NOT_TOLD, listed=listed is not None)

    async def _reset(
        self, task: Task, writer: Writer, created: str, access: SmtpAccess
    ) -> SmtpAccess:
        """Have the server set a new password for a configuration that nobody uses yet."""

        def completed(body: JsonValue) -> SmtpAccess:
            return _access_in(body).completed_by(access)

        step = UpdateStep(
            name="reset password",
            request=self.client.request("ResetSMTPPassword", dict.fromkeys(_ID, created)),
            read=lambda body: Reply(secrets=completed(body).secrets(SINK), body=body),
            applied=task.held(),
            idempotent=True,
        )
        with contextlib.suppress(Rejected):
            return completed((await writer.write(step)).body)
        return access


def _access_in(answer: JsonValue) -> SmtpAccess:
    return smtp_of(inner(object_of(answer), "SMTP"))
