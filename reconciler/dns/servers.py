"""Finds the servers of zones, by asking the given resolvers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import dns.exception
import dns.resolver

from reconciler.dns.names import host_name
from reconciler.dns.queries import Asker, Outcome, Reply
from reconciler.errors import ReconcilerError
from reconciler.model.zones import DNS_PORT, Server

MOST_SERVERS = 8
"""The most servers of one zone that are asked."""
AUTHORITATIVE_PORT = DNS_PORT


def system_resolvers() -> tuple[Server, ...]:
    """Return the resolvers of this machine; raises `ReconcilerError` if it has none."""
    try:
        found = dns.resolver.Resolver(configure=True)
    except (dns.exception.DNSException, OSError):
        found = None
    if found is None or not found.nameservers:
        raise ReconcilerError(
            "this machine names no DNS resolver",
            hint="Name one: --resolver 1.1.1.1, or spec.dns.resolvers in reconciler.yaml.",
        )
    return tuple(Server(str(each), found.port) for each in found.nameservers)


class Resolving:
    """Asks resolvers in turn until one answers, and remembers the answers."""

    def __init__(self, asker: Asker, resolvers: Sequence[Server]) -> None:
        self._asker = asker
        self._resolvers = resolvers
        self._asked: dict[tuple[str, str], asyncio.Future[Reply]] = {}

    async def ask(self, name: str, kind: str) -> Reply:
        """Return the answer; for a text that is no host name, nobody is asked."""
        key = (name.lower(), kind)
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._first(*key))
        reply = await self._asked[key]
        if reply.outcome is not Outcome.ANSWER and not reply.zone:
            self._asked.pop(key, None)  # ask again next time
        return reply

    async def _first(self, name: str, kind: str) -> Reply:
        reply = Reply(outcome=Outcome.SILENT, reason="it is no host name")
        try:
            host_name(name)
        except ValueError:
            return reply
        for resolver in self._resolvers:
            reply = await self._asker.ask(resolver, name, kind, recursive=True)
            if reply.conclusive:
                break
        return reply


class Directory:
    """Finds the servers of zones."""

    def __init__(self, resolving: Resolving) -> None:
        self._resolving = resolving

    async def servers(self, name: str, zone: str) -> tuple[Server, ...]:
        """Return the servers of the zone that a name is really in; empty where DNS does not tell.

        The zone is looked for from the name upwards, as far as `zone`.
        """
        real = await self._zone(name, zone)
        reply = await self._resolving.ask(real, "NS") if real else None
        if reply is None or reply.outcome is not Outcome.ANSWER:
            return ()
        hosts = [host for host in reply.values if _is_host(host)][:MOST_SERVERS]
        found = await asyncio.gather(*map(self._addresses, hosts))
        return tuple(sorted(server for servers in found for server in servers))

    async def _zone(self, name: str, zone: str) -> str:
        for each in _upwards(name, zone):
            reply = await self._resolving.ask(each, "SOA")
            if reply.zone and (name == reply.zone or name.endswith(f".{reply.zone}")):
                return reply.zone
        return ""

    async def _addresses(self, host: str) -> list[Server]:
        """Return a host's servers: its IPv4 addresses or, without any, its IPv6 addresses."""
        for kind in ("A", "AAAA"):
            reply = await self._resolving.ask(host, kind)
            if reply.outcome is Outcome.ANSWER:
                return [Server(value, AUTHORITATIVE_PORT, host) for value in reply.values]
        return []


def _upwards(name: str, zone: str) -> Iterator[str]:
    yield name
    while name != zone and name.endswith(f".{zone}"):
        name = name.partition(".")[2]
        yield name


def _is_host(name: str) -> bool:
    try:
        return bool(host_name(name))
    except ValueError:
        return False
