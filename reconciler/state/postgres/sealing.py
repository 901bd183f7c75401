"""Encrypts (seals) the columns of rows that show the user's data, before they are stored.

The sealed columns are emptied; their values go into the last column, together with the row's proof.
The other columns stay in clear, as the server finds and sorts by them: addresses, times, numbers
and states of intents. The seal is bound to their values, so that none of them can be changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from reconciler.errors import StateCorrupt, StateError
from reconciler.state.content import from_json, to_json
from reconciler.state.database.tables import (
    ACKNOWLEDGED,
    CANARIES,
    EVENTS,
    JOURNAL,
    MEMBERS,
    OBJECTS,
    PENDING,
    STATE,
    WATCHES,
    Table,
)
from reconciler.state.postgres.keys import PostgresKeys

if TYPE_CHECKING:
    from reconciler.state.database.rows import Values

HIDDEN: Mapping[str, frozenset[str]] = {
    STATE.name: frozenset({"head", "sums"}),
    OBJECTS.name: frozenset({"remote_id", "natural_key", "applied", "extra", "facts"}),
    MEMBERS.name: frozenset({"numbers"}),
    ACKNOWLEDGED.name: frozenset({"numbers"}),
    PENDING.name: frozenset({"intent", "response", "sealed"}),
    JOURNAL.name: frozenset({"intent", "response", "outcome"}),
    WATCHES.name: frozenset({"watch"}),
    CANARIES.name: frozenset({"sending"}),
    EVENTS.name: frozenset({"subject", "detail"}),
}
"""The columns that are sealed, by table. The sums and the head of the chain are among them, because
values that are easily guessed can be found out by their digests."""

_MARK = b"sealed1:"
_ID = 16
"""The number of characters of a key's id."""


class RowSealing:
    """Seals rows on their way to the server, and opens them on their way back."""

    def __init__(self, keys: PostgresKeys) -> None:
        """Take the state's keys."""
        self._keys = keys

    @property
    def is_on(self) -> bool:
        """Tell whether rows that are written now are sealed."""
        return self._keys.sealing is not None

    def sealed(self, table: Table[Any], values: Values) -> Values:
        """Return a row as it is to be stored."""
        keyring, hidden = self._keys.sealing, HIDDEN.get(table.name)
        if keyring is None or hidden is None:
            return values
        *columns, _ = table.columns
        row = dict(zip(columns, values, strict=False))
        secret = {name: to_json(row[name]) for name in columns if name in hidden}
        text = orjson.dumps([secret, to_json(values[-1])])
        left = {name: _blank(value) if name in hidden else value for name, value in row.items()}
        sealed = keyring.seal_bytes(text, _bound(table.name, left))
        return (*left.values(), _MARK + keyring.id.encode() + sealed)

    def opened(self, table: str, columns: Sequence[str], values: Values) -> Values:
        """Return a row of the server as it was before `sealed`.

        Raises:
            StateLockedKey: This machine has no key that opens it.
            StateCorrupt: It was changed, or is in clear although the state is encrypted.
        """
        proof = bytes(values[-1])
        if not proof.startswith(_MARK) or len(proof) < len(_MARK) + _ID:
            if table in HIDDEN and not self._keys.clear_is_allowed():
                raise StateCorrupt(
                    f"a row of the table {table!r} lies in clear in an encrypted state: it is not "
                    "ours"
                )
            return values
        key_id, sealed = proof[len(_MARK) :][:_ID], proof[len(_MARK) + _ID :]
        keyring = self._keys.opening(key_id.decode("ascii", "replace"))
        left = dict(zip(columns[:-1], values, strict=False))
        try:
            text = keyring.unseal_bytes(sealed, _bound(table, left))
        except (StateError, ValueError) as error:
            raise StateCorrupt(
                f"a row of the table {table!r} was changed after it was sealed"
            ) from error
        secret, own = orjson.loads(text)
        row = left | {name: from_json(value) for name, value in secret.items()}
        return (*row.values(), from_json(own))


def _blank(value: object) -> object:
    """Return the empty value that replaces a sealed one; NULL stays NULL."""
    if value is None:
        return None
    return b"" if isinstance(value, bytes) else ""


def _bound(table: str, left: Mapping[str, Any]) -> str:
    """Return the context that a seal is bound to: the table and the values in clear."""
    clear = {name: _comparable(value) for name, value in left.items()}
    return f"{table} {orjson.dumps(clear, option=orjson.OPT_SORT_KEYS).decode()}"


def _comparable(value: Any) -> Any:
    """Return the same for a value before and after it was stored, such as for 5 and 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else to_json(value)


@cache
def read_by(statement: str) -> tuple[str, tuple[str, ...]] | None:
    """Return table and columns of a statement that reads whole rows, `None` for any other."""
    found = re.match(r"SELECT ([a-z_]+(?:, [a-z_]+)+) FROM ([a-z_]+)\b", statement)
    if found is None:
        return None
    columns = tuple(found[1].split(", "))
    return (found[2], columns) if columns[-1] in ("digest", "hash") else None
