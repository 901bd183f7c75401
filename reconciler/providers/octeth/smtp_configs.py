"""SMTP configurations: a user name and a password of the server's choice, never changed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from reconciler.errors import Rejected
from reconciler.model.live import LiveObject
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue, remote_id
from reconciler.providers.examination import Proof, Subject
from reconciler.providers.octeth import proofs
from reconciler.providers.octeth.convert import object_of, pick, smtp_of, text_of
from reconciler.providers.octeth.credentials import SINK, Credentials, untold
from reconciler.providers.octeth.known import domain_id
from reconciler.providers.octeth.rows import DomainRow, SmtpAccess
from reconciler.providers.task import CreateStep, Reply, Task, UpdateStep, Writer

_ID = ("smtpid", "SMTPID")
"""What the page calls an id, and what newer servers do."""
NOT_TOLD = "Look on the server's own pages, or remove the resource from the manifests."
ABOUT_THE_LIST = (
    "The server's list of SMTP configurations shows passwords encrypted, says its documentation. "
    "If yours shows the password itself, say so in the Provider manifest, `options: "
    "{smtpPasswordFromList: true}`, and apply again: the configuration is replaced. Else remove "
    "the resource."
)


class SmtpConfigs(Credentials[SmtpAccess]):
    """SMTP configurations. How to use one the servers tell in different places.

    The list shows an "encrypted-password", says the page; only with the option
    `smtpPasswordFromList` is it delivered. No secret of one that exists is asked for: the one way
    to get its password is to set another.
    """

    deletion: ClassVar[tuple[str, str, str]] = ("DeleteSMTP", *_ID)

    async def listed(self, domain: str) -> Sequence[SmtpAccess]:
        """List a domain's configurations."""
        return await self.client.smtps(domain)

    def live(self, domain: DomainRow, row: SmtpAccess) -> LiveObject:
        """Return a configuration."""
        return LiveObject(
            kind=self.kind.name,
            id=row.id or "",
            key=None,
            fields={"domain": remote_id(domain.id)},
            extra={"domainId": domain.id},
            name=f"SMTP {row.id} of {domain.key}",
        )

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Log in with what was delivered."""
        return await proofs.smtp_login(subject)

    async def send(self, task: Task, writer: Writer, domain: str, seen: tuple[str, ...]) -> Reply:
        """Add a configuration."""

        def read(body: JsonValue) -> Reply:
            answer = object_of(body, "the answer")
            access = _told(answer)
            return Reply(
                id=text_of(pick(answer, "NewSMTPID", "SMTPID")) or access.id,
                extra={"domainId": domain},
                # All parts or none: recovery must never deliver half of them.
                secrets=access.secrets(SINK),
                body=answer,
            )

        step = CreateStep(
            name="create",
            request=self.client.request("AddSMTP", {"DomainID": domain}),
            read=read,
            pre_ids=seen,
            applied=task.held(),
        )
        return await self.client.write(writer, "AddSMTP", step)

    async def find_out(
        self, task: Task, writer: Writer, created: str, reply: Reply
    ) -> Mapping[str, Secret]:
        """Return how to use it, by a new password where none was told, and by the list."""
        access = _told(reply.body)
        if access.password is None:
            access = await self._reset(task, writer, created, access)
        rows = await self.client.smtps(domain_id(task))
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
        """Have a new password made for a configuration that nobody uses yet."""

        def told(body: JsonValue) -> SmtpAccess:
            return _told(body).completed_by(access)

        step = UpdateStep(
            name="reset password",
            request=self.client.request("ResetSMTPPassword", dict.fromkeys(_ID, created)),
            read=lambda body: Reply(secrets=told(body).secrets(SINK), body=body),
            applied=task.held(),
            idempotent=True,
        )
        with contextlib.suppress(Rejected):
            return told((await self.client.write(writer, "ResetSMTPPassword", step)).body)
        return access


def _told(answer: JsonValue) -> SmtpAccess:
    shown = pick(object_of(answer, "the answer"), "SMTP")
    return smtp_of(shown) if isinstance(shown, dict) else SmtpAccess()
