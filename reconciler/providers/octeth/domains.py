"""Sender domains: their options, and whether they can send, which is not a field."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from reconciler.errors import ProviderError, ReadFailed, Rejected
from reconciler.http.outcomes import UnclearAnswer
from reconciler.model import dns
from reconciler.model.dns import DnsAnswer, DnsRecord
from reconciler.model.finding import Finding, Severity
from reconciler.model.journal import Verb
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.usage import Usage, Use
from reconciler.model.values import Fields, JsonValue
from reconciler.model.verification import CheckKind
from reconciler.providers.examination import Proof, Subject, proof
from reconciler.providers.handler import Handler, Seen, about, concerns_request, erase
from reconciler.providers.lenient import first_text, inner, object_of, pick
from reconciler.providers.octeth.client import OctethClient
from reconciler.providers.octeth.convert import dns_records, domain_of
from reconciler.providers.octeth.kinds import FLAGS, OPTIONS, TEXTS
from reconciler.providers.octeth.rows import DomainRow
from reconciler.providers.task import (
    Applied,
    CreateStep,
    DeleteStep,
    Reply,
    Scope,
    Task,
    UpdateStep,
    Writer,
)

WITH_ALL = (
    "keys, SMTP configurations and webhooks that others made on this domain may go along with it"
)
NEW_SUBDOMAIN = (
    "changing the subdomain puts {} back to approval pending "
    "until its new DNS records are published"
)


class SenderDomains(Handler[OctethClient]):
    """The account's sender domains."""

    async def observe(self, scope: Scope) -> Seen:
        """Use the list read for all kinds; read single domains for options that it lacks."""
        known = self.client.known.rows.values()
        with_options = self._with_managed_options(scope)
        rows = await asyncio.gather(
            *(self._with_options(row) if row.id in with_options else _as_is(row) for row in known)
        )
        self.client.known.tell(self.kind.name)
        owned = {row.remote_id: row for row in scope.owned.get(self.kind.name, ())}
        if scope.probe:
            await self._verify_again(scope)
        return Seen(
            collection=Collection(
                kind=self.kind.name, objects=tuple(_live(row, owned.get(row.id)) for row in rows)
            ),
            findings=tuple(_findings(known, scope)),
        )

    async def _with_options(self, row: DomainRow) -> DomainRow:
        if not row.newer or row.options_shown:
            return row
        single = await self.client.domain(row.id)
        return replace(row, options=single.options, options_shown=single.options_shown)

    def _with_managed_options(self, scope: Scope) -> set[str]:
        """Return the ids of the domains with an option that manifests or state mention."""
        ids = {
            owned.remote_id
            for owned in scope.owned.get(self.kind.name, ())
            if OPTIONS.intersection(owned.applied)
        }
        keys = {
            resource.spec.get("domain")
            for resource in scope.desired.get(self.kind.name, ())
            if OPTIONS.intersection(resource.spec)
        }
        return ids | {row.id for row in self.client.known.rows.values() if row.key in keys}

    async def _verify_again(self, scope: Scope) -> None:
        """Verify the unverified desired domains: a run that broke off may not have got to it."""
        names = {one.spec.get("domain") for one in scope.desired.get(self.kind.name, ())}
        for row in self.client.known.rows.values():
            if row.key in names and row.verified is False:
                with suppress(ProviderError):
                    await self.client.verify(row.id)

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Add the domain, set its options, and have it verified."""
        name = str(task.desired["domain"])
        step = CreateStep(
            name="create",
            request=self.client.request("AddDomain", {"DomainName": name}),
            read=_read_created,
            key=name,
            applied={"domain": name},
        )
        reply = await writer.write(step)
        if reply.id is None:
            raise ProviderError(f"{task.address}: the server gave no id for domain {name}")
        await self._set_options(task, writer, reply.id, OPTIONS, {"domain": name})
        return await self._verify(task, writer, reply.id)

    async def update(self, task: Task, writer: Writer) -> Applied:
        """Set only the options that changed, then verify again."""
        before = task.owned.applied if task.owned else {"domain": task.desired["domain"]}
        await self._set_options(task, writer, task.owned_id, task.changed, before)
        return await self._verify(task, writer, task.owned_id)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete the domain; the objects that it still has may be deleted with it."""
        known = task.owned_id
        request = self.client.request("DeleteDomain", {"DomainID": known})

        async def still_there() -> bool:
            return any(row.id == known for row in await self.client.domains())

        step = DeleteStep(name="delete", request=request)
        await erase(writer, step, still_there, believe_absent=False)

    async def usage(self, live: LiveObject) -> Usage | None:
        """Count the mails sent since the start of yesterday (UTC): the server only takes dates."""
        today = datetime.now(UTC).date()
        count = await self.client.sent(live.id, (str(today - timedelta(days=1)), str(today)))
        return None if count is None else Usage(counts={Use.SENT: count})

    async def examine(self, subject: Subject) -> tuple[Proof, ...]:
        """Say whether it is enabled and verified."""
        live = subject.live
        waits = (
            ""
            if live.extra.get(dns.VERIFIED) is True
            else _pending(str(live.key), dns.remembered(subject.owned.extra))
        )
        return (proof(CheckKind.DOMAIN, live.degraded or waits),)

    async def look_at_dns(self, row: OwnedObject) -> DnsAnswer:
        """Have the server verify the domain."""
        try:
            answer = _read_verified(await self.client.verify(row.remote_id))
        except ValueError as error:
            raise ReadFailed(f"VerifyDomain: the answer has {error}") from None
        return DnsAnswer(records=dns.remembered(answer.extra), verified=answer.body is True)

    def cost(self, task: Task, verb: Verb) -> int:
        """Count the verification, and a request for all options."""
        options = bool(OPTIONS.intersection(task.desired))
        return {Verb.CREATE: 2 + options, Verb.UPDATE: 2, Verb.DELETE: 1}[verb]

    def notes(self, task: Task, verb: Verb) -> tuple[str, ...]:
        """Say what deleting it may also delete, and that a new subdomain needs verification."""
        if verb is Verb.DELETE:
            return (WITH_ALL,)
        if verb is Verb.UPDATE and "subdomain" in task.changed:
            return (NEW_SUBDOMAIN.format(task.desired.get("domain")),)
        return ()

    async def _set_options(
        self, task: Task, writer: Writer, known: str, changed: frozenset[str], before: Fields
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
            request=self.client.request("UpdateDomain", {"DomainID": known, **settings}),
            applied={**before, **{name: task.desired[name] for name in names}},
            idempotent=True,
        )
        await writer.write(step)

    async def _verify(self, task: Task, writer: Writer, known: str) -> Applied:
        """Have the server check the DNS. That it is not published yet is no error.

        Nor is a refusal of the request, which some servers may send for that: it becomes a note.
        """
        name = str(task.desired["domain"])
        before = task.owned.extra if task.owned else {}
        step = UpdateStep(
            name="verify",
            request=self.client.request("VerifyDomain", {"DomainID": known}),
            read=_read_verified,
            applied=task.held(),
            idempotent=True,
        )
        try:
            reply = await writer.write(step)
        except (Rejected, UnclearAnswer) as refusal:
            if not concerns_request(refusal, lambda _refusal: False):
                raise
            why = f"{name} could not be verified: {refusal.message}"
            return Applied(id=known, extra=before, notes=(why,))
        waits = reply.body is not True
        pending = _pending(name, dns.remembered(reply.extra))
        notes = (f"{pending}\n{dns.PUBLISHING}",) if waits else ()
        extra = {**before, **reply.extra}
        if "subdomain" in task.changed:
            # It waits for its new DNS records: it has not lost its verification.
            extra.pop(dns.VERIFIED, None)
        return Applied(id=known, extra=extra, notes=notes)


async def _as_is(row: DomainRow) -> DomainRow:
    return row


def _live(row: DomainRow, owned: OwnedObject | None) -> LiveObject:
    extra: dict[str, JsonValue] = {"status": row.status} if row.status else {}
    if row.verified:
        extra[dns.VERIFIED] = True
    return LiveObject(
        kind="SenderDomain",
        id=row.id,
        key=row.key,
        fields={"domain": row.key, **row.options},
        extra=extra,
        name=row.key,
        degraded=_degraded(row, owned),
    )


def _degraded(row: DomainRow, owned: OwnedObject | None) -> str:
    """Return why a domain no longer sends; empty while it only waits for its DNS."""
    if row.stopped:
        return f"the server says that {row.key} is {row.stopped}: nothing is sent from it"
    if row.verified is False and owned is not None and owned.extra.get(dns.VERIFIED) is True:
        return f"{row.key} was verified and is not any more: nothing is sent from it"
    return ""


def _findings(rows: Iterable[DomainRow], scope: Scope) -> Iterable[Finding]:
    """Yield at most one finding for each domain in manifests."""
    owned = {one.address: one for one in scope.owned.get("SenderDomain", ())}
    by_name = {row.key: row for row in rows}
    for resource in scope.desired.get("SenderDomain", ()):
        row = by_name.get(str(resource.spec.get("domain")))
        finding = _finding(row, owned.get(resource.address)) if row else None
        if finding is not None:
            yield about(resource, *finding)


def _finding(row: DomainRow, owned: OwnedObject | None) -> tuple[Severity, str, str] | None:
    """Return the severity, rule and message of the finding on a domain."""
    why = _degraded(row, owned)
    if row.stopped:
        # Error 32 of sending; verifying the domain does not help.
        message = f"{why}; ask whoever runs the server, publishing DNS records does not help"
        return Severity.WARNING, "octeth-domain-inactive", message
    if row.verified is not False:
        return None
    records = dns.remembered(owned.extra) if owned else ()
    if why:
        message = f"{why}; its DNS records must be: {dns.listing(records)}" if records else why
        return Severity.WARNING, "octeth-verification-lost", message
    pending = _pending(row.key, records)
    message = f"{pending} (status: {row.status})" if row.status else pending
    return Severity.INFO, "octeth-dns-pending", message


def _pending(domain: str, records: Iterable[DnsRecord]) -> str:
    """Return a sentence that a domain waits for its DNS, with the records to publish."""
    waiting = dns.unpublished(records)
    if not waiting:
        return (
            f"{domain} is not verified yet: publish its DNS records, then verify it on the server."
        )
    return f"{domain} is not verified yet; publish in its DNS: {dns.listing(waiting)}"


def _read_created(body: JsonValue) -> Reply:
    answer = object_of(body)
    created = first_text(answer, "NewSenderDomainID", "NewDomainID", "DomainID")
    created = created or first_text(inner(answer, "Domain"), "DomainID", "SenderDomainID")
    if created is None:
        raise ValueError("it has no NewSenderDomainID")
    return Reply(id=created)


def _read_verified(body: JsonValue) -> Reply:
    """Return in `body` whether the domain is verified, in `extra` the records of its DNS."""
    records = dns_records(body)
    shown = pick(object_of(body), "Domain")
    verified: bool | None = None
    if isinstance(shown, dict):
        with suppress(ValueError):
            verified = domain_of(shown).verified
    if verified is None:
        verified = bool(records)
    return Reply(extra=dns.remember(records), body=verified and not dns.unpublished(records))


def _setting(value: JsonValue) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
