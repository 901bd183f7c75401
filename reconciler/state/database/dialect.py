"""The few words that SQLite and PostgreSQL spell differently.

Every statement is written once, in `tables` and `statements`: standard SQL with `?` for each value.
Here are the types of columns and the sign for a value; how transactions begin, each `Connection` of
`protocol` knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Dialect(Struct, frozen=True, kw_only=True):
    """The words of one database."""

    types: Mapping[str, str]
    """Types of columns, by the type of the field in `tables`."""
    value: str
    """What stands for a value."""

    def spelled(self, statement: str) -> str:
        """Return a statement of ours as this database reads it."""
        return statement.replace("?", self.value)


SQLITE = Dialect(
    types={"str": "TEXT", "int": "INTEGER", "float": "FLOAT", "bytes": "BLOB", "Json": "JSON"},
    value="?",
)

POSTGRES = Dialect(
    types={
        "str": 'TEXT COLLATE "C"',  # compared and sorted byte by byte, as SQLite does
        "int": "BIGINT",
        "float": "DOUBLE PRECISION",
        "bytes": "BYTEA",
        "Json": "TEXT",  # as it was written: digests cover each byte of a row
    },
    value="%s",
)
