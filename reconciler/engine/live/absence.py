"""Decides when an object that is not listed counts as gone: not in an outage, nor too early."""

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
from reconciler.providers.carried_over import LEAVING, LEFT
from reconciler.providers.kind import Capability

OUTAGE_ROWS = 3
"""How many objects of a kind state must own for an empty listing to count as an outage.

One is enough for a kind whose objects only the server's id tells apart.
"""

LISTINGS = 4
"""How many listings are made at most, until two in a row lack the same objects."""


class LookAgain(Struct, frozen=True, kw_only=True):
    """Objects are missing from a listing, which needs a second one to be believed."""

    seconds: float
    """How long to wait before the next listing."""
    missing: frozenset[Address]


class Earlier(Struct, frozen=True, kw_only=True):
    """What earlier listings have shown."""

    missing: frozenset[Address] = frozenset()
    """Missing from the last listing, a settle window ago: gone, if this one lacks them too."""
    there: frozenset[Address] = frozenset()
    """Missing from the last listing, but found since when they were read alone."""
    last: bool = False
    """There will be no further listing."""


NOTHING_KNOWN = Earlier()


async def wait_for_listing(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], again: LookAgain, *, listing: int
) -> Earlier:
    """Wait until the next listing is due; read what is missing alone, where a kind allows it."""
    await asyncio.sleep(again.seconds)
    there = await read_alone(workspace, rows, again.missing)
    return Earlier(missing=again.missing, there=there, last=listing >= LISTINGS)


class Absence:
    """Decides whether objects that a listing lacks are gone.

    `doubt_empty`, `doubt_gone` and `doubt_incomplete` return why the listing cannot be believed,
    or an empty text where it can be. After a first listing they believe it provisionally: once all
    questions are asked, `look_again` tells whether another listing has to confirm the answers.
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
        """Count what state owns, without the objects that an unfinished run may have removed."""
        self.workspace = workspace
        self.index = index
        self.rows = rows
        self.allow_empty_remote = allow_empty_remote
        self.destroy = destroy
        """Everything is to be deleted: an account that lists nothing is doubted even if state owns
        objects of one kind only."""
        self.earlier = earlier
        self._wait = 0.0
        """How many seconds to wait before the next listing; 0 if none is needed."""
        self._missing: set[Address] = set()
        """What this listing lacks, to be compared with the next one."""
        self._lately_made: dict[float, frozenset[Address]] = {}
        removed = {LEFT, LEAVING}
        there = [a for a, row in rows.items() if not removed & row.extra.keys()]
        self._owned = Counter(address[:2] for address in there)

    @property
    def look_again(self) -> LookAgain | None:
        """Return what another listing has to confirm before the answers count."""
        if not self._wait:
            return None
        return LookAgain(seconds=self._wait, missing=frozenset(self._missing))

    @property
    def doubted(self) -> frozenset[Address]:
        """Return the addresses that were missing before: parts of them may exist unlisted."""
        return self.earlier.missing

    def doubts_members(self, address: Address) -> bool:
        """Tell whether members that we added may exist although the list lacks them."""
        return address in self.doubted or address in self._just_made(LAG_SECONDS)

    def doubt_empty(self, address: Address) -> str:
        """Doubt an empty collection in which state owns objects: empty twice, it is an outage."""
        if self.allow_empty_remote or not self._is_empty(address[:2]):
            return ""
        what = self._suspicion(address)
        if not what or self._missing_once(address):
            return ""
        return self._disagreement(address) or (
            f"{what}: this looks like an outage; if they really are gone, use --allow-empty-remote"
        )

    def _suspicion(self, address: Address) -> str:
        """Say what is suspiciously empty; nothing if the objects may simply be gone."""
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

    def doubt_gone(self, address: Address) -> str:
        """Doubt that an owned object is gone because it is not listed.

        Two complete listings in a row, the settle window apart, have to lack it. After the first
        one the caller may go on as if it were gone, and has to look again.
        """
        row = self.rows.get(address)
        if row is not None and LEFT in row.extra:
            return ""  # we removed it, to make it again
        return self._lacks(address, row, ids_of(row))

    def doubt_incomplete(self, address: Address, live: LiveObject) -> str:
        """Doubt that parts or members which a live object lacks are gone, as `doubt_gone` does."""
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
        """Return the ids of parts that were deleted along with others and are to be put back."""
        key = row.address[:2]
        others = [row for address, row in self.rows.items() if address[:2] == key]
        names = {name for each in others for name in owed(each.extra)}
        return part_ids(row.extra, names)

    def _just_made(self, window: float) -> frozenset[Address]:
        if window not in self._lately_made:
            self._lately_made[window] = self.workspace.store.just_made(window)
        return self._lately_made[window]

    def _missing_once(self, address: Address) -> bool:
        """Note that an object is missing; tell whether another listing has to confirm it."""
        self._missing.add(address)
        if address in self.earlier.missing or self.earlier.last:
            return False
        window = self.workspace.provider(address).settle_seconds
        self._wait = max(self._wait, window, 1e-9)
        return True

    def _disagreement(self, address: Address) -> str:
        """Say that two listings disagree; nothing if the one before lacked the object as well."""
        if address in self.earlier.missing:
            return ""
        window = self.workspace.provider(address).settle_seconds
        return (
            f"two listings, {window:g} s apart, do not agree on whether it is there; "
            "run the command again"
        )
