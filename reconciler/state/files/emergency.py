"""Answers that the database would not take: a file beside it, folded in by the next run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson
from msgspec import Struct
from msgspec.structs import asdict

from reconciler.errors import StateError
from reconciler.model.journal import IntentStatus
from reconciler.state.database import sql
from reconciler.state.database.writes import respond

if TYPE_CHECKING:
    from reconciler.state.database.commit import Transaction


class Emergency(Struct, frozen=True, kw_only=True):
    """One answer that is kept beside the state."""

    lineage: str
    op_id: str
    response: str
    """As in the `pending` table."""
    sealed: str | None

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"emergency-{quote(self.op_id, safe='')}.json"

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    @classmethod
    def from_file(cls, path: Path) -> Emergency:
        """Read a file; raises `StateError` when it is not one of ours."""
        try:
            return cls(**orjson.loads(path.read_bytes()))
        except (OSError, TypeError, ValueError) as error:
            raise StateError(
                f"{path}, an answer that was kept beside the state, cannot be read: {error}",
                hint="Move it away to go on without it; then its operation counts as unanswered.",
            ) from error


def by_operation(emergencies: Iterable[Emergency], lineage: str) -> dict[str, Emergency]:
    """Return the answers that belong to this state, by operation."""
    return {each.op_id: each for each in emergencies if each.lineage == lineage}


def fold_in(transaction: Transaction, emergencies: Iterable[Emergency]) -> None:
    """Store the answers of operations that are still open; the others need them no more."""
    ours = by_operation(emergencies, transaction.tally.lineage)
    for op_id, emergency in ours.items():
        row = transaction.db.execute(sql.PENDING.one, (op_id,)).fetchone()
        if row is not None and row[2] == IntentStatus.OPEN:
            respond(transaction, op_id, emergency.response, emergency.sealed)
