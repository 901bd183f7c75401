"""What is known while a plan is carried out, and the writers that all writes go through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from msgspec.structs import replace

from reconciler.engine.applying.gathering import Gathering
from reconciler.engine.live.delivered import row_of
from reconciler.engine.workspace import Workspace
from reconciler.engine.writing.sending import sender
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.errors import NotSent, Rejected
from reconciler.model.address import Address
from reconciler.model.change import MemberChange, Write
from reconciler.model.journal import Verb
from reconciler.model.owned import OwnedObject
from reconciler.model.values import JsonValue
from reconciler.providers.carried_over import UNLISTED
from reconciler.providers.task import Step, Task
from reconciler.state.base import Put, Run

Tell = Callable[[Write, int, int], None]
Result = TypeVar("Result")


class Ledger:
    """The rows and ids of what exists by now, for all changes of a run."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        run: Run,
        tell: Tell,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start from what state knows."""
        self.workspace = workspace
        self.run = run
        self.tell = tell
        self.stopped = stopped
        self.made: dict[Address, OwnedObject] = {}
        """The rows of what no list has shown yet."""
        self.rows = workspace.store.objects()
        self.ids = {address: row.remote_id for address, row in self.rows.items()}
        self.markers = {each.address: each.marker for each in workspace.store.watches()}
        """Of creates that were in doubt: to be used again."""
        self.gatherings: dict[Address, Gathering] = {}
        """Of creates that may go out with others."""
        self.accepted: dict[Address, None] = {}
        """What was created in one request with others, whose answer does not speak of each."""
        self._accounts: dict[str, str] = {}
        """The fingerprints of accounts by provider name."""

    def remember(self, row: OwnedObject) -> None:
        """Keep a row that state has now."""
        self.rows[row.address] = row
        if UNLISTED in row.extra:
            self.made[row.address] = row
        self.ids[row.address] = row.remote_id

    def forget(self, address: Address) -> None:
        """Know nothing of an object any more."""
        self.rows.pop(address, None)
        self.ids.pop(address, None)

    async def delete_old(self, change: Write, old: str) -> None:
        """Delete an object that a newer one has replaced."""
        row = self.rows[change.address]
        writer = self.writer(change, Verb.DELETE, old, members=change.members)
        gone = replace(row_of(change), remote_id=old)
        live = change.live if change.live and change.live.id == old else None
        task = Task(address=change.address, desired={}, owned=gone, live=live)
        await self.surely(writer, self.workspace.provider(change.address).delete(task, writer))
        left = replace(row, deposed=tuple(each for each in row.deposed if each != old))
        await self.run.settle(Put(row=left), closes=writer.closes())
        self.remember(left)

    async def surely(self, writer: JournaledWriter, work: Coroutine[Any, Any, Result]) -> Result:
        """Run it. A refusal closes the step in doubt: the provider code has read back and knows.

        Lost answers to earlier steps stay open: recovery finds out what those have made.
        """
        try:
            return await work
        except (NotSent, Rejected):
            if writer.cut_short:
                done = dict.fromkeys(writer.op_ids, "done")
                await self.run.settle(closes=done)
            elif writer.latest in writer.doubtful:
                closes = {writer.latest: "settled-by-reading"}
                await self.run.settle(closes=closes)
            raise

    @asynccontextmanager
    async def gathering(self, addresses: Sequence[Address]) -> AsyncIterator[Gathering]:
        """Let the creates of these addresses, of one kind at one account, go out together."""
        send = sender(self.run, self.workspace.provider(addresses[0]))
        gathering = Gathering(addresses, send)
        self.gatherings |= dict.fromkeys(addresses, gathering)
        try:
            yield gathering
        finally:
            await gathering.close()
            for each in addresses:
                self.gatherings.pop(each)
        self.accepted |= dict.fromkeys(gathering.accepted)

    def writer(
        self, change: Write, phase: Verb, target: str | None, *, members: MemberChange | None
    ) -> JournaledWriter:
        """Return the writer of one phase of a change; see `JournaledWriter.target`."""
        total = len(members.add) if members else 0
        return JournaledWriter(
            run=self.run,
            send=self._send(change.address),
            kind=self.workspace.kind(change.address),
            change=change,
            members=members,
            account=self._account(change.address.provider),
            phase=phase,
            target=target,
            digest=self.workspace.store.digest,
            marker=self.markers.get(change.address, ""),
            on_members=lambda done: self.tell(change, done, total),
            stopped=self.stopped,
        )

    def _send(self, address: Address) -> Callable[[Step], Awaitable[JsonValue]]:
        gathering = self.gatherings.get(address)
        if gathering is None:
            return sender(self.run, self.workspace.provider(address))
        return partial(gathering.send, address)

    def _account(self, provider: str) -> str:
        if provider not in self._accounts:
            self._accounts[provider] = self.workspace.fingerprint(provider)
        return self._accounts[provider]
