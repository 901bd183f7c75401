"""Which review a piece of work waits for: the object's own, or that of an object it refers to.

A provider with reviews refuses to change an object while it is in review, and refuses objects that
refer to one that is not approved. A new object beside an old one waits too: the old one stays in
service until the new one is approved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import (
    Change,
    Create,
    FieldChange,
    Making,
    MemberChange,
    Replace,
    is_beside,
)
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Phase, Work
from reconciler.model.review import Review, ReviewStatus
from reconciler.model.values import JsonValue, id_of, pending_target
from reconciler.providers.kind import Capability, Kind

ReviewOf = Callable[[Address, str], "Review | None"]
"""Returns an object's review by an address of its kind and its id; `None` if none is known."""


def reviews_in(index: LiveIndex) -> ReviewOf:
    """Look reviews up in what was listed."""

    def of(address: Address, identifier: str) -> Review | None:
        live = index.owned(address, identifier)
        return live.review if live else None

    return of


def is_reviewed(workspace: Workspace, address: Address) -> bool:
    """Tell whether a provider reviews the objects of an address's kind."""
    known = workspace.knows(address)
    return known and Capability.REVIEW in workspace.kind(address).capabilities


class Differing(Protocol):
    """A change, or a difference that becomes one."""

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """The fields that differ."""

    @property
    def members(self) -> MemberChange | None:
        """The members to add to a set and to remove from it."""


def sends(kind: Kind, change: Making) -> bool:
    """Tell whether a change sends anything to the provider that a review could hold up."""
    return isinstance(change, Create | Replace) or alters(kind, change)


def alters(kind: Kind, found: Differing) -> bool:
    """Tell whether anything differs at the provider, not only in local fields."""
    if found.members is not None and not found.members.is_empty:
        return True
    return any(not kind.field(each.path.split(".", 1)[0]).local for each in found.fields)


def is_held_back(workspace: Workspace, row: OwnedObject) -> bool:
    """Tell whether an object waits beside deposed ones, in service until it is approved."""
    return bool(row.deposed) and workspace.kind(row.address).beside


class Wait(Struct, frozen=True, kw_only=True):
    """Why a piece of work cannot be sent yet."""

    why: str
    over: bool = False
    """The review has ended with a rejection, so that waiting alone does not help."""


class Waits:
    """Decides which work has to wait, by the reviews as they are known now."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        review_of: ReviewOf,
        ids: Mapping[Address, str],
        anew: frozenset[tuple[str, str, str]] = frozenset(),
    ) -> None:
        """Look reviews up with `review_of`."""
        self.workspace = workspace
        self.review_of = review_of
        self.ids = ids
        """The remote ids of the resources that exist by now."""
        self.anew = anew
        """`(provider, kind, id)` of objects that this run submits to a new review first."""

    def wait(self, change: Change, phase: Phase) -> Wait | None:
        """Return why a piece of work has to wait; `None` if no review holds it up."""
        if not is_reviewed(self.workspace, change.address):
            return None
        if phase is Phase.REMOVE:
            return self._for_the_new_one(change.address) if is_beside(change) else None
        kind = self.workspace.kind(change.address)
        if not isinstance(change, Making) or not sends(kind, change):
            return None
        return self._for_its_own(change) or next(self._for_others(kind, change), None)

    def _for_its_own(self, change: Making) -> Wait | None:
        recreated = isinstance(change, Replace) and not change.beside
        if change.live is None or isinstance(change, Create) or recreated:
            return None
        review = self.review_of(change.address, change.live.id)
        if review is None or review.status is not ReviewStatus.PENDING:
            return None
        return Wait(why="its review is pending, and the provider takes no change before that ends")

    def _for_the_new_one(self, address: Address) -> Wait | None:
        identifier = self.ids.get(address, "")
        review = self.review_of(address, identifier)
        if review is not None and review.status is ReviewStatus.APPROVED:
            return None
        over = review is not None and review.status is ReviewStatus.REJECTED
        known = f"the new one (id {identifier})"
        why = f"the old one stays until {known} is approved; that {_so_far(review)}"
        return Wait(why=why, over=over)

    def _for_others(self, kind: Kind, change: Making) -> Iterator[Wait]:
        for declared in kind.fields:
            if declared.approved and declared.name in change.desired.touched:
                value = change.desired.fields.get(declared.name)
                for each in value if isinstance(value, list) else [value]:
                    yield from self._for_other(change, declared.reference, each)

    def _for_other(self, change: Making, kind: str, value: JsonValue) -> Iterator[Wait]:
        target, identifier = self._target(change, kind, value)
        if identifier is None or (*target[:2], identifier) in self.anew:
            return
        review = self.review_of(target, identifier)
        if review is None or review.status is ReviewStatus.APPROVED:
            return
        shown = target if target.name else f"{kind} {identifier}"
        over = review.status is ReviewStatus.REJECTED
        yield Wait(why=f"it refers to {shown}, which {_so_far(review)}", over=over)

    def _target(self, change: Making, kind: str, value: JsonValue) -> tuple[Address, str | None]:
        """Return the target of a reference and its id; an unmanaged target has an empty name."""
        provider = change.address.provider
        if (pending := pending_target(value)) is not None:
            target = Address(provider, *pending)
            return target, self.ids.get(target)
        identifier = id_of(value)
        same = (each for each in change.desired.references if each.kind == kind)
        managed = (each for each in same if self.ids.get(each) == identifier)
        return next(managed, Address(provider, kind, "")), identifier


def after(waiting: Mapping[Work, str], work: Work, before: Sequence[Work]) -> str:
    """Return why work waits because of the work before it; empty if none of that waits."""
    first = next((each for each in before if each in waiting), None)
    if first is None:
        return ""
    return waiting[first] if first.address == work.address else f"{first.address} waits"


def _so_far(review: Review | None) -> str:
    if review is None:
        return "is not known to be"
    if review.status is ReviewStatus.PENDING:
        return "is in review"
    remark = f": {review.remark.rstrip('.')}" if review.remark else ""
    return f"the review rejected{remark}"
