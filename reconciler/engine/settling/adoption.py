"""Takes over the live object that a person names, after checking that it exists and is free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from reconciler.engine.diff.fields import is_trimmed, same
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import collections_of, probe
from reconciler.engine.settling.decision import Settled, Situation
from reconciler.engine.settling.follow_ups import take_chosen
from reconciler.engine.settling.unsettled import by_address
from reconciler.engine.workspace import Workspace
from reconciler.errors import StateError, UsageError
from reconciler.model.address import Address
from reconciler.model.journal import ANY_ID, CreateIntent, CreationClass, JournalEntry, UpdateIntent
from reconciler.model.live import Collection, LiveObject
from reconciler.model.owned import OwnedObject, Provenance, owned_ids
from reconciler.model.parts import part_ids
from reconciler.model.values import id_of
from reconciler.state.base import Put, Run, StartWatch

_SHOWN = 5


async def adopt(workspace: Workspace, run: Run, address: Address, remote_id: str) -> OwnedObject:
    """Take the live object `remote_id` over for `address`, and return its row.

    An object whose secret is shown once is marked for delivery: the next apply replaces it.

    Raises as `find` does.
    """
    situation, live = await find(workspace, address, remote_id)
    settled = take_chosen(situation, live)
    fits = situation.kind.twin_check and _fits(workspace, address, live)
    adopted = _row(situation, settled, live, offered=fits)
    watches = [StartWatch(watch=settled.watch)] if settled.watch else []
    closes = dict.fromkeys(settled.closes, "adopted")
    await run.settle(Put(row=adopted), *watches, closes=closes)
    return adopted


async def find(
    workspace: Workspace, address: Address, remote_id: str
) -> tuple[Situation, LiveObject]:
    """Return the live object `remote_id`, which `address` may take over, and what is open there.

    Raises `UsageError` if `remote_id` cannot be an id, and `StateError` if nothing is known of the
    address, if the object does not exist or belongs to another address, or if the address has
    another live object.
    """
    check_id(remote_id)
    entries = by_address(workspace.store)
    _check_known(workspace, address)
    _check_free(workspace.store.objects(), entries, address, remote_id)
    collection = await _collection(workspace, address)
    here = _objects(workspace, collection, entries.get(address, []))
    live = _find(workspace, here, address, remote_id)
    _check_unclaimed(entries, address, live)
    row = workspace.store.objects().get(address)
    if row is not None and not entries.get(address):
        _check_vacant(row, live, here)
    watch = next((w for w in workspace.store.watches() if w.address == address), None)
    situation = Situation(
        address=address,
        entries=entries.get(address, []),
        row=row,
        provider=workspace.provider(address),
        kind=workspace.kind(address),
        collection=collection,
        digest=workspace.store.digest,
        listings_agree=True,
        watch=watch,
    )
    return situation, live


def check_id(remote_id: str) -> None:
    """Raise `UsageError` for a text that is no id of any provider and fits into no URL path."""
    steps = remote_id.split("/")
    if not remote_id.strip() or not remote_id.isprintable() or {".", ".."} & set(steps):
        message = f"{remote_id!r} is not an id"
        raise UsageError(message, hint="`reconciler plan` names the ids to choose from.")


def _check_known(workspace: Workspace, address: Address) -> None:
    """Raise `StateError` for an address that neither manifests nor state know."""
    store = workspace.store
    known = {*workspace.configuration.resources, *store.objects(), *by_address(store)}
    known |= {watch.address for watch in store.watches()}
    if not workspace.knows(address):
        message = f"no manifest has a provider {address.provider} with the kind {address.kind}"
        hint = "Its live objects are read first: put its Provider manifest back."
        raise StateError(message, hint=hint)
    if address not in known:
        message = f"neither manifests nor state know {address}, so nothing can be taken over for it"
        raise StateError(message, hint=f"Write a manifest for {address} first.")


def _check_free(
    rows: Mapping[Address, OwnedObject],
    entries: Mapping[Address, list[JournalEntry]],
    address: Address,
    remote_id: str,
) -> None:
    """Raise if state or an open operation gives the id to another address."""
    for other, row in rows.items():
        if other != address and other[:2] == address[:2] and remote_id in owned_ids(row):
            message = f"{remote_id} is {other} already: one live object has one address"
            hint = f"To rename it: reconciler state mv {other} {address}"
            raise StateError(message, hint=hint)
    for other, each in entries.items():
        if other == address or other[:2] != address[:2]:
            continue
        for entry in each:
            if remote_id in _ids_in(entry):
                raise _somebody_elses(other, remote_id)


def _ids_in(entry: JournalEntry) -> Iterator[str | None]:
    """Yield the ids of the objects that an open operation made, replaces or deletes."""
    if entry.response:
        yield entry.response.server_id
    if not isinstance(entry.intent, UpdateIntent):
        yield entry.intent.target


def _check_unclaimed(
    entries: Mapping[Address, list[JournalEntry]], address: Address, live: LiveObject
) -> None:
    """Raise if an open operation of another address is about an object with the same identity."""
    for other, each in entries.items():
        if other == address or other[:2] != address[:2] or live.key is None:
            continue
        if any(entry.intent.key == live.key for entry in each):
            raise _somebody_elses(other, live.id)


def _somebody_elses(other: Address, remote_id: str) -> StateError:
    message = f"{remote_id} is what an unfinished operation of {other} is about"
    return StateError(message, hint="Run `reconciler apply` first: it settles that.")


async def _collection(workspace: Workspace, address: Address) -> Collection:
    index = LiveIndex(await probe(workspace, collections_of([address])))
    collection = index.collection(address)
    if not collection.complete:
        message = f"whether the object is there is not known: {address.kind} objects of "
        message += f"{address.provider} cannot be read ({collection.error})"
        raise StateError(message, hint="Nothing was changed; try again once they can be read.")
    return collection


def _objects(
    workspace: Workspace, collection: Collection, entries: Sequence[JournalEntry]
) -> list[LiveObject]:
    """Return all live objects that the id may name: objects, parts, candidates of open creates."""
    found = [*(collection.parts or ()), *collection.objects]
    for intent in (each.intent for each in entries):
        if isinstance(intent, CreateIntent):
            found += workspace.provider(intent.address).candidates(intent, collection)
    return found


def _find(
    workspace: Workspace, here: Sequence[LiveObject], address: Address, remote_id: str
) -> LiveObject:
    """Return the live object with an id; raises `StateError` that names the ids to choose from."""
    for live in reversed(here):
        if live.id == remote_id:
            return live
    rows = workspace.store.objects()
    owned = {i for other, row in rows.items() if other[:2] == address[:2] for i in owned_ids(row)}
    free = list(dict.fromkeys(live.id for live in here if live.id not in owned))
    message = f"no live {address.kind} of {address.provider} has the id {remote_id}"
    hint = "There is none that nobody owns. What was made just now may not be listed yet."
    if free:
        more = f" and {len(free) - _SHOWN} more" if len(free) > _SHOWN else ""
        hint = f"Nobody owns: {', '.join(free[:_SHOWN])}{more}."
    raise StateError(message, hint=hint)


def _check_vacant(row: OwnedObject, live: LiveObject, here: Sequence[LiveObject]) -> None:
    """Raise if the address has another object, which still exists."""
    held = owned_ids(row)
    if live.id in held or held & part_ids(live.extra):
        return
    if any(each.id in held or held & part_ids(each.extra) for each in here):
        message = f"{row.address} is the live object {row.remote_id}, and nothing about it is open"
        hint = f"To let go of that one first: reconciler state rm {row.address}"
        raise StateError(message, hint=hint)


def _fits(workspace: Workspace, address: Address, live: LiveObject) -> bool:
    """Tell whether an object shows nothing that differs from the manifest.

    A plan offers such objects as twins.
    """
    resource = workspace.configuration.resources.get(address)
    if resource is None:
        return False
    kind, rows = workspace.kind(address), workspace.store.objects()
    targets = {each.field: rows.get(each.target) for each in resource.references}
    for name, value in kind.canonical(resource.spec, address.name).items():
        declared = kind.field(name)
        if name not in live.fields or declared.local:
            continue
        target = targets.get(name)
        if target is not None and id_of(live.fields[name]) == target.remote_id:
            continue
        if not (same(declared, value, live.fields[name]) or is_trimmed(value, live.fields[name])):
            return False
    return True


def _row(situation: Situation, settled: Settled, live: LiveObject, *, offered: bool) -> OwnedObject:
    """Return the row of the adopted object, and note in it the secrets to deliver.

    If a plan `offered` the object as a twin, a person's choice proves that it is ours.
    """
    before, row, kind = situation.row, settled.row, situation.kind
    if settled.watch is None or row is None:
        row = _without_intent(situation, live, offered=offered)
    confirmed = before is not None and before.remote_id == row.remote_id
    if confirmed:
        row = replace(row, provenance=Provenance.PROVEN)
    owed = before.needs_delivery if before is not None and confirmed else ()
    once = kind.creation is CreationClass.SECRET_ONCE
    lost = kind.sinks if once and (owed or not confirmed) else ()
    deposed = tuple(each for each in row.deposed if each != row.remote_id)
    return replace(row, needs_delivery=lost, deposed=deposed)


def _without_intent(situation: Situation, live: LiveObject, *, offered: bool) -> OwnedObject:
    """Return the row if no create was in doubt: the address's own object, or one nobody owned."""
    row, watch = situation.row, situation.watch
    if row is not None and live.id in owned_ids(row):
        return row
    watched = watch is not None and ANY_ID not in watch.pre_ids and live.id not in watch.pre_ids
    base = row or OwnedObject(address=situation.address, remote_id=live.id)
    return replace(
        base,
        remote_id=live.id,
        key=live.key,
        applied={},
        extra=live.extra,
        provenance=Provenance.PROVEN if watched or offered else Provenance.INFERRED,
    )
