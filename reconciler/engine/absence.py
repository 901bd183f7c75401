"""When an object that is not listed may be called absent: not in an outage, and not too early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.engine.matching import LiveIndex
from reconciler.engine.planned import Unreadable
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.providers.kind import Capability

OUTAGE_ROWS = 3
"""From this many owned objects of a kind on, an empty listing counts as an outage."""


class TooEarly(Exception):
    """Something is missing that was made only just now; look again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        """Remember how long to wait."""
        super().__init__(f"look again in {seconds:g} s")
        self.seconds = seconds


class Absence(Struct, kw_only=True):
    """What is known of the objects of a run."""

    workspace: Workspace
    index: LiveIndex
    rows: Mapping[Address, OwnedObject]
    allow_empty_remote: bool
    waited: bool = False
    """What is not listed now was not listed a settle window ago either."""
    early: float = 0.0
    """How many seconds to wait before what is missing may be called absent."""
    _owned: Counter[tuple[str, str]] = field(default_factory=Counter)
    _fresh: dict[float, frozenset[Address]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Count what state owns."""
        self._owned = Counter((address.provider, address.kind) for address in self.rows)

    def no_outage(self, address: Address) -> None:
        """Raise `Unreadable` when a whole collection is empty in which state owns several."""
        collection = self.index.collection(address)
        if collection is None or collection.objects or self.allow_empty_remote:
            return
        rows = self._owned[address.provider, address.kind]
        lists = Capability.LIST in self.workspace.kind(address).capabilities
        if lists and rows >= OUTAGE_ROWS:
            reason = (
                f"{address.provider} lists no {address.kind} at all while state owns {rows}: "
                "this looks like an outage; if they really are gone, use --allow-empty-remote"
            )
            raise Unreadable(reason)

    def not_too_early(self, address: Address) -> None:
        """Raise `Unreadable` when what is missing was made so lately that it need not show yet."""
        if self.waited:
            return
        window = self.workspace.provider(address).settle_seconds
        if window not in self._fresh:
            self._fresh[window] = self.workspace.store.just_created(window)
        if address in self._fresh[window]:
            self.early = max(self.early, window)
            reason = f"it was made less than {window:g} s ago and may only be slow to show"
            raise Unreadable(reason)
