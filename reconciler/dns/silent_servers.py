"""Leaves servers alone for a while that did not answer, so that nobody waits for them again."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.dns.queries import Asker, Outcome, Reply
from reconciler.model.zones import Server

REST = 30.0
"""Seconds for which a server that did not answer is not asked again."""


class SparingAsker:
    """Implements `Asker`, without asking servers that have just been silent."""

    def __init__(self, asker: Asker, *, now: Callable[[], float]) -> None:
        self._asker = asker
        self._now = now
        self._resting: dict[Server, tuple[float, Reply]] = {}

    async def ask(self, server: Server, name: str, kind: str, *, recursive: bool) -> Reply:
        """Ask a server; for one that was silent just now, repeat its last reply."""
        until, reply = self._resting.get(server, (0.0, None))
        if reply is not None and self._now() < until:
            return reply
        reply = await self._asker.ask(server, name, kind, recursive=recursive)
        if reply.outcome is Outcome.SILENT:
            self._resting[server] = self._now() + REST, reply
        return reply
