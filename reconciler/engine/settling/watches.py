"""Watches: which objects later plans look for, after a create in doubt or a lost object."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.engine.live import unlisted
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.settling.taken import taken_ids
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.journal import ANY_ID, CreateIntent, Watch
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject, owned_ids
from reconciler.model.parts import part_ids


def watch_of(intent: CreateIntent, before: Watch | None, *known: str) -> Watch:
    """Return the watch that follows a create in doubt; `known` are ids that are no twins.

    Of several attempts, the ids that the first one saw count: a later attempt may already have
    seen the twin that the first one made late.
    """
    older = before is not None and before.op_id and ANY_ID not in before.pre_ids
    seen = before.pre_ids if before and older else intent.pre_ids
    return Watch(
        address=intent.address,
        op_id=intent.op_id,
        key=intent.key,
        marker=intent.marker or (before.marker if before is not None else ""),
        pre_ids=tuple(dict.fromkeys((*seen, *known))),
        gone_ids=before.gone_ids if before is not None else (),
    )


def watch_of_gone(row: OwnedObject, before: Watch | None) -> Watch:
    """Return the watch over the ids of an object that counts as gone, in case it is listed again.

    It names no operation, unlike the watch after a create in doubt.
    """
    watch = before or Watch(address=row.address, op_id="")
    ids = (*watch.gone_ids, *sorted(unlisted.ids_of(row)))
    return replace(watch, gone_ids=tuple(dict.fromkeys(ids)), clean_since=0.0)


def back_again(
    rows: Mapping[Address, OwnedObject], index: LiveIndex, watch: Watch
) -> tuple[str, ...]:
    """Return the ids that counted as gone, are listed again, and are in no row."""
    collection = index.collection(watch.address)
    if not watch.gone_ids:
        return ()
    listed = collection.parts if collection.parts is not None else collection.objects
    there = {live.id for live in listed}
    key = watch.address[:2]
    owned = {each for address, row in rows.items() if address[:2] == key for each in owned_ids(row)}
    return tuple(each for each in watch.gone_ids if each in there and each not in owned)


def late_twins(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], index: LiveIndex, watch: Watch
) -> list[LiveObject]:
    """Return the live objects that the watched create may have made and that no row owns."""
    row = rows.get(watch.address)
    collection = index.collection(watch.address)
    if row is None or not watch.op_id or ANY_ID in watch.pre_ids:
        return []
    if not workspace.knows(watch.address):
        return []
    known = {
        row.remote_id,
        *row.deposed,
        *watch.pre_ids,
        *watch.gone_ids,
        *taken_ids(rows, watch.address),
    }
    return [
        live
        for live in workspace.provider(watch.address).candidates(
            _intent_of(workspace, watch, row), collection
        )
        if not {live.id, *part_ids(live.extra)} & (known | part_ids(row.extra))
    ]


def _intent_of(workspace: Workspace, watch: Watch, row: OwnedObject) -> CreateIntent:
    """Rebuild the watched intent, so that the provider can look for what it may have made."""
    return CreateIntent(
        op_id=watch.op_id,
        address=watch.address,
        step="",
        creation=workspace.kind(watch.address).creation,
        account="",
        marker=watch.marker,
        key=watch.key,
        pre_ids=watch.pre_ids,
        applied=row.applied,
    )
