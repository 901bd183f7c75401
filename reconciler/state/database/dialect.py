"""The few words that SQLite and PostgreSQL spell differently.

Every statement is written once, in `tables` and `statements`: standard SQL with `?` for each value.
The types of columns and the placeholder for a value are defined here; how transactions begin is up
to each `Connection` (see `protocol`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Dialect(Struct, frozen=True, kw_only=True):
    """The words of one database."""

    types: Mapping[str, str]
    """The types of columns, by the type of the field in `tables`."""
    value: str
    """The placeholder for a value."""

    def spelled(self, statement: str) -> str:
        """Return one of our statements with this database's placeholders."""
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
