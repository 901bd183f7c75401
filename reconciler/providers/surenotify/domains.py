"""Sender domains: no request lists them, so only those in state are known.

The only request that shows whether a domain exists is the one that verifies it (PUT). It makes the
service look at the DNS, and returns the domain's records; with `options: {probeDomains: false}` it
is not sent while planning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from reconciler.errors import ReadFailed, Rejected
from reconciler.http.client import HttpClient
from reconciler.http.outcomes import Absent
from reconciler.model import dns
from reconciler.model.address import Address
from reconciler.model.dns import DnsAnswer, DnsRecord
from reconciler.model.finding import Finding, Severity
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue
from reconciler.providers.handler import Handler, Seen, erase
from reconciler.providers.listing import together
from reconciler.providers.surenotify.client import UNDONE, domain_request
from reconciler.providers.surenotify.convert import records, truth
from reconciler.providers.task import Applied, CreateStep, DeleteStep, Reply, Scope, Task, Writer

_NO_SUCH_DOMAIN = frozenset({400, 404, 422})
"""Possible answers about an unknown domain; which one is sent is not documented."""


class SenderDomains(Handler[HttpClient]):
    """Sender domains that manifests or state name."""

    async def observe(self, scope: Scope) -> Seen:
        """Return the domains in state that exist, and findings on what their DNS lacks."""
        ours = {owned.remote_id: owned for owned in scope.owned.get(self.kind.name, ())}
        known: dict[str, tuple[Address, Mapping[str, JsonValue]]] = {}
        if scope.probe:
            for resource in scope.desired.get(self.kind.name, ()):
                known[str(resource.spec["domain"])] = (resource.address, {})
        known |= {name: (owned.address, owned.extra) for name, owned in ours.items()}
        if self.account.options.get("probeDomains") is False and not scope.probe:
            return self._seen([_live(name, extra) for name, (_, extra) in known.items()], [])
        objects: list[LiveObject] = []
        findings: list[Finding] = []
        answers = await self._ask([*known], scope)
        for (name, (address, extra)), answer in zip(known.items(), answers, strict=True):
            if answer == [] and name in ours:
                objects.append(_live(name, extra))
                findings.append(_unreadable(address, name))
            elif answer:
                objects.append(_seen(name, answer, extra))
                findings += _dns_finding(address, objects[-1])
        return self._seen(objects, findings)

    def _seen(self, objects: Sequence[LiveObject], findings: Sequence[Finding]) -> Seen:
        found = Collection(kind=self.kind.name, objects=tuple(objects))
        return Seen(collection=found, findings=tuple(findings))

    async def _ask(self, names: Sequence[str], scope: Scope) -> list[list[DnsRecord] | None]:
        done = 0

        async def probe(name: str) -> list[DnsRecord] | None:
            nonlocal done
            answer = await self.probe(name)
            done += 1
            scope.progress("sender domains", done, len(names))
            return answer

        return await together(*map(probe, names))

    async def create(self, task: Task, writer: Writer) -> Applied:
        """Create a domain; a note lists the DNS records that are still to be published."""
        name = str(task.desired["domain"])
        reply = await writer.write(
            CreateStep(
                name="create",
                request=domain_request("POST", name),
                read=lambda body: Reply(id=name, extra=dns.remember(_created(body))),
                key=name,
                applied=dict(task.desired),
            )
        )
        notes: tuple[str, ...] = ()
        if waiting := dns.unpublished(dns.remembered(reply.extra)):
            records = "\n".join(map(str, waiting))
            sends = f"{name} sends once this is published in its DNS:"
            notes = (f"{sends}\n{records}\n{dns.PUBLISHING}",)
        return Applied(id=name, extra=reply.extra, notes=notes)

    async def delete(self, task: Task, writer: Writer) -> None:
        """Delete a domain; where the answer leaves it open, ask whether it still exists."""
        name = task.owned_id

        async def still_there() -> bool:
            return bool(await self.probe(name))

        step = DeleteStep(name="delete", request=domain_request("DELETE", name))
        await erase(writer, step, still_there, undone=UNDONE)

    async def probe(self, name: str) -> list[DnsRecord] | None:
        """Return a domain's records, `None` if there is no such domain.

        An empty list proves nothing: the domain may exist or not.

        Raises:
            ProviderError: It could not be found out.
        """
        request = domain_request("PUT", name)
        try:
            body = await self.client.read(request)
        except Absent:
            return None
        except Rejected as error:
            if error.status in _NO_SUCH_DOMAIN:
                return None
            raise
        try:
            return records(body)
        except ValueError as error:
            raise ReadFailed(f"{request.label}: the answer has {error}") from None

    async def look_at_dns(self, row: OwnedObject) -> DnsAnswer:
        """Verify the domain (PUT), which is also the only way to read its records."""
        found = await self.probe(row.remote_id)
        if found is None:
            raise ReadFailed(f"there is no domain {row.remote_id} at this account")
        verified = not dns.unpublished(found) if found else None
        return DnsAnswer(records=tuple(found), verified=verified)


def _unreadable(address: Address, name: str) -> Finding:
    """Return a finding that the one request that reads a domain has no records of this one."""
    return Finding(
        severity=Severity.WARNING,
        rule="surenotify-domain-unreadable",
        message=(
            f"{name} cannot be read at this account: asked for its DNS records, it answers with "
            "none. State's word is taken that the domain is there; if it is not: "
            f"reconciler state rm {address}"
        ),
        address=address,
    )


def _created(body: JsonValue) -> list[DnsRecord]:
    """Read the answer to a create: records, or a success alone from a server that sends none."""
    if isinstance(body, dict) and truth(body.get("success")) is True:
        return []
    return records(body)


def _live(name: str, extra: Mapping[str, JsonValue]) -> LiveObject:
    return LiveObject(kind="SenderDomain", id=name, key=name, fields={"domain": name}, extra=extra)


def _seen(name: str, found: list[DnsRecord], before: Mapping[str, JsonValue]) -> LiveObject:
    """Return a domain that was read; it is degraded if its DNS was complete once and is not now."""
    missing = dns.unpublished(found)
    extra = dns.remember(found)
    lost = ""
    if not missing:
        extra[dns.VERIFIED] = True
    elif before.get(dns.VERIFIED) is True:
        lost = f"{name} could send and cannot any more; publish in its DNS: {dns.listing(missing)}"
    return replace(_live(name, extra), degraded=lost)


def _dns_finding(address: Address, seen: LiveObject) -> list[Finding]:
    missing = dns.unpublished(dns.remembered(seen.extra))
    if not missing:
        return []
    pending = f"{seen.id} cannot send yet; publish in its DNS: {dns.listing(missing)}"
    return [
        Finding(
            severity=Severity.WARNING if seen.degraded else Severity.INFO,
            rule="surenotify-verification-lost" if seen.degraded else "surenotify-dns-pending",
            message=seen.degraded or pending,
            address=address,
        )
    ]
