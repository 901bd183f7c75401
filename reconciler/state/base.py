"""The interface of a state store, the same wherever the state is kept.

Reading needs no lock. Every change goes through a `Run`, of which at most one exists at a time. A
store refuses writes of a run whose epoch is no longer the newest (`StaleEpoch`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from msgspec import Struct, field

from reconciler.errors import PlanUsed
from reconciler.model.address import Address
from reconciler.model.journal import Intent, JournalEntry, Response, Watch
from reconciler.model.moment import moment_text
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.store_cost import Toll
from reconciler.model.verification import CanarySend

if TYPE_CHECKING:
    from reconciler.state.content import Content
    from reconciler.state.seal import Keyring


class RunRecord(Struct, frozen=True, kw_only=True):
    """One past or present run, for `state history` and for naming the holder of the lock."""

    epoch: int
    command: str
    """For example `apply`."""
    actor: str
    """`user@host pid 123`, followed by the CI run's URL if there is one."""
    started_at: float
    """Wall clock, seconds."""
    ended_at: float | None = None
    outcome: str = ""
    """`done`, `failed`, `stopped`, `crashed`, `refused`, `not approved`, `interrupted before
    anything`, or empty while it runs."""
    summary: Mapping[str, int] = field(default_factory=dict)
    """Counts of results by `<action> <status>`."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """An earlier state that the store keeps as a whole."""

    serial: int
    at: float
    """When it was written, by the store's clock: seconds since 1970."""
    objects: int
    """How many objects it owned."""


class PlanUse(Struct, frozen=True, kw_only=True):
    """A saved plan that is about to be applied, which is allowed once."""

    nonce: str
    expires_at: float
    """Seconds since the epoch."""
    contents: str
    """`StateStore.contents` when the plan was made; empty if there was no state yet."""


class UsedPlan(Struct, frozen=True, kw_only=True):
    """The run that applied a saved plan."""

    epoch: int
    actor: str
    at: float
    """Seconds since the epoch."""


def refuse_used(used: UsedPlan | None) -> None:
    """Raise `PlanUsed` if a plan was applied before."""
    if used is not None:
        raise PlanUsed(
            "this plan was applied already: each is applied once",
            details=[f"run {used.epoch} by {used.actor}, {moment_text(used.at)}"],
            hint="Make a new plan, or `reconciler apply` to finish what that run left.",
        )


class Put(Struct, frozen=True, kw_only=True):
    """Write a row, replacing any of the same address."""

    row: OwnedObject
    members: NumberSet | None = None
    """For a set kind: all members that we added, into which acknowledged batches are merged.
    `None` keeps the members that are stored."""


class Drop(Struct, frozen=True, kw_only=True):
    """Remove a row, with its members."""

    address: Address


class Move(Struct, frozen=True, kw_only=True):
    """Rename a row, with its members, its watch, and the references to it."""

    source: Address
    target: Address


class StartWatch(Struct, frozen=True, kw_only=True):
    """Begin a watch, or replace the one of its address."""

    watch: Watch


class EndWatch(Struct, frozen=True, kw_only=True):
    """End the watch of an address."""

    address: Address


Effect = Put | Drop | Move | StartWatch | EndWatch
"""One thing that changes in state."""


def address_of(effect: Effect) -> Address:
    """Return the address that an effect changes; of a move, the new one."""
    match effect:
        case Put(row=row):
            return row.address
        case StartWatch(watch=watch):
            return watch.address
        case Move(target=target):
            return target
        case Drop(address=address) | EndWatch(address=address):
            return address


class Settlement(Struct, frozen=True, kw_only=True):
    """Changes to state and journal in one transaction (transaction C)."""

    effects: tuple[Effect, ...] = ()
    """Changes to the state, in this order."""
    closes: Mapping[str, str] = field(default_factory=dict)
    """The outcomes of intents to close, by op_id. Closing wipes their sealed secrets."""


class Run(Protocol):
    """The right to write, held by one run. Leaving the context releases the lock.

    The coroutines return once their transaction is durable. Transactions that wait at the same
    moment share one commit.
    """

    @property
    def epoch(self) -> int:
        """The run's number; only the run with the newest one may write."""

    @property
    def in_flight(self) -> int:
        """How many writes to have under way for each one that a provider accepts at once.

        More than one if a commit takes as long as a request: while some writes wait for their
        commit, others are sent.
        """

    async def check(self) -> None:
        """Check that this run may still write, unless it wrote just now.

        Called before a request is sent, since another run may have taken over while it waited.

        Raises:
            StaleEpoch: Another run has taken over.
            IntentNotDurable: The store could not tell.
        """

    async def intend(self, intent: Intent) -> None:
        """Store an intent before its request is sent (transaction A).

        Raises `IntentNotDurable` or `StaleEpoch`; then nothing may be sent.
        """

    async def respond(self, op_id: str, response: Response) -> None:
        """Store an answer, with its secrets sealed, as the first thing after it (transaction B).

        Retries; if the store stays broken, writes the answer to an emergency file beside the
        state (0600, secrets sealed) and raises `ResponseNotDurable`.
        """

    async def settle(self, *effects: Effect, closes: Mapping[str, str] | None = None) -> None:
        """Store one `Settlement` (transaction C)."""

    async def settle_all(self, effects: Iterable[Effect]) -> None:
        """Store a settlement for each effect, in one transaction: all of them or none.

        Without effects, the store is not asked.
        """

    async def record_canary(self, sending: CanarySend) -> None:
        """Store what is known of a canary, replacing what was stored before.

        Durable on return. Called before it is sent, and again after its answer and its receipt.
        """

    def record_drift(self, since: Mapping[Address, float]) -> None:
        """Store which objects differ from what was applied and since when, replacing all before."""

    async def acknowledge(self, op_id: str, address: Address, numbers: Sequence[str]) -> None:
        """Store members that we added to a set, so that a crash before `settle` loses none."""

    def rename_provider(self, old: str, new: str) -> None:
        """Rename a provider in all rows, members, watches and open intents.

        Its account is bound to the new name. Rows that have the new name already are replaced.
        """

    def drop_account(self, provider: str) -> None:
        """Unbind a provider name from its account."""

    def set_account(self, provider: str, fingerprint: str) -> None:
        """Bind a provider name to an account."""

    def replace(self, content: Content, *, serial: int) -> None:
        """Replace this state by another one of the same lineage, all at once.

        The history keeps the runs of both. Raises `StateCorrupt` if the content is damaged.
        """

    def rekey(self) -> None:
        """Encrypt all of the state with a new key, for the recipients it was opened with.

        A crash at any point leaves a state that the old or the new recipients can read, and the
        rest to be done by the next call. Raises `StateError` in stores that are never encrypted.
        """

    def retire(self, target: str) -> None:
        """Make every later opening fail with the news that the state is at the URL `target`."""

    def finish(self, outcome: str, summary: Mapping[str, int]) -> None:
        """Record how the run ended (`done`, `failed`, `stopped`)."""

    def __enter__(self) -> Self:
        """Hold the lock."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock; without `finish` the run counts as failed."""


class StateStore(Protocol):
    """A store that keeps one state.

    Until it begins a run, a store shows the state as it was when it was opened. What other runs
    have written since then shows after `begin`, so compare `serial` before and after.
    """

    @property
    def lineage(self) -> str:
        """A random id given when the state was made; plans and markers are bound to it.

        Empty for a state that does not exist yet; then `digest` is valid in this process only.
        """

    @property
    def serial(self) -> int:
        """Grows with every settlement."""

    def objects(self) -> dict[Address, OwnedObject]:
        """Return all rows."""

    def members(self, address: Address) -> NumberSet:
        """Return the members that we added to a set kind, acknowledged ones included."""

    def accounts(self) -> dict[str, str]:
        """Return the account fingerprint that each provider name is bound to."""

    def open_entries(self) -> list[JournalEntry]:
        """Return the intents that are not closed, oldest first, their secrets unsealed."""

    def watches(self) -> list[Watch]:
        """Return the addresses to look for twins of."""

    def canaries(self) -> list[CanarySend]:
        """Return what is known of the canaries of the last 90 days, the oldest first."""

    def drifted(self) -> dict[Address, float]:
        """Return the objects that the latest drift run saw to differ, and when each first did."""

    def history(self, limit: int = 20) -> list[RunRecord]:
        """Return the latest runs, newest first."""

    def journal(self, limit: int = 50) -> list[JournalEntry]:
        """Return the latest intents, newest first, without secrets."""

    def just_made(self, seconds: float) -> frozenset[Address]:
        """Return the addresses for which an object or members were made in the last `seconds`.

        An object that was deleted again does not count. Time is by the clock of the machine that
        wrote the intent; if that clock went back, nothing counts as new.
        """

    @property
    def key_in_store(self) -> bool:
        """Tell whether the key lies in the store: who can read the store can open its secrets.

        A key file beside a state in a file does not count: both are on this machine.
        """

    @property
    def rekey_due(self) -> str:
        """Why the state has to be encrypted anew, as a sentence without a full stop; or empty."""

    @property
    def toll(self) -> Toll | None:
        """What a commit costs; `None` if the state is on this machine."""

    def digest(self, text: str) -> str:
        """Return the keyed digest (HMAC-SHA-256, hex) of a text, for write-only values."""

    def contents(self) -> str:
        """Return a digest of everything a plan depends on; empty if there is no state yet."""

    def used_plan(self, nonce: str) -> UsedPlan | None:
        """Return the run that applied a saved plan, `None` if none did."""

    def begin(self, command: str, *, plan: PlanUse | None = None) -> Run:
        """Take the lock and a new epoch.

        The use of a saved plan is recorded in the same transaction as the epoch.

        Raises:
            StateLocked: Another run has the lock; the message names it.
            PlanUsed: The plan was applied before.
            PlanExpired: It is too old.
            PlanStale: It was made with another state.
        """

    def unlock(self) -> RunRecord | None:
        """Take the lock from a run that died and fence it off; return that run, `None` if free."""

    def sweep(self, seconds: float) -> int:
        """Remove objects older than `seconds` that no reader needs; return how many.

        Only a state in an object store has such objects.
        """

    def copied(self) -> Content:
        """Return the whole state as a value; raises `StateError` if there is none."""

    def snapshots(self, limit: int) -> list[Snapshot]:
        """Return earlier states that can be restored, newest first.

        Raises `StateError` in stores that keep none.
        """

    def copied_at(self, serial: int) -> Content:
        """Return the whole state as it was at a serial; raises `StateError` without a snapshot."""

    def key(self) -> Keyring:
        """Return the state's key; raises `StateError` when it is gone or another's."""

    def verify(self) -> None:
        """Check every part of the store; raises `StateCorrupt`, whose hint says what to do."""

    def close(self) -> None:
        """Close the store."""
