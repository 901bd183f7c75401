"""Watches: what later plans look for once a create was in doubt, or an object was gone."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.engine.live import unlisted
from reconciler.model.journal import ANY_ID, CreateIntent, Watch
from reconciler.model.owned import OwnedObject


def watch_of(intent: CreateIntent, before: Watch | None, *known: str) -> Watch:
    """Return the watch after another unknown create; `known` are ids that are no twins of it.

    What the first of several attempts saw counts: a later one may have seen its late twin.
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
    """Return the watch over the ids of an object that lists lack: should they be wrong, it shows.

    It knows of no operation, unlike one over a create whose outcome is unknown.
    """
    watch = before or Watch(address=row.address, op_id="")
    ids = (*watch.gone_ids, *sorted(unlisted.ids_of(row)))
    return replace(watch, gone_ids=tuple(dict.fromkeys(ids)), clean_since=0.0)
