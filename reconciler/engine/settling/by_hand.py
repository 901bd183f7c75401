"""Changes of state by hand, each a journaled settlement under the lock."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler.engine.settling.decisions import watch_of
from reconciler.engine.settling.unsettled import by_address
from reconciler.errors import UsageError
from reconciler.model.address import Address
from reconciler.model.journal import ANY_ID, CreationClass, Verb, Watch
from reconciler.model.owned import OwnedObject, Provenance
from reconciler.providers.kind import Kind
from reconciler.state.base import Run, Settlement, StateStore


async def resolve_adopt(
    store: StateStore, run: Run, address: Address, remote_id: str, kind: Kind | None
) -> None:
    """Say that the live object `remote_id` is `address`, whatever was in doubt.

    A kind whose secret is shown once is marked for delivery: the next apply replaces the object.
    """
    entries = by_address(store).get(address, [])
    row = store.objects().get(address)
    last = entries[-1].intent if entries else None
    base = row or OwnedObject(
        address=address, remote_id=remote_id, applied=last.applied if last else {}
    )
    once = kind is not None and kind.creation is CreationClass.SECRET_ONCE
    lost = kind.sinks if kind and once and not _confirms(row, remote_id) else ()
    replaced = (
        last is not None
        and row is not None
        and last.target == row.remote_id != remote_id
        and not last.gone
    )
    adopted = replace(
        base,
        remote_id=remote_id,
        provenance=Provenance.PROVEN,
        deposed=(*base.deposed, base.remote_id) if replaced else base.deposed,
        needs_delivery=lost,
    )
    watch = None
    if last is not None and last.verb is Verb.CREATE:
        watch = watch_of(last, _watch(store, address), remote_id)
    closes = {entry.intent.op_id: "adopted" for entry in entries}
    await run.settle(Settlement(closes=closes, put=adopted, watch=watch))


def _watch(store: StateStore, address: Address) -> Watch | None:
    return next((watch for watch in store.watches() if watch.address == address), None)


def _confirms(row: OwnedObject | None, remote_id: str) -> bool:
    return row is not None and row.remote_id == remote_id and not row.needs_delivery


async def resolve_forget(store: StateStore, run: Run, address: Address) -> None:
    """Say that nothing that exists now is `address`: open operations are closed, twins ignored."""
    entries = by_address(store).get(address, [])
    deleting = any(entry.intent.verb is Verb.DELETE for entry in entries)
    op_id = entries[-1].intent.op_id if entries else "by-hand"
    await run.settle(
        Settlement(
            closes={e.intent.op_id: "forgotten" for e in entries},
            drop=address if deleting else None,
            watch=Watch(address=address, op_id=op_id, pre_ids=(ANY_ID,)),
        )
    )


async def move(store: StateStore, run: Run, source: Address, target: Address) -> None:
    """Give a row another address of the same provider and kind; raises `UsageError`."""
    rows = store.objects()
    _owned(rows, source)
    if target in rows:
        message = f"{target} is in state already"
        raise UsageError(message, hint=f"`reconciler state rm {target}` drops it first.")
    if (source.provider, source.kind) != (target.provider, target.kind):
        message = f"{source} and {target} are not of the same provider and kind"
        raise UsageError(message, hint="Only the name of a resource can change.")
    await run.settle(Settlement(move=(source, target)))


async def remove(store: StateStore, run: Run, address: Address) -> None:
    """Drop a row and leave the live object alone; raises `UsageError` when there is none."""
    _owned(store.objects(), address)
    await run.settle(Settlement(drop=address))


def trust(run: Run, provider: str, fingerprint: str) -> None:
    """Bind a provider name to the account that it stands for now."""
    run.set_account(provider, fingerprint)


def _owned(rows: dict[Address, OwnedObject], address: Address) -> None:
    if address not in rows:
        message = f"{address} is not in state"
        raise UsageError(message, hint="`reconciler state list` shows what is.")
