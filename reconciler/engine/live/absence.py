"""When an object that is not listed may be called gone: not in an outage, and not too early."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.unlisted import (
    LAG_SECONDS,
    ids_of,
    never_listed,
    read_alone,
)
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.journal import ANONYMOUS
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.parts import lacking, owed, part_ids
from reconciler.providers.kind import Capability
from reconciler.providers.left import LEAVING, LEFT

OUTAGE_ROWS = 3
"""From this many owned objects of a kind on, an empty listing counts as an outage; of a kind whose
objects only the server's id tells apart, from one on."""

LISTINGS = 4
"""How many listings are made, at most, until two in a row lack the same."""


class LookAgain(Struct, frozen=True, kw_only=True):
    """Something is missing, which one listing alone does not prove."""

    seconds: float
    """How long to wait before the next listing."""
    missing: frozenset[Address]


class Earlier(Struct, frozen=True, kw_only=True):
    """What is known from before the listing at hand."""

    missing: frozenset[Address] = frozenset()
    """What the listing before, a settle window ago, lacked too: it may be called gone."""
    there: frozenset[Address] = frozenset()
    """What no list has and yet exists: it was read alone since."""
    last: bool = False
    """There will be no further listing."""


NOTHING_KNOWN = Earlier()


async def waited_for(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], again: LookAgain, *, listing: int
) -> Earlier:
    """Let the settle window pass and read alone what lists lack, where that can be done."""
    await asyncio.sleep(again.seconds)
    there = await read_alone(workspace, rows, again.missing)
    return Earlier(missing=again.missing, there=there, last=listing >= LISTINGS)


class Absence:
    """Whether what a listing lacks is gone.

    `outage`, `gone` and `incomplete` return why that is not known, and nothing where it may be
    believed, if only for now: whoever asked all they want to know looks at `look_again`.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        index: LiveIndex,
        rows: Mapping[Address, OwnedObject],
        allow_empty_remote: bool,
        destroy: bool = False,
        earlier: Earlier = NOTHING_KNOWN,
    ) -> None:
        """Count what state owns, but for what an unfinished run may have removed."""
        self.workspace = workspace
        self.index = index
        self.rows = rows
        self.allow_empty_remote = allow_empty_remote
        self.destroy = destroy
        """Everything goes: then an account without any object is not believed, had it but one."""
        self.earlier = earlier
        self._wait = 0.0
        """How many seconds to wait before what is missing may be called gone."""
        self._missing: set[Address] = set()
        """What this listing lacks, for the next one to agree with."""
        self._lately_made: dict[float, frozenset[Address]] = {}
        removed = {LEFT, LEAVING}
        there = [a for a, row in rows.items() if not removed & row.extra.keys()]
        self._owned = Counter(address[:2] for address in there)

    @property
    def look_again(self) -> LookAgain | None:
        """Return what another listing must tell before any answer counts; mostly nothing."""
        if not self._wait:
            return None
        return LookAgain(seconds=self._wait, missing=frozenset(self._missing))

    @property
    def doubted(self) -> frozenset[Address]:
        """Return what had to be waited for: what we made of it may be there, listed or not."""
        return self.earlier.missing

    def doubts_members(self, address: Address) -> bool:
        """Tell whether members that we added may be there though the list lacks them."""
        return address in self.doubted or address in self._just_made(LAG_SECONDS)

    def outage(self, address: Address) -> str:
        """Ask of empty collections in which state owns something; twice empty is an outage."""
        if self.allow_empty_remote or not self._is_empty(address[:2]):
            return ""
        what = self._suspicion(address)
        if not what or self._missing_once(address):
            return ""
        return self._disagreement(address) or (
            f"{what}: this looks like an outage; if they really are gone, use --allow-empty-remote"
        )

    def _suspicion(self, address: Address) -> str:
        """Say what is suspiciously empty; nothing where what is missing may simply be gone."""
        key = address[:2]
        anonymous = self.workspace.kind(address).creation in ANONYMOUS
        if self._owned[key] >= (1 if anonymous else OUTAGE_ROWS):
            return (
                f"{address.provider} lists no {address.kind} at all while state owns "
                f"{self._owned[key]}"
            )
        listed = [p for p in self._owned if p[0] == address.provider and self._lists(p)]
        if len(listed) < (1 if self.destroy else 2) or not all(map(self._is_empty, listed)):
            return ""
        number = sum(self._owned[p] for p in listed)
        return f"{address.provider} lists nothing at all while state owns {number} there"

    def _lists(self, key: CollectionKey) -> bool:
        address = Address(*key, "")
        return (
            self.workspace.knows(address)
            and Capability.LIST in self.workspace.kind(address).capabilities
            and self.index.was_read(key)
        )

    def _is_empty(self, key: CollectionKey) -> bool:
        collection = self.index.collection(Address(*key, ""))
        return not (collection.objects or collection.answers) and self._lists(key)

    def gone(self, address: Address) -> str:
        """Ask of an owned object that is not listed.

        Two complete listings in a row, the settle window apart, must lack it: at the first one the
        caller may go on as if it were gone, and has to look again.
        """
        row = self.rows.get(address)
        if row is not None and LEFT in row.extra:
            return ""  # we removed it, to make it again
        return self._lacks(address, row, ids_of(row))

    def incomplete(self, address: Address, live: LiveObject) -> str:
        """Ask of what a live object lacks of its parts and members, as `gone` does."""
        row = self.rows.get(address)
        if row is None:
            return ""
        if (hidden := lacking(row.extra, live.extra)) and (
            why := self._lacks(address, row, hidden)
        ):
            return why
        if live.members is None or not self.workspace.store.members(address) - live.members:
            return ""
        if address not in self._just_made(self.workspace.provider(address).settle_seconds):
            return ""
        return "" if self._missing_once(address) else self._disagreement(address)

    def _lacks(self, address: Address, row: OwnedObject | None, ids: set[str]) -> str:
        if self._missing_once(address):
            return ""
        if why := self._disagreement(address):
            return why
        if address in self.earlier.there:
            return (
                "no list has it, but it is there when it is read alone: the lists lag behind; "
                "look again later"
            )
        lately = address in self._just_made(LAG_SECONDS)
        if lately and row is not None and ids & never_listed(row) - self._taken_along(row):
            return (
                "it was made lately and no list has shown it yet: lists may lag behind, so nothing "
                "is made again or forgotten; look again later. If somebody deleted it: "
                f"reconciler state rm {address}"
            )
        return ""

    def _taken_along(self, row: OwnedObject) -> set[str]:
        """Return the ids of parts that went along with unmanaged ones and are to be put back."""
        key = row.address[:2]
        others = [row for address, row in self.rows.items() if address[:2] == key]
        names = {name for each in others for name in owed(each.extra)}
        return part_ids(row.extra, names)

    def _just_made(self, window: float) -> frozenset[Address]:
        if window not in self._lately_made:
            self._lately_made[window] = self.workspace.store.just_made(window)
        return self._lately_made[window]

    def _missing_once(self, address: Address) -> bool:
        """Note that something is missing; tell whether another listing is to say so as well."""
        self._missing.add(address)
        if address in self.earlier.missing or self.earlier.last:
            return False
        window = self.workspace.provider(address).settle_seconds
        self._wait = max(self._wait, window, 1e-9)
        return True

    def _disagreement(self, address: Address) -> str:
        """Say that the last listing lacks what the one before had."""
        if address in self.earlier.missing:
            return ""
        window = self.workspace.provider(address).settle_seconds
        return (
            f"two listings, {window:g} s apart, do not agree on whether it is there; "
            "run the command again"
        )
