"""A small part of the DNS on loopback addresses: one resolver and two servers of a zone."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.dns import servers
from reconciler.dns.advice import Advice
from reconciler.dns.checking import Checker
from reconciler.dns.queries import NetworkAsker
from reconciler.dns.servers import Directory, Resolving
from reconciler.dns.silent_servers import SparingAsker
from reconciler.model.address import Address
from reconciler.model.zones import Checked, RecordSet, RecordType, Server, Zone
from tests.support.dns_servers import NameServer, Served

OWNER = Address("octeth", "SenderDomain", "main")
ZONE = "acme.co.kr"
DELEGATION = {
    (ZONE, "NS"): ["ns1.example.", "ns2.example."],
    ("ns1.example", "A"): ["127.0.0.2"],
    ("ns2.example", "A"): ["127.0.0.3"],
}


def record(name, kind, *values):
    return RecordSet(
        fqdn=f"{name}.{ZONE}" if name else ZONE,
        type=RecordType(kind),
        values=values,
        ttl=300,
        needed_by=(OWNER,),
        published=False,
    )


@dataclass
class World:
    """Who answers, and what was found."""

    resolver: NameServer
    ns1: NameServer
    ns2: NameServer
    port: int = 0
    now: float = 0.0
    names: dict = field(default_factory=dict)

    def publish(self, name, kind, *values, at=("resolver", "ns1", "ns2")):
        for server in at:
            getattr(self, server).records[name, kind] = list(values)

    @property
    def resolvers(self):
        return (Server("127.0.0.1", self.port),)

    def parts(self):
        asker = SparingAsker(NetworkAsker(), now=lambda: self.now)
        resolving = Resolving(asker, self.resolvers)
        directory = Directory(resolving)
        return Checker(asker, directory, self.resolvers, now=lambda: self.now), resolving

    async def _check(self, records):
        checker, resolving = self.parts()
        looked = await checker.look([Zone(name=ZONE, records=tuple(records))])
        findings = await Advice(resolving).all(looked, self.names)
        return Checked(looked=tuple(looked), findings=tuple(findings))

    def check(self, *records):
        return asyncio.run(self._check(records))

    def one(self, wanted):
        """How one record stands."""
        return self.check(wanted).looked[0]

    def told(self, wanted):
        """What each server says of one record, by its last digit."""
        return {said.server.host[-1]: said.status.value for said in self.one(wanted).servers}

    def rules(self, *records):
        found = self.check(*records).findings
        return {(finding.rule, finding.severity.value) for finding in found}


@contextmanager
def small_world(monkeypatch):
    """Serve it."""
    resolver = NameServer(DELEGATION, recursive=True)
    made = World(resolver, NameServer(DELEGATION), NameServer(DELEGATION))
    served = Served({"127.0.0.1": resolver, "127.0.0.2": made.ns1, "127.0.0.3": made.ns2})
    made.port = served.port
    monkeypatch.setattr(servers, "AUTHORITATIVE_PORT", served.port)
    try:
        yield made
    finally:
        served.close()
