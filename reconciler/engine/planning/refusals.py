"""Refuses to delete objects that contain unmanaged ones, which would be deleted with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from reconciler.engine.blocked import Blocked, Unreadable
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.result import Planned
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.change import Change, Delete, Replace, live_of
from reconciler.model.owned import OwnedObject
from reconciler.model.values import id_of

_SHOWN = 3

_LiveId = tuple[str, str, str]
"""Provider, kind and remote id."""


class ReadMore(Struct, frozen=True, kw_only=True):
    """Whether the plan may delete something depends on collections that were not read."""

    collections: frozenset[CollectionKey]
    """As `(provider, kind)`."""


def refuse_to_take_along(
    workspace: Workspace, index: LiveIndex, rows: Mapping[Address, OwnedObject], planned: Planned
) -> ReadMore | None:
    """Block every change that deletes an object with unmanaged objects inside.

    That takes collections that nobody has looked at: whoever manages categories alone has no
    templates read.
    """
    doomed = {live_id: change for change in planned.changes for live_id in _deleted(change)}
    if not doomed:
        return None
    ours = {(a.provider, a.kind, row.remote_id) for a, row in rows.items()}
    ours |= {(*c.address[:2], live.id) for c in planned.changes if (live := live_of(c))}
    inside = [
        (Address(provider, kind, ""), field, holder)
        for (provider, kind), field, holder in _inside(workspace)
        if any(live_id[:2] == (provider, holder) for live_id in doomed)
    ]
    unseen = {where[:2] for where, _, _ in inside if not index.was_read(where[:2])}
    if unseen:
        return ReadMore(collections=frozenset(unseen))
    found: dict[Address, list[str]] = defaultdict(list)
    for where, field, holder in inside:
        collection = index.collection(where)
        if not collection.complete:
            for live_id, change in doomed.items():
                if live_id[:2] == (where.provider, holder):
                    reason = _unknown(where.kind, collection.error)
                    planned.withdraw(change.address, Unreadable(reason))
            continue
        for live in collection.objects:
            live_id = (where.provider, holder, id_of(live.fields.get(field)) or "")
            if live_id in doomed and (where.provider, where.kind, live.id) not in ours:
                found[doomed[live_id].address].append(f"{where.kind} {live.key or live.id}")
    for address, names in found.items():
        planned.withdraw(address, Blocked(_reason(names)))
    return None


def _deleted(change: Change) -> Iterator[_LiveId]:
    if isinstance(change, Delete | Replace) and change.live is not None:
        yield change.address.provider, change.address.kind, change.live.id


def _inside(workspace: Workspace) -> Iterator[tuple[CollectionKey, str, str]]:
    """Yield each kind whose objects lie inside another, its field for that, and the outer kind."""
    for name, provider in workspace.providers.items():
        for kind in provider.kinds.values():
            for field in kind.fields:
                if field.inside:
                    yield (name, kind.name), field.name, field.reference


def _unknown(kind: str, why: str) -> str:
    return f"what of kind {kind} is in it is not known: {why}"


def _reason(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (
        f"deleting it would take along what no manifest manages ({shown}{more}): write manifests "
        "for it, or move or delete it at the provider first"
    )
