"""Finds owned objects that a deletion takes along: they join the plan, or it is blocked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from msgspec import Struct

from reconciler.engine.blocked import Blocked, Unreadable
from reconciler.engine.planning.frame import Frame
from reconciler.engine.planning.result import Planned
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Change, Delete, Forget, Replace
from reconciler.model.owned import OwnedObject
from reconciler.model.values import Fields, JsonValue, id_of

_Doomed = Delete | Replace
"""A change with which something goes."""

_SHOWN = 3


class Join(Struct, frozen=True, kw_only=True):
    """Owned objects to add to the plan, because what they refer to is to be deleted."""

    addresses: frozenset[Address]


class Along:
    """Finds for every deletion the owned objects that go with it."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        frame: Frame,
        rows: Mapping[Address, OwnedObject],
        out: Planned,
    ) -> None:
        """Look at what a plan deletes."""
        self.workspace = workspace
        self.frame = frame
        self.rows = rows
        self.out = out

    def check(self) -> Join | None:
        """Block deletions that take along what cannot join the plan; return what can join."""
        doomed = {change.address: change for change in self.out.changes if _takes_away(change)}
        users = self._users(doomed)
        joining = frozenset(
            user
            for each in users.values()
            for user in each
            if not self._is_chosen(user) and self._can_join(user)
        )
        if joining - self.frame.joined:
            return Join(addresses=joining)
        while stopped := [
            (address, reason)
            for address, each in users.items()
            if address in self.out.actions
            for reason in [self._against(doomed[address], each)]
            if reason is not None
        ]:
            for address, reason in stopped:
                self.out.withdraw(address, reason)
        return None

    def _users(self, doomed: Mapping[Address, _Doomed]) -> dict[Address, list[Address]]:
        """Return, for each object that is to be deleted, the owned objects that refer to it."""
        users: dict[Address, list[Address]] = {}
        if doomed:
            by_id = {
                (address.provider, address.kind, change.live.id): address
                for address, change in doomed.items()
                if change.live is not None
            }
            for user, row in self.rows.items():
                for address in dict.fromkeys((*row.depends_on, *self._by_id(user, row, by_id))):
                    if address in doomed and address != user:
                        users.setdefault(address, []).append(user)
        return users

    def _by_id(
        self, user: Address, row: OwnedObject, known: Mapping[tuple[str, str, str], Address]
    ) -> Iterator[Address]:
        if self.workspace.knows(user):
            for declared in self.workspace.kind(user).fields:
                if declared.refers_to and declared.name in row.applied:
                    for identifier in sorted(_ids(row.applied[declared.name])):
                        key = (user.provider, declared.refers_to, identifier)
                        if key in known:
                            yield known[key]

    def _refers_by_id(self, user: Address, fields: Fields, doomed: _Doomed) -> bool:
        if user.provider != doomed.address.provider or not self.workspace.knows(user):
            return False
        return doomed.live is not None and any(
            doomed.live.id in _ids(fields.get(declared.name))
            for declared in self.workspace.kind(user).fields
            if declared.refers_to == doomed.address.kind
        )

    def _is_chosen(self, user: Address) -> bool:
        return user in self.frame.desired or user in self.frame.rows

    def _can_join(self, user: Address) -> bool:
        options, configuration = self.frame.options, self.workspace.configuration
        if user in configuration.resources:
            return True
        allowed = options.prune or options.destroy
        return (
            allowed
            and user not in options.elsewhere
            and configuration.looks_at(self.rows[user].manifest)
        )

    def _against(self, doomed: _Doomed, users: list[Address]) -> Blocked | None:
        whys = {user: why for user in sorted(users) if (why := self._why_not(doomed, user))}
        if not whys:
            return None
        first, why = next(iter(whys.items()))
        alike = [str(user) for user, each in whys.items() if each == why]
        more = f" and {len(alike) - _SHOWN} more" if len(alike) > _SHOWN else ""
        done = "replacing it" if isinstance(doomed, Replace) else "deleting it"
        verb = "take along" if self._lies_in(first, doomed) else "change"
        reason = f"{done} would {verb} {', '.join(alike[:_SHOWN])}{more}, {why}"
        unreadable = all(u in self.out.blocked and u not in self.out.refused for u in whys)
        if unreadable and isinstance(doomed, Delete):
            return Unreadable(reason)
        return Blocked(reason)

    def _why_not(self, doomed: _Doomed, user: Address) -> str | None:
        """Return why a deletion that affects a user is not possible, `None` where it is."""
        if user in self.out.blocked:
            return "which is blocked itself"
        if user in self.out.gone:
            return None
        change = self.out.actions.get(user)
        if change is not None:
            return self._why_not_with(doomed, change)
        if user in self.frame.desired:
            by_id = self._refers_by_id(user, self.frame.desired[user].spec, doomed)
            return "whose manifest refers to it by its id: change that first" if by_id else None
        if self._is_chosen(user):
            return "which no manifest has any more and which is kept, as nothing is pruned"
        file = self.rows[user].manifest
        return (
            f"whose manifest{f' ({file})' if file else ''} lies outside these paths: name that "
            "path too, or none"
        )

    def _why_not_with(self, doomed: _Doomed, change: Change) -> str | None:
        if isinstance(change, Forget):
            kept = (
                "which is to be left alone (onRemove: forget): keep both, or put its manifest back "
                "with onRemove: delete and apply that first"
            )
            return kept if self._lies_in(change.address, doomed) else None
        if isinstance(change, Delete):
            return None
        by_id = self._refers_by_id(change.address, change.desired.fields, doomed)
        return "whose manifest refers to it by its id: change that first" if by_id else None

    def _lies_in(self, user: Address, doomed: _Doomed) -> bool:
        """Tell whether a user lies inside what it refers to: such a reference never changes."""
        return self.workspace.knows(user) and any(
            declared.immutable and declared.refers_to == doomed.address.kind
            for declared in self.workspace.kind(user).fields
        )


def _takes_away(change: Change) -> TypeGuard[_Doomed]:
    return isinstance(change, Delete | Replace) and change.live is not None


def _ids(value: JsonValue) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    return frozenset(found for each in values if (found := id_of(each)) is not None)
