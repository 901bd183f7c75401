"""Compares the members of a set kind, such as the numbers of a block list."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.engine.workspace import Workspace
from reconciler.manifests import members_of
from reconciler.model.address import Address
from reconciler.model.change import Delete, MemberChange, Write
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Resource

Doubted = Callable[[], bool]
"""Tells whether members that we added may exist unlisted. Called only where that matters."""


def _never() -> bool:
    return False


def is_exclusive(workspace: Workspace, change: Write) -> bool:
    """Tell whether a change makes a set equal to its manifest, whoever added its members."""
    if isinstance(change, Delete):
        return False
    return workspace.kind(change.address).is_exclusive(change.desired.fields)


def member_change(
    workspace: Workspace,
    resource: Resource,
    owned: OwnedObject | None,
    live: LiveObject | None,
    *,
    doubted: Doubted = _never,
) -> MemberChange | None:
    """Return the members to add and to remove; `None` for kinds and manifests without members.

    Additive sets lose only members that we added; exclusive ones become equal to the manifest. If
    `doubted`, members that we added are removed even if they are not listed.
    """
    members = workspace.kind(resource.address).members
    if members is None or not members.mentioned(resource.spec):
        return None
    desired = members_of(resource, members, workspace.root)
    there = (live and live.members) or NumberSet()
    exclusive = members.are_exclusive(resource.spec)
    if exclusive and not doubted():
        return MemberChange(add=desired - there, remove=there - desired)
    ours = workspace.store.members(resource.address) if owned else NumberSet()
    leaving = there - desired if exclusive else (ours - desired) & there
    hidden = (ours - desired) - there
    if hidden and doubted():
        leaving = leaving | hidden
    return MemberChange(add=desired - there, remove=leaving)


def replacing_members(
    workspace: Workspace,
    resource: Resource,
    live: LiveObject,
    successor: LiveObject | None,
    *,
    doubted: Doubted = _never,
) -> MemberChange | None:
    """Return the members that a replacing set lacks, and those of ours that the old set loses."""
    joining = member_change(workspace, resource, None, successor)
    if joining is None:
        return None
    leaving = members_to_leave(workspace, resource.address, live, doubted=doubted)
    return MemberChange(add=joining.add, remove=leaving.remove if leaving else NumberSet())


def members_to_leave(
    workspace: Workspace, address: Address, live: LiveObject | None, *, doubted: Doubted = _never
) -> MemberChange | None:
    """Return the members that a deletion of the resource removes: only those that we added."""
    if live is None or live.members is None:
        return None
    ours = workspace.store.members(address)
    leaving = ours & live.members
    if len(leaving) < len(ours) and doubted():
        leaving = ours
    return MemberChange(add=NumberSet(), remove=leaving)
