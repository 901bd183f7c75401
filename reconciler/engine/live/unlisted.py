"""Marks the rows of new objects until a list shows them; before that, the list may lag behind.

Only kinds need the mark of which a provider would make a second, equal object and whose objects
cannot be read alone. Apply looks for marked objects once, at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, collections_of, observe
from reconciler.engine.workspace import Workspace
from reconciler.errors import ProviderError
from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.parts import lacking, part_ids
from reconciler.model.values import JsonValue
from reconciler.providers.carried_over import UNLISTED
from reconciler.providers.kind import Kind

LAG_SECONDS = 3600.0
"""How long after its creation an object that no list has shown does not count as gone."""


def marks(kind: Kind) -> bool:
    """Tell whether new rows of a kind are marked."""
    return kind.doubles and not kind.read_alone


def marked(row: OwnedObject, before: OwnedObject | None) -> OwnedObject:
    """Return the row with its new ids marked, those that it did not have `before`."""
    made = ids_of(row) - ids_of(before)
    known = never_listed(row) & ids_of(row)
    if not made | known:
        return row
    ids: list[JsonValue] = [*sorted(made | known)]
    return replace(row, extra={**row.extra, UNLISTED: ids})


def never_listed(row: OwnedObject) -> set[str]:
    """Return the ids of a row that are marked: no list has shown them yet."""
    ids = row.extra.get(UNLISTED)
    return {str(each) for each in ids} if isinstance(ids, list) else set()


def without_mark(row: OwnedObject) -> OwnedObject:
    """Return the row of an object that a list has shown."""
    return replace(row, extra={k: v for k, v in row.extra.items() if k != UNLISTED})


def ids_of(row: OwnedObject | None) -> set[str]:
    """Return the ids of an object's parts, or its own id if it is not made of parts."""
    return set() if row is None else part_ids(row.extra) or {row.remote_id}


async def read_alone(
    workspace: Workspace, rows: Mapping[Address, OwnedObject], addresses: Iterable[Address]
) -> frozenset[Address]:
    """Return the addresses whose objects exist, found by reading them alone where a kind can."""

    async def there(address: Address) -> bool:
        try:
            return await workspace.provider(address).exists(rows[address])
        except ProviderError:
            return False

    asked = [a for a in addresses if a in rows and workspace.kind(a).read_alone]
    answers = await asyncio.gather(*map(there, asked))
    return frozenset(a for a, answer in zip(asked, answers, strict=True) if answer)


async def now_listed(workspace: Workspace, made: Iterable[OwnedObject]) -> list[OwnedObject]:
    """List once more; return the rows of those objects that the list shows now, unmarked."""
    rows = {row.address: row for row in made}
    selection = Selection(
        desired=workspace.configuration.resources,
        owned=workspace.store.objects(),
        collections=collections_of(rows),
    )
    index = LiveIndex(await observe(workspace, selection))
    return [without_mark(row) for address, row in rows.items() if _is_listed(index, address, row)]


def _is_listed(index: LiveIndex, address: Address, row: OwnedObject) -> bool:
    if not index.collection(address).complete:
        return False
    live = index.owned(address, row.remote_id)
    return live is not None and not lacking(row.extra, live.extra)
