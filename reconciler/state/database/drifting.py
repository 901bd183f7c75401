"""Stores which owned objects were seen to differ from what was applied, and when first."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.address import Address
from reconciler.state.database.commit import Transaction
from reconciler.state.database.rows import found
from reconciler.state.database.tables import DRIFTED, DriftedRow


def put(transaction: Transaction, since: Mapping[Address, float]) -> None:
    """Store these and remove all others. The serial stays, as no plan depends on them."""
    known = {row.address: row.since for row in found(transaction.db, DRIFTED.all)}
    current = {str(address): moment for address, moment in since.items()}
    for address in known.keys() - current.keys():
        transaction.remove(DRIFTED, address)
    for address, moment in current.items():
        if known.get(address) != moment:
            transaction.put(DRIFTED, DriftedRow(address, moment))
