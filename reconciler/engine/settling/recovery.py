"""Settles open intents: first thing of every apply, and again after an answer was lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.live.delivered import learn_delivered, not_overwritten, row_once_delivered
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import collections_of, probe
from reconciler.engine.settling import unsettled
from reconciler.engine.settling.decision import (
    Ask,
    Decision,
    SecretLost,
    Settled,
    Situation,
    Unsettled,
    Wait,
    on_top_of,
)
from reconciler.engine.settling.decisions import carries, decide
from reconciler.engine.settling.follow_ups import absent_after_orphan, ask_about_found, take_found
from reconciler.engine.settling.taken import answered_ids, taken_ids
from reconciler.engine.settling.watches import back_again, late_twins
from reconciler.engine.workspace import Workspace
from reconciler.engine.writing.delivery import deliver
from reconciler.engine.writing.sending import sender
from reconciler.engine.writing.writer import JournaledWriter
from reconciler.errors import ProviderError, SinkError
from reconciler.model.address import Address
from reconciler.model.change import Delete
from reconciler.model.journal import ANY_ID, JournalEntry, Verb, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.secret import Secret
from reconciler.providers.task import Progress, Task, no_progress
from reconciler.state.base import Drop, Effect, EndWatch, Put, Run, StartWatch, StateStore

WATCH_SECONDS = 7 * 24 * 3600.0
"""How long a watched address must show no twin before its watch ends."""

PASSES = 4
"""How often collections are listed, at most, until two listings agree."""

Sleep = Callable[[float], Awaitable[None]]


class RecoveryReport(Struct, frozen=True, kw_only=True):
    """The outcome of a recovery."""

    settled: tuple[str, ...] = ()
    """One sentence for each settled address."""
    doubts: Mapping[Address, Unsettled] = field(default_factory=dict)
    """The addresses that could not be settled, and why; a plan of the same run shows them."""

    @property
    def undecided(self) -> tuple[Ask, ...]:
        """The doubts that only a person can settle."""
        return tuple(each for each in self.doubts.values() if isinstance(each, Ask))


class _Known(Struct, kw_only=True):
    """The content of state while addresses are settled one by one.

    Read once and kept up to date, since there may be many addresses.
    """

    rows: dict[Address, OwnedObject]
    watches: dict[Address, Watch]
    entries: dict[Address, list[JournalEntry]]

    @classmethod
    def of(cls, store: StateStore) -> _Known:
        return cls(
            rows=store.objects(),
            watches={watch.address: watch for watch in store.watches()},
            entries=unsettled.by_address(store),
        )

    def changed(self, settled: Settled) -> None:
        """Take over the row and the watch of an address that was settled."""
        address = settled.address
        self.rows.pop(address, None)
        if settled.row is not None:
            self.rows[address] = settled.row
        if settled.watch is not None:
            self.watches[address] = settled.watch


class Recovery:
    """Settles the open intents of some or all addresses."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        run: Run,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], float] = time.time,
        progress: Progress = no_progress,
    ) -> None:
        """Write as this run, which holds the lock."""
        self.workspace = workspace
        self.run = run
        self.sleep = sleep
        self.now = now
        """Wall clock, for the age of watches only."""
        self.progress = progress
        self.index: LiveIndex = LiveIndex({})
        """The latest listing, for callers that go on from it."""

    async def everything(self) -> RecoveryReport:
        """Settle all open intents, then check the watches."""
        learn_delivered(self.workspace)
        entries = unsettled.by_address(self.workspace.store)
        known = {a: each for a, each in entries.items() if self.workspace.knows(a)}
        decisions = await self._settle(known) if known else []
        await self._watches()
        return RecoveryReport(
            settled=tuple(_sentence(each) for each in decisions if isinstance(each, Settled)),
            doubts={d.address: d for d in decisions if not isinstance(d, Settled)},
        )

    async def one(self, address: Address) -> Decision:
        """Settle one address right after an answer was lost."""
        return (await self.several([address]))[address]

    async def several(self, addresses: Sequence[Address]) -> dict[Address, Decision]:
        """Settle addresses right after their answers were lost; all are listed together."""
        entries = unsettled.by_address(self.workspace.store)
        decisions = await self._settle({each: entries.get(each, []) for each in addresses})
        return dict(zip(addresses, decisions, strict=True))

    async def _settle(self, entries: Mapping[Address, Sequence[JournalEntry]]) -> list[Decision]:
        await self._observe(entries)
        known = _Known.of(self.workspace.store)
        decisions: dict[Address, Decision] = {}
        for address, each in entries.items():
            decisions[address] = await self._attempt(address, each, known, listings_agree=False)
        waiting = [a for a, decision in decisions.items() if isinstance(decision, Wait)]
        if waiting:
            await self.sleep(self._window(waiting))
            agree = await self._observe_until_equal(waiting)
            for address in waiting:
                decisions[address] = await self._attempt(
                    address, entries[address], known, listings_agree=agree
                )
        return list(decisions.values())

    def _window(self, addresses: Sequence[Address]) -> float:
        return max(self.workspace.provider(a).settle_seconds for a in addresses)

    async def _observe(self, addresses: Iterable[Address]) -> None:
        self.index = LiveIndex(
            await probe(self.workspace, collections_of(addresses), progress=self.progress)
        )

    async def _observe_until_equal(self, addresses: Iterable[Address]) -> bool:
        """List until two listings in a row are equal; false if they never are."""
        before: object = None
        for _ in range(PASSES):
            await self._observe(addresses)
            now = {a: _ids(self.index, a) for a in addresses}
            if now == before:
                return True
            before = now
        return False

    async def _attempt(
        self,
        address: Address,
        entries: Sequence[JournalEntry],
        known: _Known,
        *,
        listings_agree: bool,
    ) -> Decision:
        watch = known.watches.get(address)
        decision = decide(
            Situation(
                address=address,
                entries=entries,
                row=known.rows.get(address),
                provider=self.workspace.provider(address),
                kind=self.workspace.kind(address),
                collection=self.index.collection(address),
                digest=self.workspace.store.digest,
                listings_agree=listings_agree,
                taken=taken_ids(known.rows, address) | answered_ids(known.entries, address),
                watch=watch,
            )
        )
        try:
            decision = await self._carry_out(decision, watch)
        except (SinkError, ProviderError) as error:
            return Wait(so_far=decision.so_far, message=str(error))
        if decision.so_far.closes:
            known.changed(decision.so_far)
        return decision

    async def _carry_out(self, decision: Decision, watch: Watch | None) -> Decision:
        if isinstance(decision, SecretLost):
            decision = await self._recover_secret(decision, watch)
        settled = decision.so_far
        if settled.secrets and settled.row is not None:
            before = self.workspace.store.objects().get(decision.address)
            row = await self._deliver(settled.row, settled.secrets, before=before)
            settled = replace(settled, row=row)
        for orphan in settled.orphans:
            await self._delete_ours(decision.address, orphan)
        if settled.closes:
            await self._write(settled)
        return on_top_of(settled, decision)

    async def _write(self, settled: Settled) -> None:
        effects: list[Effect] = [Drop(address=settled.address)]
        if settled.row is not None:
            effects = [Put(row=settled.row)]
        if settled.watch is not None:
            effects.append(StartWatch(watch=settled.watch))
        await self.run.settle(*effects, closes=settled.closes)

    async def _deliver(
        self, row: OwnedObject, secrets: Mapping[str, Secret], *, before: OwnedObject | None
    ) -> OwnedObject:
        """Deliver secrets that no run could deliver yet, to the sinks that manifests name now."""
        served = row_once_delivered(self.workspace, row, secrets)
        old = before or OwnedObject(address=row.address, remote_id="")
        keep = not_overwritten(self.workspace, old, served.applied)
        await deliver(served.applied, secrets, self.workspace.sink_root, keep=keep)
        return served

    async def _recover_secret(self, lost: SecretLost, watch: Watch | None) -> Settled | Ask:
        provider = self.workspace.provider(lost.address)
        secrets = await provider.recover_secrets(lost.found, lost.intent.applied)
        if secrets:
            taken = take_found(lost, watch)
            return replace(taken, secrets={**taken.secrets, **secrets})
        if not lost.proven:
            return ask_about_found(lost)
        await self._delete_ours(lost.address, lost.found)
        return absent_after_orphan(lost, watch)

    async def _delete_ours(self, address: Address, live: LiveObject) -> None:
        """Delete an object that carries our marker."""
        row = OwnedObject(address=address, remote_id=live.id, applied=live.fields, extra=live.extra)
        change = Delete(address=address, live=live, owned=row)
        provider = self.workspace.provider(address)
        writer = JournaledWriter(
            run=self.run,
            send=sender(self.run, provider),
            kind=self.workspace.kind(address),
            change=change,
            account=self.workspace.fingerprint(address.provider),
            phase=Verb.DELETE,
            target=live.id,
            digest=self.workspace.store.digest,
        )
        await provider.delete(Task(address=address, desired={}, live=live, owned=row), writer)
        await self.run.settle(closes=dict.fromkeys(writer.op_ids, "orphan-deleted"))

    async def _watches(self) -> None:
        watches = [w for w in self.workspace.store.watches() if self.workspace.knows(w.address)]
        if not watches:
            return
        await self._observe([watch.address for watch in watches])
        rows = self.workspace.store.objects()
        for watch in watches:
            if ANY_ID in watch.pre_ids:
                await self._narrow(watch)
                continue
            extra = late_twins(self.workspace, rows, self.index, watch)
            for live in extra:
                if carries(watch.marker, live):
                    await self._delete_ours(watch.address, live)
            if not extra and not back_again(rows, self.index, watch):
                await self._age(watch)

    async def _narrow(self, watch: Watch) -> None:
        """Replace `ANY_ID` by the ids that exist now, so that a later twin shows."""
        collection = self.index.collection(watch.address)
        if collection.complete:
            rows = collection.parts if collection.parts is not None else collection.objects
            known = tuple(live.id for live in rows)
            await self.run.settle(StartWatch(watch=replace(watch, pre_ids=known)))

    async def _age(self, watch: Watch) -> None:
        now = self.now()
        if not watch.clean_since:
            await self.run.settle(StartWatch(watch=replace(watch, clean_since=now)))
        elif now - watch.clean_since > WATCH_SECONDS:
            await self.run.settle(EndWatch(address=watch.address))


def _ids(index: LiveIndex, address: Address) -> object:
    """Return the ids in a collection, to be compared; an incomplete one equals no other."""
    collection = index.collection(address)
    if not collection.complete:
        return object()
    rows = collection.parts if collection.parts is not None else collection.objects
    return sorted(live.id for live in rows)


def _sentence(settled: Settled) -> str:
    outcomes = ", ".join(sorted(set(settled.closes.values())))
    return f"{settled.address}: settled an unfinished operation ({outcomes})"


async def recover(
    workspace: Workspace, run: Run, *, progress: Progress = no_progress
) -> RecoveryReport:
    """Settle all open intents, under the lock, before anything is planned."""
    return await Recovery(workspace=workspace, run=run, progress=progress).everything()
