"""Deletes and forgets objects, and deletes the old object of a replacement."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.engine.applying.ledger import Ledger
from reconciler.engine.applying.making import Answered, nobody_waits
from reconciler.engine.applying.secret_delivery import dead_secrets
from reconciler.engine.tasks import task_of
from reconciler.model.change import Delete, Forget, MemberChange, Replace
from reconciler.model.journal import Verb
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.values import JsonValue
from reconciler.state.base import Drop, Put


class Remover:
    """Deletes or forgets what a plan says."""

    def __init__(self, ledger: Ledger) -> None:
        """Use the rows and writers of the ledger."""
        self._ledger = ledger

    async def remove(
        self, change: Delete | Forget | Replace, *, answered: Answered = nobody_waits
    ) -> tuple[str, ...]:
        """Delete or forget an object, or delete a replaced one; returns notes for people."""
        if isinstance(change, Forget):
            await self._ledger.run.settle(Drop(address=change.address))
            return ()
        if isinstance(change, Replace) and change.create_first:
            await self._delete_deposed(change)
        else:
            await self._delete(change, answered)
        return dead_secrets(self._ledger.workspace, change)

    async def _delete_deposed(self, change: Replace) -> None:
        """Delete every object that was replaced, in this run or an earlier one."""
        for old in self._ledger.rows[change.address].deposed:
            await self._ledger.delete_old(change, old)

    async def _delete(self, change: Delete | Replace, answered: Answered) -> None:
        for old in change.owned.deposed:
            await self._ledger.delete_old(change, old)
        closes: dict[str, str] = {}
        left: dict[str, JsonValue] = {}
        if change.live is not None:
            closes, left = await self._delete_live(change, change.live)
        answered()
        rest = replace(change.owned, extra=left, deposed=())
        effect = Put(row=rest) if left else Drop(address=change.address)
        await self._ledger.run.settle(effect, closes=closes)
        self._ledger.forget(change.address)

    async def _delete_live(
        self, change: Delete | Replace, live: LiveObject
    ) -> tuple[dict[str, str], dict[str, JsonValue]]:
        """Delete the object; returns how to close its intents, and what a successor gets."""
        members = change.members
        if members is not None:
            members = MemberChange(add=NumberSet(), remove=members.remove)
        writer = self._ledger.writer(change, Verb.DELETE, change.owned.remote_id, members=members)
        provider = self._ledger.workspace.provider(change.address)
        task = replace(task_of(change), desired={}, live=live, members=members)
        await self._ledger.surely(writer, provider.delete(task, writer))
        return writer.closes(), writer.left
