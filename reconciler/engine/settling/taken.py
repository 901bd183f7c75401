"""Ids that belong to other addresses of the same kind, so that no open intent can mean them."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.address import Address
from reconciler.model.journal import JournalEntry
from reconciler.model.owned import OwnedObject


def taken_ids(rows: Mapping[Address, OwnedObject], address: Address) -> frozenset[str]:
    """Return the remote ids that other addresses of the same kind own."""
    return frozenset(
        row.remote_id
        for other, row in rows.items()
        if other != address and (other.provider, other.kind) == (address.provider, address.kind)
    )


def answered_ids(entries: Mapping[Address, list[JournalEntry]], address: Address) -> frozenset[str]:
    """Return the ids that stored answers gave to other addresses of the same kind.

    State may not have them yet.
    """
    return frozenset(
        entry.response.server_id
        for other, each in entries.items()
        if other != address and (other.provider, other.kind) == (address.provider, address.kind)
        for entry in each
        if entry.response is not None and entry.response.server_id is not None
    )
