"""Carries out what goes: deletions, and the deleting half of replacements."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine.applying.handling import dead_secrets
from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.performer import Answered, nobody_waits
from reconciler.engine.tasks import task_of
from reconciler.model.change import Action, Change, MemberChange
from reconciler.model.journal import Verb
from reconciler.model.numbers import NumberSet
from reconciler.model.values import JsonValue
from reconciler.state.base import Settlement


class Remover(Struct, frozen=True, kw_only=True):
    """Carries out deletions."""

    ledger: Ledger

    async def remove(self, change: Change, *, answered: Answered = nobody_waits) -> tuple[str, ...]:
        """Delete or forget, or do the deleting half of a replacement; returns notes for people."""
        if change.action is Action.FORGET:
            await self.ledger.run.settle(Settlement(drop=change.address))
            return ()
        await self._remove(change, answered)
        return dead_secrets(self.ledger.workspace, change)

    async def _remove(self, change: Change, answered: Answered) -> None:
        kind = self.ledger.workspace.kind(change.address)
        owned = change.owned
        if owned is None:
            return
        if change.members is not None:
            leaving = MemberChange(add=NumberSet(), remove=change.members.remove)
            change = replace(change, members=leaving)
        if change.action is Action.REPLACE and change.create_first:
            for old in self.ledger.rows[change.address].deposed:  # those of earlier runs as well
                await self.ledger.delete_old(kind, change, old)
            return
        for old in owned.deposed:
            await self.ledger.delete_old(kind, change, old)
        closes: dict[str, str] = {}
        left: dict[str, JsonValue] = {}
        if change.live is not None:
            writer = self.ledger.writer(kind, change, Verb.DELETE, owned.remote_id)
            provider = self.ledger.workspace.provider(change.address)
            task = replace(task_of(change), desired={})
            await self.ledger.surely(writer, provider.delete(task, writer))
            closes, left = writer.closes(), writer.left
        answered()
        row = replace(owned, extra=left, deposed=()) if left else None
        gone = change.address if row is None else None
        await self.ledger.run.settle(Settlement(closes=closes, put=row, drop=gone))
        self.ledger.forget(change.address)
