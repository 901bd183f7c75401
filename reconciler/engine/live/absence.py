"""When an object that is not listed may be called absent: not in an outage, and not too early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.engine.blocked import Unreadable
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.providers.kind import Capability
from reconciler.providers.left import LEFT

OUTAGE_ROWS = 3
"""From this many owned objects of a kind on, an empty listing counts as an outage."""


class TooEarly(Exception):
    """Something is missing that was made only just now; look again after so many seconds."""

    def __init__(self, seconds: float, addresses: frozenset[Address]) -> None:
        """Remember how long to wait, and for what."""
        super().__init__(f"look again in {seconds:g} s")
        self.seconds = seconds
        self.addresses = addresses


class _Fresh(Struct, frozen=True):
    """What was made within a settle window."""

    addresses: frozenset[Address]
    places: frozenset[tuple[str, str]]
    """`(provider, kind)` of those that state owns."""


class Absence(Struct, kw_only=True):
    """What is known of the objects of a run."""

    workspace: Workspace
    index: LiveIndex
    rows: Mapping[Address, OwnedObject]
    allow_empty_remote: bool
    waited: bool = False
    """What is not listed now was not listed a settle window ago either."""
    doubted: frozenset[Address] = frozenset()
    """What had to be waited for: of these, what we made is taken away whether it shows or not."""
    early: float = 0.0
    """How many seconds to wait before what is missing may be called absent."""
    waiting: set[Address] = field(default_factory=set)
    """What that wait is for."""
    _owned: Counter[tuple[str, str]] = field(default_factory=Counter)
    _fresh: dict[float, _Fresh] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Count what state owns, but for what an unfinished run may have removed."""
        self._owned = Counter(a[:2] for a, row in self.rows.items() if LEFT not in row.extra)

    def no_outage(self, address: Address) -> None:
        """Raise `Unreadable` when a whole collection is empty in which state owns several.

        Where some of them were made only just now, that is a reason to wait and look again.
        """
        collection = self.index.collection(address)
        if collection is None or collection.objects or collection.answers:
            return
        rows = self._owned[address.provider, address.kind]
        lists = Capability.LIST in self.workspace.kind(address).capabilities
        if self.allow_empty_remote or not lists or rows < OUTAGE_ROWS:
            return
        if not self.waited and address[:2] in self._just_made(address).places:
            raise self._too_early(address)
        reason = (
            f"{address.provider} lists no {address.kind} at all while state owns {rows}: "
            "this looks like an outage; if they really are gone, use --allow-empty-remote"
        )
        raise Unreadable(reason)

    def not_too_early(self, address: Address) -> None:
        """Raise `Unreadable` when what is missing was made so lately that it need not show yet."""
        if not self.waited and address in self._just_made(address).addresses:
            raise self._too_early(address)

    def all_members_show(self, address: Address, live: LiveObject) -> None:
        """Raise `Unreadable` when members are missing and we added some so lately."""
        if self.waited or live.members is None:
            return
        if self.workspace.store.members(address) - live.members:
            self.not_too_early(address)

    def _just_made(self, address: Address) -> _Fresh:
        window = self.workspace.provider(address).settle_seconds
        if window not in self._fresh:
            made = self.workspace.store.just_made(window)
            places = frozenset(each[:2] for each in made if each in self.rows)
            self._fresh[window] = _Fresh(made, places)
        return self._fresh[window]

    def _too_early(self, address: Address) -> Unreadable:
        window = self.workspace.provider(address).settle_seconds
        self.early = max(self.early, window)
        self.waiting.add(address)
        return Unreadable(f"it was made less than {window:g} s ago and may only be slow to show")
