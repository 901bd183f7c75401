"""A run: the right to write to a state database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from reconciler.errors import (
    IntentNotDurable,
    ReconcilerError,
    ResponseNotDurable,
    StaleEpoch,
    StateError,
    reason,
)
from reconciler.model.address import Address
from reconciler.model.journal import Intent, Response
from reconciler.model.verification import CanarySend
from reconciler.state.base import Drop, Effect, Move, Put, Settlement, address_of
from reconciler.state.database import codec, drifting, writes
from reconciler.state.database.commit import Grouped, Inline, Transaction, Work, Writer
from reconciler.state.database.emergency import Emergency
from reconciler.state.database.home import Held, Home, has_sealed
from reconciler.state.database.statements import CLOSED
from reconciler.state.database.tables import OBJECTS, PENDING
from reconciler.state.failpoints import Failpoints, effect
from reconciler.state.seal import Keyring

if TYPE_CHECKING:
    from reconciler.state.content import Content
    from reconciler.state.database.protocol import Connection
    from reconciler.state.database.tables import Prefetch

KEPT_CANARIES = 90 * 24 * 3600.0
"""Seconds for which the outcome of a canary is kept."""
RETRIES = (0.02, 0.1, 0.5)
"""Seconds to wait before each further attempt to store an answer."""


FRESH_SECONDS = 2.0
"""For this long after a commit, `check` takes for granted that the run may still write."""


def seal_context(lineage: str, op_id: str, field: str) -> str:
    """Return the context that a sealed secret is bound to."""
    return f"{lineage}/{op_id}/{field}"


class DatabaseRun:
    """Implements `Run`; made by `DatabaseStore.begin`."""

    def __init__(
        self,
        *,
        home: Home,
        lock: Held,
        db: Connection,
        writer: Writer,
        keyring: Keyring,
        failpoints: Failpoints,
    ) -> None:
        """Take a lock that this run holds, and a writer whose epoch was opened."""
        self.epoch = writer.tally.epoch
        self.in_flight = home.in_flight
        self._home = home
        self._lock = lock
        self._db = db
        self._writer = writer
        self._keyring = keyring
        self._failpoints = failpoints
        self._queue = Inline(writer) if home.inline else Grouped(writer)
        self._finished = False
        self._over = False

    async def check(self) -> None:
        """Check that this run may still write, by an empty commit, which checks the fence."""
        if self._home.inline or self._writer.seconds_since_commit() < FRESH_SECONDS:
            return
        try:
            await self._submit(_nothing)
        except ReconcilerError:
            raise
        except Exception as error:
            raise IntentNotDurable(
                f"nothing was sent: whether this run may still write could not be seen: {error}",
                hint=f"{self._home.remedy}, then run it again.",
            ) from error

    async def intend(self, intent: Intent) -> None:
        """Transaction A."""
        numbered = replace(intent, epoch=self.epoch)
        with effect(self._failpoints, f"intend {intent.address} {intent.step}"):
            try:
                await self._submit(
                    partial(writes.intend, intent=numbered),
                    (CLOSED, intent.op_id),
                    (PENDING.one, intent.op_id),
                )
            except ReconcilerError:
                raise
            except Exception as error:
                raise IntentNotDurable(
                    f"{intent.address}: nothing was sent: its intent could not be stored: {error}",
                    hint=f"{self._home.remedy}, then run it again.",
                ) from error

    async def respond(self, op_id: str, response: Response) -> None:
        """Transaction B."""
        emergency = self._sealed(op_id, response)
        work = partial(
            writes.respond, op_id=op_id, response=emergency.response, sealed=emergency.sealed
        )
        with effect(self._failpoints, f"respond {op_id}"):
            try:
                await self._insist(work, (PENDING.one, op_id))
            except ResponseNotDurable as error:
                raise self._after_keeping(emergency, response, error.__cause__ or error) from error
            except StaleEpoch as error:
                raise self._after_keeping(emergency, response, error) from error
            except asyncio.CancelledError:  # nobody waits any more to learn whether it was stored
                with suppress(OSError):
                    self._home.save_emergency(emergency)
                raise

    async def _insist(self, work: Work, *prefetch: Prefetch) -> None:
        """Try to store an answer a few times; raises `ResponseNotDurable` from the last error."""
        for wait in (*RETRIES, None):
            try:
                return await self._submit(work, *prefetch)
            except ReconcilerError:  # fenced off or not open: trying again changes nothing
                raise
            except Exception as error:
                if wait is None:
                    raise ResponseNotDurable("an answer could not be stored") from error
                await asyncio.sleep(wait)
        return None

    def _sealed(self, op_id: str, response: Response) -> Emergency:
        lineage = self._writer.tally.lineage
        sealed = {
            field: self._keyring.seal(secret, seal_context(lineage, op_id, field))
            for field, secret in response.secrets.items()
        }
        return Emergency(
            lineage=lineage,
            op_id=op_id,
            response=codec.response_text(response),
            sealed=codec.dumps(sealed) if sealed else None,
        )

    def _after_keeping(
        self, emergency: Emergency, response: Response, cause: BaseException
    ) -> ReconcilerError:
        """Keep an answer beside the state and return the error to raise."""
        server_id = response.server_id or "none"
        try:
            path = self._home.save_emergency(emergency)
        except OSError as error:
            return ResponseNotDurable(
                f"an answer could not be stored: {cause}; nor kept beside the state: "
                f"{reason(error)}",
                hint=f"{self._home.remedy}, then `reconciler plan` shows what to decide.",
                details=(f"operation {emergency.op_id}, the provider's id {server_id}",),
            )
        where = f"the answer to operation {emergency.op_id} (id {server_id}) is kept in {path}"
        if isinstance(cause, StaleEpoch):
            stale = StaleEpoch(cause.message, hint=cause.hint, details=(where,))
            stale.exit_code = ResponseNotDurable.exit_code
            return stale
        return ResponseNotDurable(
            f"an answer could not be stored: {cause}",
            hint=f"{self._home.remedy}, then run it again: the next run takes over what the "
            "files hold that are named here, wherever they lie.",
            details=(where,),
        )

    async def settle(self, *effects: Effect, closes: Mapping[str, str] | None = None) -> None:
        """Transaction C."""
        await self._settle([Settlement(effects=effects, closes=closes or {})])

    async def settle_all(self, effects: Iterable[Effect]) -> None:
        """Store a settlement for each effect, in one transaction."""
        settlements = [Settlement(effects=(each,)) for each in effects]
        self._check_open()
        if settlements:
            await self._settle(settlements)

    async def _settle(self, settlements: Sequence[Settlement]) -> None:
        def work(transaction: Transaction) -> None:
            for settlement in settlements:
                writes.settle(transaction, settlement)
            effects = (each for settlement in settlements for each in settlement.effects)
            moves = {str(e.source): str(e.target) for e in effects if isinstance(e, Move)}
            if moves:
                writes.follow(transaction, moves)

        with effect(self._failpoints, f"settle {_subject(settlements)}"):
            await self._stored(work, *_prefetch(settlements))

    async def record_canary(self, sending: CanarySend) -> None:
        """Store what is known of a canary."""
        oldest = sending.sent_at - KEPT_CANARIES
        with effect(self._failpoints, f"canary {sending.canary}"):
            await self._stored(partial(writes.put_canary, sending=sending, oldest=oldest))

    async def acknowledge(self, op_id: str, address: Address, numbers: Sequence[str]) -> None:
        """Store members before their set is settled."""
        if not numbers:
            return
        work = partial(
            writes.acknowledge, op_id=op_id, address=str(address), numbers=tuple(numbers)
        )
        with effect(self._failpoints, f"acknowledge {address}"):
            await self._stored(work)

    async def _stored(self, work: Work, *prefetch: Prefetch) -> None:
        try:
            await self._submit(work, *prefetch)
        except ReconcilerError:
            raise
        except Exception as error:
            raise self._not_stored(error) from error

    def _not_stored(self, error: Exception) -> StateError:
        return StateError(
            f"the state could not be written: {error}",
            hint=f"{self._home.remedy}, then run it again: the next run goes on from what was "
            "stored.",
        )

    async def _submit(self, work: Work, *prefetch: Prefetch) -> None:
        self._check_open()
        await self._queue.submit(work, *prefetch)

    def _now(self, work: Work) -> None:
        self._check_open()
        [error] = self._writer.commit([work])
        if error is None:
            return
        if isinstance(error, ReconcilerError) or not isinstance(error, Exception):
            raise error
        raise self._not_stored(error) from error

    def _check_open(self) -> None:
        if self._over:
            raise StateError("this run has ended and can no longer write")

    def record_drift(self, since: Mapping[Address, float]) -> None:
        """Store which objects differ from what was applied and since when, replacing all before."""
        with effect(self._failpoints, "drift"):
            self._now(partial(drifting.put, since=since))

    def rename_provider(self, old: str, new: str) -> None:
        """Rename a provider in everything that is stored."""
        with effect(self._failpoints, f"rename {old}"):
            self._now(partial(writes.rename_provider, old=old, new=new))

    def drop_account(self, provider: str) -> None:
        """Unbind a provider name from its account."""
        with effect(self._failpoints, f"account {provider}"):
            self._now(partial(writes.drop_account, provider=provider))

    def set_account(self, provider: str, fingerprint: str) -> None:
        """Bind a provider name to an account."""
        with effect(self._failpoints, f"account {provider}"):
            work = partial(writes.put_account, provider=provider, fingerprint=fingerprint)
            self._now(work)

    def replace(self, content: Content, *, serial: int) -> None:
        """Replace this state by another one of the same lineage."""
        from reconciler.state.database.copying import database_of, replace_all

        source = database_of(content, keyring=lambda: self._keyring)
        try:
            with effect(self._failpoints, "replace"):
                self._now(partial(replace_all, source=source, serial=serial))
        finally:
            source.close()

    def rekey(self) -> None:
        """Encrypt all of the state anew."""
        with effect(self._failpoints, "rekey"), self._home.explained():
            self._home.rekey(self._now)

    def retire(self, target: str) -> None:
        """Make every later opening fail with the news that the state is elsewhere."""
        self._now(partial(writes.note_move, target=target))
        with effect(self._failpoints, "retire"), self._home.explained():
            self._home.retire(target)

    def finish(self, outcome: str, summary: Mapping[str, int]) -> None:
        """Record how the run ended."""
        with effect(self._failpoints, "finish"):
            self._now(partial(writes.finish, outcome=outcome, summary=summary))
        self._finished = True

    def __enter__(self) -> Self:
        """Hold the lock."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit the work that still waits, record the end, release the lock."""
        if self._over:
            return
        try:
            self._queue.drain()
            if not self._finished:
                self._writer.commit([partial(writes.finish, outcome="failed", summary={})])
        finally:
            self._over = True
            try:
                self._leave()
            finally:
                self._lock.release()

    def _leave(self) -> None:
        try:
            with self._home.explained():
                sealed = has_sealed(self._db)
        except StateError:
            sealed = True
        self._home.release_writer(self._db)
        self._home.tidy(sealed=sealed)


def _nothing(_transaction: Transaction) -> None:
    """Change nothing."""


def _prefetch(settlements: Sequence[Settlement]) -> Iterator[Prefetch]:
    """Yield the rows that the settlements look up."""
    for settlement in settlements:
        yield from ((PENDING.one, op_id) for op_id in settlement.closes)
        objects = (each for each in settlement.effects if isinstance(each, Put | Drop))
        yield from ((OBJECTS.one, str(address_of(each))) for each in objects)


def _subject(settlements: Sequence[Settlement]) -> str:
    if len(settlements) != 1:
        return f"{len(settlements)} rows"
    [one] = settlements
    return str(address_of(one.effects[0])) if one.effects else ",".join(one.closes)
