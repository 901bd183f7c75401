"""Answers that could not be stored in the database: files that the next run takes over."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson
from msgspec import Struct
from msgspec.structs import asdict

from reconciler.errors import StateError, reason
from reconciler.model.journal import IntentStatus
from reconciler.state.database.rows import row_of
from reconciler.state.database.tables import PENDING
from reconciler.state.database.writes import respond

if TYPE_CHECKING:
    from reconciler.state.database.commit import Transaction

TEMPORARY = "reconciler-"
"""The beginning of the name of a temporary folder for them, if there is no room in the state's."""


class Emergency(Struct, frozen=True, kw_only=True):
    """One answer that is kept outside the database."""

    lineage: str
    op_id: str
    response: str
    """JSON, as in the `pending` table; so is `sealed`, its secrets."""
    sealed: str | None

    path: Path | None = None
    """The file that it was read from."""

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"emergency-{quote(self.op_id, safe='')}.json"

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        return orjson.dumps(kept, option=orjson.OPT_INDENT_2)

    @classmethod
    def from_file(cls, path: Path) -> Emergency:
        """Read a file; raises `StateError` when it is not one of ours."""
        try:
            return cls(**orjson.loads(path.read_bytes()), path=path)
        except (OSError, TypeError, ValueError) as error:
            raise StateError(
                f"{path}, an answer that was kept beside the state, cannot be read: "
                f"{reason(error)}",
                hint="Move it away to go on without it; then its operation counts as unanswered.",
            ) from error

    def forget(self) -> None:
        """Remove its file, and its temporary folder if that is empty then."""
        if self.path is None:
            return
        self.path.unlink(missing_ok=True)
        if self.path.parent.name.startswith(TEMPORARY):
            with suppress(OSError):  # another answer is still in it
                self.path.parent.rmdir()


def by_operation(emergencies: Iterable[Emergency], lineage: str) -> dict[str, Emergency]:
    """Return the answers that belong to a state, by operation."""
    return {each.op_id: each for each in emergencies if each.lineage == lineage}


def fold_in(transaction: Transaction, emergencies: Iterable[Emergency]) -> None:
    """Store the answers of operations that are still open; other operations need none."""
    ours = by_operation(emergencies, transaction.tally.lineage)
    for op_id, emergency in ours.items():
        row = row_of(transaction.db, PENDING, op_id)
        if row is not None and row.status == IntentStatus.OPEN:
            respond(transaction, op_id, emergency.response, emergency.sealed)
