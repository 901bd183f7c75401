"""Changes of state by hand, each a journaled settlement under the lock."""

from __future__ import annotations

from reconciler.engine.settling.unsettled import by_address
from reconciler.errors import StateError, UsageError
from reconciler.model.address import Address
from reconciler.model.journal import ANY_ID, Verb, Watch
from reconciler.model.owned import OwnedObject
from reconciler.state.base import Run, Settlement, StateStore


async def resolve_forget(store: StateStore, run: Run, address: Address, *, twins: bool) -> None:
    """Say that nothing that exists now is `address`: open operations are closed, twins ignored.

    Where nothing is open that is said of the `twins` that stop a create, if the kind looks for any;
    raises `StateError` if it does not.
    """
    entries = by_address(store).get(address, [])
    watched = any(watch.address == address for watch in store.watches())
    if not entries and not watched and not twins:
        message = f"nothing is open about {address}, so there is nothing to settle"
        hint = "`reconciler state rm` drops what state owns; `reconciler plan` shows what is open."
        raise StateError(message, hint=hint)
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
