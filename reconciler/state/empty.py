"""The view of a state that does not exist yet: enough for a plan, and it leaves no trace."""

from __future__ import annotations

from reconciler.errors import StateError
from reconciler.model.address import Address
from reconciler.model.journal import JournalEntry, Watch
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.store_cost import Toll
from reconciler.model.verification import CanarySend
from reconciler.state.base import PlanUse, Run, RunRecord, Snapshot, UsedPlan
from reconciler.state.content import Content
from reconciler.state.seal import Keyring

_HINT = (
    "The first apply makes it, or `state restore` of a backup; "
    "`reconciler state environments` shows where states lie."
)


class EmptyStore:
    """An empty `StateStore`. Its digests are valid in this process only."""

    lineage = ""
    serial = 0

    def __init__(self, place: str, toll: Toll | None = None) -> None:
        """Take the place without a state, for messages, and what a commit there would cost."""
        self._place = place
        self.toll = toll
        self._keyring = Keyring.generate()

    def objects(self) -> dict[Address, OwnedObject]:
        return {}

    def members(self, address: Address) -> NumberSet:  # noqa: ARG002 -- the interface's
        return NumberSet()

    def accounts(self) -> dict[str, str]:
        return {}

    def open_entries(self) -> list[JournalEntry]:
        return []

    def watches(self) -> list[Watch]:
        return []

    def canaries(self) -> list[CanarySend]:
        return []

    def drifted(self) -> dict[Address, float]:
        return {}

    def history(self, limit: int = 20) -> list[RunRecord]:  # noqa: ARG002 -- the interface's
        return []

    def journal(self, limit: int = 50) -> list[JournalEntry]:  # noqa: ARG002 -- the interface's
        return []

    def just_made(self, seconds: float) -> frozenset[Address]:  # noqa: ARG002 -- as above
        return frozenset()

    @property
    def key_in_store(self) -> bool:
        return False

    @property
    def rekey_due(self) -> str:
        return ""

    def digest(self, text: str) -> str:
        return self._keyring.digest(text)

    def sweep(self, seconds: float) -> int:  # noqa: ARG002 -- the interface's
        return 0

    def copied(self) -> Content:
        """Refuse: there is nothing to copy."""
        raise StateError(f"there is no state at {self._place}", hint=_HINT)

    def snapshots(self, limit: int) -> list[Snapshot]:  # noqa: ARG002 -- the interface's
        return []

    def copied_at(self, serial: int) -> Content:  # noqa: ARG002 -- the interface's
        """Refuse, as `copied`."""
        return self.copied()

    def key(self) -> Keyring:
        return self._keyring

    def verify(self) -> None:
        """Have nothing to check."""

    def contents(self) -> str:
        return ""

    def used_plan(self, nonce: str) -> UsedPlan | None:  # noqa: ARG002 -- the interface's
        return None

    def begin(self, command: str, *, plan: PlanUse | None = None) -> Run:  # noqa: ARG002
        """Refuse: a command that begins a run opens the store with `create=True`."""
        raise StateError(
            f"there is no state at {self._place} for `{command}` to write to", hint=_HINT
        )

    def unlock(self) -> RunRecord | None:
        return None

    def close(self) -> None:
        """Have nothing to close."""
