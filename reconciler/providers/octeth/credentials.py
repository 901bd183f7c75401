"""API keys and SMTP configurations: created once, told once, never changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from reconciler.errors import OutcomeUnknown, ProviderError, Rejected, SecretUntold
from reconciler.http.outcomes import UnclearAnswer
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.octeth import tasks
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.convert import (
    created_api_key,
    object_of,
    pick,
    smtp_of,
    text_of,
)
from reconciler.providers.octeth.rows import KeyRow, SmtpAccess
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Reply,
    Task,
    UpdateStep,
    Writer,
)

SINK = "deliverTo"
KEY = f"{SINK}.key"
CONFLICT = "409"
_DUPLICATE = "duplicate entry"
"""A database's words when a unique index refuses a row: nothing was made."""
NO_KEY = "Change its `rotation` to have another made, or remove the resource from the manifests."
NOT_LISTED = "Apply again: it is replaced, because nobody has its secret."
NOT_TOLD = "Look on the server's own pages, or remove the resource from the manifests."
ABOUT_THE_LIST = (
    "The server's list of SMTP configurations shows passwords encrypted, says its documentation. "
    "If yours shows the password itself, say so in the Provider manifest, `options: "
    "{smtpPasswordFromList: true}`, and apply again: the configuration is replaced. Else remove "
    "the resource."
)


async def create_api_key(
    client: OctethClient, task: Task, writer: Writer, *, settle_seconds: float
) -> Applied:
    """Add a key, its marker at the end of the description, where newer servers show it again."""
    domain = tasks.domain_id(task)
    description = str(task.desired.get("description", task.address.name))
    seen = tuple(row.id for row in await client.api_keys(domain))

    def read(body: JsonValue) -> Reply:
        created, key = created_api_key(body)
        return Reply(id=created, extra={"domainId": domain}, secrets={KEY: key} if key else {})

    step = CreateStep(
        name="create",
        request=lambda marker: client.request(
            "AddAPI",
            {"Description": f"{description} {marker}".strip(), "DomainID": domain},
        ),
        read=read,
        pre_ids=seen,
        applied=tasks.managed(task),
    )
    try:
        reply = await client.write(writer, "AddAPI", step)
    except Rejected as refusal:
        if not seen or refusal.provider_code != CONFLICT:
            raise
        raise _one_key(task, refusal) from refusal
    except UnclearAnswer as unclear:
        if not seen or _DUPLICATE not in unclear.message.lower():
            raise
        await asyncio.sleep(settle_seconds)
        if {row.id for row in await client.api_keys(domain)} != set(seen):
            raise
        raise _one_key(task, unclear) from unclear
    created = reply.id or only_new((row.id for row in await client.api_keys(domain)), seen)
    extra = {"domainId": domain}
    if reply.secrets:
        return Applied(id=created, extra=extra)
    rows = await client.api_keys(domain)
    if secrets := _key_in(rows, created):
        return Applied(id=created, extra=extra, secrets=secrets)
    message = f"{task.address}: the server created API key {created} without telling the key"
    if all(row.id != created for row in rows):  # it may still be shown there
        raise ProviderError(message, hint=NOT_LISTED)
    raise SecretUntold(message, hint=NO_KEY)


def _one_key(task: Task, refusal: Rejected | UnclearAnswer) -> Rejected:
    return Rejected(
        f"{task.address}: the domain has an API key, and the server refuses another",
        hint="If it allows one key per domain, say so in the Provider manifest: "
        "`options: {oneKeyPerDomain: true}`. A replaced key is then revoked first.",
        details=(refusal.message,),
        provider_code=refusal.provider_code if isinstance(refusal, Rejected) else "",
        status=refusal.status,
    )


def only_new(listed: Iterable[str], seen: Iterable[str]) -> str:
    """Return the one id that was not there before, of what was made without its id being told.

    Raises:
        OutcomeUnknown: There is none, or more than one; recovery looks again, or asks.
    """
    new = set(listed) - set(seen)
    if len(new) != 1:
        raise OutcomeUnknown(
            f"the server did not tell the id of what it created, and its list shows {len(new)} new"
        )
    return new.pop()


async def shown_api_key(client: OctethClient, domain: str, key_id: str) -> Mapping[str, Secret]:
    """Return a key that the list still shows whole."""
    return _key_in(await client.api_keys(domain), key_id)


def _key_in(rows: Iterable[KeyRow], key_id: str) -> Mapping[str, Secret]:
    key = next((row.key for row in rows if row.id == key_id), None)
    return {KEY: key} if key else {}


async def delete_api_key(client: OctethClient, task: Task, writer: Writer) -> None:
    """Revoke the key."""
    # The page says ApiKeyId, newer servers say APIKeyID.
    deletion = ("DeleteAPI", "ApiKeyId", "APIKeyID")
    await _delete(client, task, writer, deletion, client.api_keys)


async def create_smtp(
    client: OctethClient, task: Task, writer: Writer, *, trust_list: bool
) -> Applied:
    """Add a configuration and find out how to use it; the servers tell it in different places.

    GetSMTPs shows an "encrypted-password", says the page; only with `trust_list` is it delivered.
    """
    domain = tasks.domain_id(task)
    seen = tuple(row.id or "" for row in await client.smtps(domain))
    told = [SmtpAccess()]

    def read(body: JsonValue) -> Reply:
        answer = object_of(body, "the answer")
        access = told[0] = _told(answer)
        created = text_of(pick(answer, "NewSMTPID", "SMTPID")) or access.id
        # All parts or none: recovery must never deliver half of them.
        return Reply(id=created, extra={"domainId": domain}, secrets=access.secrets(SINK))

    step = CreateStep(
        name="create",
        request=client.request("AddSMTP", {"DomainID": domain}),
        read=read,
        pre_ids=seen,
        applied=tasks.managed(task),
    )
    reply = await client.write(writer, "AddSMTP", step)
    created = reply.id or only_new((row.id or "" for row in await client.smtps(domain)), seen)
    extra = {"domainId": domain}
    if reply.secrets:
        return Applied(id=created, extra=extra)
    access = told[0]
    if access.password is None:
        access = await _reset(client, task, writer, created, access)
    listed = await _listed(client, domain, created)
    shown = listed or SmtpAccess()
    access = access.completed_by(shown if trust_list else replace(shown, password=None))
    missing = access.missing()
    if not missing:
        return Applied(id=created, extra=extra, secrets=access.secrets(SINK))
    message = (
        f"{task.address}: the server created SMTP configuration {created} without telling its "
        f"{', '.join(missing)}"
    )
    if "password" in missing and not trust_list:
        raise SecretUntold(message, hint=ABOUT_THE_LIST)
    if listed is None:  # it may still be shown there
        raise ProviderError(message, hint=NOT_LISTED)
    raise SecretUntold(message, hint=NOT_TOLD)


async def delete_smtp(client: OctethClient, task: Task, writer: Writer) -> None:
    """Delete the configuration."""
    # The page says smtpid, newer servers say SMTPID.
    await _delete(client, task, writer, ("DeleteSMTP", "smtpid", "SMTPID"), client.smtps)


async def _delete(
    client: OctethClient,
    task: Task,
    writer: Writer,
    deletion: tuple[str, str, str],
    listed: Callable[[str], Awaitable[Sequence[KeyRow | SmtpAccess]]],
) -> None:
    """Send a command with the id under both its spellings; the list tells what came of it."""
    command, *spellings = deletion
    identifier = tasks.remote_id(task)
    step = DeleteStep(
        name="delete",
        request=client.request(command, dict.fromkeys(spellings, identifier)),
    )

    async def still_there() -> bool:
        return any(row.id == identifier for row in await listed(tasks.domain_id(task)))

    await tasks.delete(client, writer, command, step, still_there)


async def _reset(
    client: OctethClient, task: Task, writer: Writer, smtp_id: str, access: SmtpAccess
) -> SmtpAccess:
    """Have a new password made for a configuration that nobody uses yet."""
    told = [access]

    def read(body: JsonValue) -> Reply:
        told[0] = _told(object_of(body, "the answer")).completed_by(access)
        return Reply(secrets=told[0].secrets(SINK))

    step = UpdateStep(
        name="reset password",
        request=client.request("ResetSMTPPassword", {"smtpid": smtp_id, "SMTPID": smtp_id}),
        read=read,
        applied=tasks.managed(task),
        idempotent=True,
    )
    with contextlib.suppress(Rejected):
        await client.write(writer, "ResetSMTPPassword", step)
    return told[0]


async def _listed(client: OctethClient, domain: str, smtp_id: str) -> SmtpAccess | None:
    rows = await client.smtps(domain)
    return next((row for row in rows if row.id == smtp_id), None)


def _told(answer: Mapping[str, JsonValue]) -> SmtpAccess:
    shown = pick(answer, "SMTP")
    return smtp_of(shown) if isinstance(shown, dict) else SmtpAccess()
