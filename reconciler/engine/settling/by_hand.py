"""Changes of state that a person asks for; each is stored as a settlement, under the lock."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.engine.settling.unsettled import by_address
from reconciler.engine.workspace import Workspace
from reconciler.errors import StateError, UsageError
from reconciler.manifests.fault import no_provider
from reconciler.model.address import Address
from reconciler.model.journal import ANY_ID, Verb, Watch
from reconciler.model.owned import OwnedObject
from reconciler.state.base import Drop, EndWatch, Move, Run, StartWatch, StateStore
from reconciler.suggestions import did_you_mean


async def resolve_forget(store: StateStore, run: Run, address: Address, *, twins: bool) -> None:
    """Note that no object that exists now is `address`: close its open operations, ignore twins.

    `twins` tells whether the kind looks for twins before it creates an object. For such a kind an
    address that owns nothing may be resolved although nothing about it is open. Raises `StateError`
    if there is nothing to resolve.
    """
    entries = by_address(store).get(address, [])
    watched = any(watch.address == address for watch in store.watches())
    if not entries and not watched and not (twins and address not in store.objects()):
        message = f"nothing is open about {address}, so there is nothing to settle"
        hint = "`reconciler state rm` drops what state owns; `reconciler plan` shows what is open."
        raise StateError(message, hint=hint)
    deleting = any(entry.intent.verb is Verb.DELETE for entry in entries)
    op_id = entries[-1].intent.op_id if entries else "by-hand"
    watch = StartWatch(watch=Watch(address=address, op_id=op_id, pre_ids=(ANY_ID,)))
    dropped = [Drop(address=address)] if deleting else []
    closes = {e.intent.op_id: "forgotten" for e in entries}
    await run.settle(*dropped, watch, closes=closes)


async def move(store: StateStore, run: Run, source: Address, target: Address) -> None:
    """Give a row another address of the same provider and kind; raises `UsageError`."""
    rows = store.objects()
    _check_owned(rows, source)
    if target in rows:
        message = f"{target} is in state already"
        raise UsageError(message, hint=f"`reconciler state rm {target}` drops it first.")
    if (source.provider, source.kind) != (target.provider, target.kind):
        message = f"{source} and {target} are not of the same provider and kind"
        hint = "Only the name of a resource can change. A whole provider is renamed by its names: "
        hint += "reconciler state mv OLD NEW"
        raise UsageError(message, hint=hint)
    await run.settle(Move(source=source, target=target))


async def remove(store: StateStore, run: Run, addresses: Iterable[Address]) -> None:
    """Drop rows, all or none, and leave the live objects alone.

    Raises `UsageError` if one does not exist.
    """
    dropped = [*addresses]
    for address in dropped:
        _check_owned(store.objects(), address)
    await run.settle(*(Drop(address=address) for address in dropped))


def rename_provider(workspace: Workspace, run: Run, old: str, new: str) -> int:
    """Give everything that state has of a provider name to another name of the same account.

    Returns the number of owned objects. Raises `UsageError` if state knows no such provider or if
    addresses would clash, and `StateError` unless both names are seen to be the same account.
    """
    store = workspace.store
    rows = [address for address in store.objects() if address.provider == old]
    known = store.accounts()
    if not rows and old not in known:
        raise _unknown(old, known)
    if known.get(old) != workspace.fingerprint(new):
        message = f"provider {new} is not shown to be the account that this state knows as {old}"
        hint = "baseUrl and credentials have to be those that it was applied with. If the key was "
        hint += f"rotated: rename the manifest back, `reconciler state trust {old}`, and try again."
        raise StateError(message, hint=hint)
    clashing = [a for a in rows if a._replace(provider=new) in store.objects()]
    if clashing:
        message = f"{clashing[0]._replace(provider=new)} is in state already"
        hint = f"Drop the one that is not meant: reconciler state rm {clashing[0]}"
        raise UsageError(message, hint=hint)
    run.rename_provider(old, new)
    return len(rows)


def _unknown(provider: str, known: Iterable[str]) -> UsageError:
    message, hint = no_provider(provider, known, has="state knows no provider", way="")
    return UsageError(message, hint=hint or "`reconciler state list` shows what it owns.")


async def remove_provider(store: StateStore, run: Run, provider: str, number: int | None) -> None:
    """Forget a provider with its objects and open operations.

    `number` is the number of objects, as a confirmation; raises `UsageError` for any other number,
    for none, and for a provider that state does not know.
    """
    rows = [address for address in store.objects() if address.provider == provider]
    entries = [
        e.intent.op_id for e in store.open_entries() if e.intent.address.provider == provider
    ]
    watches = [w.address for w in store.watches() if w.address.provider == provider]
    if not (rows or entries or watches or provider in store.accounts()):
        raise _unknown(provider, store.accounts())
    if number != len(rows):
        doubt = f", and {len(entries)} open operations" if entries else ""
        message = f"state owns {len(rows)} objects of {provider}{doubt}; they would be forgotten"
        hint = f"If that is meant: reconciler state rm --provider {provider} --count {len(rows)}"
        raise UsageError(message, hint=hint)
    await run.settle(
        *(Drop(address=address) for address in rows),
        *(EndWatch(address=address) for address in watches),
        closes=dict.fromkeys(entries, "forgotten"),
    )
    run.drop_account(provider)


def trust(run: Run, provider: str, fingerprint: str) -> None:
    """Bind a provider name to the account with this fingerprint."""
    run.set_account(provider, fingerprint)


def _check_owned(rows: dict[Address, OwnedObject], address: Address) -> None:
    if address not in rows:
        message = f"{address} is not in state"
        meant = did_you_mean(str(address), map(str, rows))
        raise UsageError(message, hint=meant or "`reconciler state list` shows what is.")
