"""What the engine needs of a state store, whatever it is kept in.

Reading needs no lock. Everything that changes goes through a `Run`, of which at most one exists at
a time; a store refuses writes of a run whose epoch is no longer the newest (`StaleEpoch`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from msgspec import Struct, field

from reconciler.errors import PlanUsed
from reconciler.model.address import Address
from reconciler.model.journal import Intent, JournalEntry, Response, Watch
from reconciler.model.moment import told
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.store_cost import Toll
from reconciler.model.verification import CanarySend

if TYPE_CHECKING:
    from reconciler.state.content import Content
    from reconciler.state.files.seal import Keyring


class RunRecord(Struct, frozen=True, kw_only=True):
    """One past or present run, for `state history` and for naming the holder of the lock."""

    epoch: int
    command: str
    """For example `apply`."""
    actor: str
    """`user@host pid 123`, with the CI run's URL where there is one."""
    started_at: float
    """Wall clock, seconds."""
    ended_at: float | None = None
    outcome: str = ""
    """`done`, `failed`, `stopped`, `crashed`, `refused`, `not approved`, `interrupted before
    anything`, or empty while it runs."""
    summary: Mapping[str, int] = field(default_factory=dict)
    """Counts of results by `<action> <status>`."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """A state of before that lies in the store as a whole."""

    serial: int
    at: float
    """When it was put, by the store's clock: seconds since 1970."""
    objects: int
    """How many it owned."""


class PlanUse(Struct, frozen=True, kw_only=True):
    """The one time that a saved plan is applied."""

    nonce: str
    expires_at: float
    """Seconds since the epoch."""
    contents: str
    """`StateStore.contents` when it was made; empty where there was no state yet."""


class UsedPlan(Struct, frozen=True, kw_only=True):
    """The run that a saved plan was applied by."""

    epoch: int
    actor: str
    at: float
    """Seconds since the epoch."""


def refuse_used(used: UsedPlan | None) -> None:
    """Raise `PlanUsed` for a plan that was applied."""
    if used is not None:
        raise PlanUsed(
            "this plan was applied already: each is applied once",
            details=[f"run {used.epoch} by {used.actor}, {told(used.at)}"],
            hint="Make a new plan, or `reconciler apply` to finish what that run left.",
        )


class Put(Struct, frozen=True, kw_only=True):
    """Write a row, replacing any of the same address."""

    row: OwnedObject
    members: NumberSet | None = None
    """Of a set: all members that we added; acknowledged batches merge into it. `None` leaves those
    that are known."""


class Drop(Struct, frozen=True, kw_only=True):
    """Remove a row, with its members."""

    address: Address


class Move(Struct, frozen=True, kw_only=True):
    """Rename a row, with its members, its watch and whatever refers to it."""

    source: Address
    target: Address


class StartWatch(Struct, frozen=True, kw_only=True):
    """Begin a watch, or write it again."""

    watch: Watch


class EndWatch(Struct, frozen=True, kw_only=True):
    """Watch an address no more."""

    address: Address


Effect = Put | Drop | Move | StartWatch | EndWatch
"""One thing that changes in state."""


def address_of(effect: Effect) -> Address:
    """Return what an effect is about; of a move, the new name."""
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
    """What changes at once in state and journal (transaction C)."""

    effects: tuple[Effect, ...] = ()
    """In this order."""
    closes: Mapping[str, str] = field(default_factory=dict)
    """Intents to close: op_id to outcome. Closing wipes their sealed secrets."""


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
        """How many writes to have under way for each one that a provider takes at once.

        More than one where a commit takes as long as a request: while some wait for theirs, others
        are sent.
        """

    async def check(self) -> None:
        """See that this run may still write, unless it did so just now.

        Asked before a request leaves: another may have taken over while it waited. Raises
        `StaleEpoch`, or `IntentNotDurable` where nobody can say.
        """

    async def intend(self, intent: Intent) -> None:
        """Transaction A. Raises `IntentNotDurable` or `StaleEpoch`; then nothing may be sent."""

    async def respond(self, op_id: str, response: Response) -> None:
        """Transaction B: the first thing after an answer; seals its secrets.

        Retries; when the store stays broken it writes the answer to an emergency file beside the
        state (0600, secrets sealed) and raises `ResponseNotDurable`.
        """

    async def settle(self, *effects: Effect, closes: Mapping[str, str] | None = None) -> None:
        """Transaction C: one `Settlement`."""

    async def settle_all(self, effects: Iterable[Effect]) -> None:
        """Settle each by itself, but in one transaction: all of them or none.

        Where there is nothing to settle, the store is not asked.
        """

    async def record_canary(self, sending: CanarySend) -> None:
        """Remember how a canary stands, in place of what was known of it.

        Durable on return: before it is sent, and again once its answer and its receipt are there.
        """

    def record_drift(self, since: Mapping[Address, float]) -> None:
        """Remember what differs from what was applied and since when, in place of all before."""

    async def acknowledge(self, op_id: str, address: Address, numbers: Sequence[str]) -> None:
        """Remember that these members were added by us; survives a crash before `settle`."""

    def rename_provider(self, old: str, new: str) -> None:
        """Give all rows, members, watches and open intents of a provider name another one.

        Its account is bound to the new name. Rows that have the new name already are replaced.
        """

    def drop_account(self, provider: str) -> None:
        """Let a provider name stand for no account any more."""

    def set_account(self, provider: str, fingerprint: str) -> None:
        """Bind a provider name to an account."""

    def replace(self, content: Content, *, serial: int) -> None:
        """Put another state of the same lineage in the place of this one, all at once.

        What the runs did stays told, of both. Raises `StateCorrupt` for a content that is damaged.
        """

    def rekey(self) -> None:
        """Encrypt all of the state anew with a new key, to those whom it was opened for.

        Dying at any point leaves a state that those of before or those of now can read, and what
        is left to do for the next time. Raises `StateError` where a state is never encrypted.
        """

    def retire(self, target: str) -> None:
        """Let every later opening say that the state lies at the URL `target` now."""

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
    """A place where state is kept.

    Until it begins a run, a store shows one moment: that of its opening. What other runs write
    since then shows after `begin`, so compare `serial` before and after.
    """

    @property
    def lineage(self) -> str:
        """A random id given when the store was made; plans and markers are bound to it.

        Empty for the view of a state that does not exist yet, whose `digest` is good for this
        process only.
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
        """Return what the latest drift run saw to differ, and when it was first seen to."""

    def history(self, limit: int = 20) -> list[RunRecord]:
        """Return the latest runs, newest first."""

    def journal(self, limit: int = 50) -> list[JournalEntry]:
        """Return the latest intents, newest first, without secrets."""

    def just_made(self, seconds: float) -> frozenset[Address]:
        """Return the addresses for which something was made within so many seconds.

        That is the object, again where it had been taken away, or members. By the clock that
        stamped it; where that went back, nothing counts as new.
        """

    @property
    def key_in_store(self) -> bool:
        """Tell whether the key lies in the store: who can read that can open what is sealed in it.

        A file beside a state in a file does not count: both are this machine's.
        """

    @property
    def rekey_due(self) -> str:
        """Say why the state has to be encrypted anew, as a sentence without its end; or empty."""

    @property
    def toll(self) -> Toll | None:
        """Say what a commit costs; `None` where the state lies on this machine."""

    def digest(self, text: str) -> str:
        """Return the keyed digest (HMAC-SHA-256, hex) of a text, for write-only values."""

    def contents(self) -> str:
        """Return a digest of all that a plan follows from; empty of a state that is not there."""

    def used_plan(self, nonce: str) -> UsedPlan | None:
        """Return what run applied a saved plan, `None` where none did."""

    def begin(self, command: str, *, plan: PlanUse | None = None) -> Run:
        """Take the lock and a new epoch; raises `StateLocked` naming the holder.

        With a saved plan, that it is used is remembered with the epoch or not at all; raises
        `PlanUsed`, `PlanExpired` or `PlanStale` where it may not be applied.
        """

    def unlock(self) -> RunRecord | None:
        """Take the lock from a run that died and fence it; returns that run, `None` if free."""

    def sweep(self, seconds: float) -> int:
        """Remove what is older and no reader needs any more; returns how many objects went.

        Nothing where state is not kept as a log.
        """

    def copied(self) -> Content:
        """Return all that the state holds; raises `StateError` where there is none."""

    def snapshots(self, limit: int) -> list[Snapshot]:
        """Return the newest states of before that can be gone back to, newest first.

        Raises `StateError` where the store keeps none.
        """

    def copied_at(self, serial: int) -> Content:
        """Return all that the state held at a serial; raises `StateError` without its snapshot."""

    def key(self) -> Keyring:
        """Return the state's key; raises `StateError` when it is gone or another's."""

    def verify(self) -> None:
        """Check every part of the store; raises `StateCorrupt` with the way out."""

    def close(self) -> None:
        """Close the store."""
