"""Creating, changing and deleting sender domains."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.errors import ProviderError, Rejected
from reconciler.model import dns
from reconciler.model.dns import DnsRecord
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.octeth import tasks
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.convert import (
    dns_records,
    domain_of,
    object_of,
    pick,
    text_of,
)
from reconciler.providers.octeth.kinds import FLAGS, OPTIONS, TEXTS
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Reply,
    Task,
    UpdateStep,
    Writer,
)


async def create(client: OctethClient, task: Task, writer: Writer) -> Applied:
    """Add the domain, set its options, ask for its verification."""
    name = str(task.desired["domain"])
    step = CreateStep(
        name="create",
        request=client.request("AddDomain", {"DomainName": name}),
        read=_read_created,
        key=name,
        applied={"domain": name},
    )
    reply = await client.write(writer, "AddDomain", step)
    if reply.id is None:
        raise ProviderError(f"{task.address}: the server gave no id for domain {name}")
    await _set_options(client, task, writer, reply.id, changed=OPTIONS, before={"domain": name})
    return await _verify(client, task, writer, reply.id)


async def update(client: OctethClient, task: Task, writer: Writer) -> Applied:
    """Set the options that changed, and no others, then verify again."""
    domain_id = tasks.remote_id(task)
    before = task.owned.applied if task.owned else {"domain": task.desired["domain"]}
    await _set_options(client, task, writer, domain_id, changed=task.changed, before=before)
    return await _verify(client, task, writer, domain_id)


async def delete(client: OctethClient, task: Task, writer: Writer) -> None:
    """Delete the domain; what it still has may go with it."""
    domain_id = tasks.remote_id(task)
    step = DeleteStep(
        name="delete",
        request=client.request("DeleteDomain", {"DomainID": domain_id}),
    )

    async def still_there() -> bool:
        return any(row.id == domain_id for row in await client.domains())

    await tasks.delete(client, writer, "DeleteDomain", step, still_there)


def pending_note(domain: str, records: Iterable[DnsRecord]) -> str:
    """Say that a domain's DNS is not published yet, and which records it waits for."""
    waiting = dns.unpublished(records)
    if not waiting:
        return (
            f"{domain} is not verified yet: publish its DNS records, then verify it on the server."
        )
    return f"{domain} is not verified yet; publish in its DNS: {dns.listing(waiting)}"


async def _set_options(
    client: OctethClient,
    task: Task,
    writer: Writer,
    domain_id: str,
    *,
    changed: frozenset[str],
    before: Fields,
) -> None:
    names = [name for name in task.desired if name in changed & OPTIONS]
    settings = {
        FLAGS.get(name) or TEXTS[name]: _setting(task.desired[name])
        for name in names
        if task.desired[name] is not None
    }
    if not settings:
        return
    step = UpdateStep(
        name="set options",
        request=client.request("UpdateDomain", {"DomainID": domain_id, **settings}),
        applied={**before, **{name: task.desired[name] for name in names}},
        idempotent=True,
    )
    await client.write(writer, "UpdateDomain", step)


async def _verify(client: OctethClient, task: Task, writer: Writer, domain_id: str) -> Applied:
    """Ask the server to look at the DNS. That it is not published yet is no error."""
    before = task.owned.extra if task.owned else {}
    step = UpdateStep(
        name="verify",
        request=client.request("VerifyDomain", {"DomainID": domain_id}),
        read=_read_verified,
        applied=tasks.managed(task),
        idempotent=True,
    )
    try:
        reply = await client.write(writer, "VerifyDomain", step)
    except Rejected as refusal:
        note = f"{task.desired['domain']} could not be verified: {refusal.message}"
        return Applied(id=domain_id, extra=before, notes=(note,))
    records = dns.remembered(reply.extra)
    notes = () if reply.body is True else (pending_note(str(task.desired["domain"]), records),)
    extra = {**before, **reply.extra}
    if "subdomain" in task.changed:
        # It waits for its new DNS records, which is no loss.
        extra.pop(dns.VERIFIED, None)
    return Applied(id=domain_id, extra=extra, notes=notes)


def _read_created(body: JsonValue) -> Reply:
    answer = object_of(body, "the answer")
    shown = pick(answer, "Domain")
    inner = shown if isinstance(shown, dict) else {}
    created = text_of(pick(answer, "NewSenderDomainID", "NewDomainID", "DomainID"))
    created = created or text_of(pick(inner, "DomainID", "SenderDomainID"))
    if created is None:
        raise ValueError("it has no NewSenderDomainID")
    return Reply(id=created)


def _read_verified(body: JsonValue) -> Reply:
    """Tell in `body` whether all is well, in `extra` which records the server looked for."""
    records = dns_records(body)
    shown = pick(object_of(body, "the answer"), "Domain")
    enabled = _is_enabled(shown, records)
    return Reply(extra=dns.remember(records), body=enabled and not dns.unpublished(records))


def _is_enabled(shown: JsonValue, records: list[DnsRecord]) -> bool:
    if isinstance(shown, dict):
        try:
            verified = domain_of(shown).verified
        except ValueError:
            verified = None
        if verified is not None:
            return verified
    return bool(records)


def _setting(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
