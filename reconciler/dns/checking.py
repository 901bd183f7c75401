"""Looks for records at the servers of their zones and at each resolver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.dns.queries import Asker, Outcome
from reconciler.dns.record_status import Answer, server_status, worst
from reconciler.dns.servers import Directory
from reconciler.model.zones import (
    Looked,
    RecordSet,
    RecordStatus,
    RecordType,
    Server,
    ServerStatus,
    Zone,
)

_AT_ONCE = 16
"""The most questions under way at the same time."""
_BESIDE = (RecordType.TXT, RecordType.MX, RecordType.A, RecordType.AAAA)
"""Types looked for at an existing name without a CNAME."""


class Checker:
    """Looks for records at all servers."""

    def __init__(
        self,
        asker: Asker,
        directory: Directory,
        resolvers: Sequence[Server],
        *,
        now: Callable[[], float],
    ) -> None:
        """`now` is the clock by which answers in caches expire, in seconds."""
        self._asker = asker
        self._directory = directory
        self._resolvers = resolvers
        self._now = now
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def look(
        self, zones: Iterable[Zone], before: Mapping[RecordSet, Looked] | None = None
    ) -> list[Looked]:
        """Look for all records, but not again for those that were right `before`."""
        known = before or {}
        looking = [
            self._look(record, zone.name, known.get(record))
            for zone in zones
            for record in zone.records
        ]
        return list(await asyncio.gather(*looking))

    async def _look(self, record: RecordSet, zone: str, before: Looked | None) -> Looked:
        if before is not None and before.status is RecordStatus.OK:
            return before
        last = {each.server: each for each in before.servers} if before else {}
        servers = await self._directory.servers(record.fqdn, zone)
        asking = (
            self._ask_server(record, server, last.get(server))
            for server in (*servers, *self._resolvers)
        )
        statuses = tuple(each for each in await asyncio.gather(*asking) if each is not None)
        return Looked(
            record=record, status=worst([each.status for each in statuses]), servers=statuses
        )

    async def _ask_server(
        self, record: RecordSet, server: Server, last: ServerStatus | None
    ) -> ServerStatus | None:
        """Ask one server, but not again while its cached answer lasts."""
        if last is not None and self._now() < last.until:
            return last
        async with self._turn:
            own = bool(server.name)
            reply = await self._asker.ask(server, record.fqdn, record.type, recursive=not own)
            beside: tuple[str, ...] = ()
            if record.type is RecordType.CNAME and reply.outcome is Outcome.EMPTY:
                beside = await self._beside(server, record.fqdn, recursive=not own)
        answer = Answer(server=server, reply=reply, beside=beside, now=self._now())
        return server_status(record, answer)

    async def _beside(self, server: Server, name: str, *, recursive: bool) -> tuple[str, ...]:
        asking = (self._asker.ask(server, name, kind, recursive=recursive) for kind in _BESIDE)
        replies = zip(_BESIDE, await asyncio.gather(*asking), strict=True)
        return tuple(kind for kind, reply in replies if reply.outcome is Outcome.ANSWER)
