"""The tables of the state database: a class for the rows of each, whose fields are the columns.

| table | holds |
|---|---|
| `state` | one row: lineage, epoch (the fence), serial, head of the chain, sums of the tables |
| `runs` | every run that ever held the lock |
| `objects` | the objects that we own |
| `members`, `acknowledged` | members that we added to sets; batches of them not merged in yet |
| `pending` | intents that are not closed; the only table with sealed secrets |
| `journal` | closed intents, for people |
| `canaries` | canaries of the last 90 days, without recipients |
| `drifted` | objects seen to differ from what was applied, and when first |
| `watches`, `accounts` | addresses to look for twins of; the account of each provider name |
| `used_plans` | saved plans that were applied |
| `events` | everything that happened; append-only, each row's hash covers the row before it |

Each table has one more column, the last, that proves its rows: a digest of the row, or for events
the hash. `state.sums` has, for each table, the number of rows and the sum of their digests, so that
a damaged, missing or foreign row is noticed (see `tally`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from reconciler.state.database.dialect import Dialect

R = TypeVar("R", bound=Struct)

Json: TypeAlias = str
"""A text that is JSON."""


class Query(Generic[R]):
    """A statement that finds whole rows of one table."""

    __slots__ = ("statement", "table")

    def __init__(self, table: Table[R], statement: str) -> None:
        self.table = table
        self.statement = statement


class Lookup(Query[R]):
    """A query for the rows that have one value in one column."""

    __slots__ = ("column",)

    def __init__(self, table: Table[R], column: str, statement: str) -> None:
        super().__init__(table, statement)
        self.column = column


Prefetch: TypeAlias = tuple[Lookup[Any], object]
"""A lookup that a transaction is about to do, and its value: its rows may be read beforehand."""


class Table(Generic[R]):
    """A table and the statements that every table has; the first column is the key."""

    def __init__(
        self, name: str, row: type[R], *, proof: str = "digest", unique: str = "", index: str = ""
    ) -> None:
        """Make the statements; `unique` and `index` name a column besides the key."""
        self.name = name
        self.row = row
        self._proof = proof
        self._unique = unique
        self._index = index
        self.columns = columns = (*row.__struct_fields__, proof)
        where = f"WHERE {columns[0]} = ?"
        values = ", ".join("?" * len(columns))
        changes = ", ".join(f"{column} = ?" for column in columns)
        self._select = f"SELECT {', '.join(columns)} FROM {name}"
        self.all = self.query("")
        self.one = self.lookup(columns[0])
        self.insert = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values})"
        self.update = f"UPDATE {name} SET {changes} {where}"
        self.delete = f"DELETE FROM {name} {where}"

    def query(self, rest: str) -> Query[R]:
        """Return a query; `rest` is its SQL after the table's name: conditions and order."""
        return Query(self, f"{self._select} {rest}".rstrip())

    def lookup(self, column: str) -> Lookup[R]:
        """Return a query for the rows that have one value in a column."""
        return Lookup(self, column, f"{self._select} WHERE {column} = ?")

    def create(self, dialect: Dialect) -> list[str]:
        """Return the statements that make the table."""
        fields = {**self.row.__annotations__, self._proof: "bytes"}
        lines = [f"{name} {_type(hint, dialect)}" for name, hint in fields.items()]
        lines.append(f"PRIMARY KEY ({next(iter(fields))})")
        if self._unique:
            lines.append(f"UNIQUE ({self._unique})")
        made = [f"CREATE TABLE {self.name} ({', '.join(lines)})"]
        if self._index:
            index = f"ix_{self.name}_{self._index}"
            made.append(f"CREATE INDEX {index} ON {self.name} ({self._index})")
        return made


def _type(hint: str, dialect: Dialect) -> str:
    """Return a column's type in SQL; `hint` is an annotation, which is a text in this module."""
    kind = hint.removesuffix(" | None")
    return dialect.types[kind] + ("" if kind != hint else " NOT NULL")


class StateRow(Struct, frozen=True):
    """The one row of `state`."""

    id: int
    lineage: str
    key_id: str
    created_at: float
    epoch: int
    serial: int
    seq: int
    head: bytes
    seen_at: float
    sums: Json


class RunRow(Struct, frozen=True):
    """A run."""

    epoch: int
    command: str
    actor: str
    host: str
    started_at: float
    ended_at: float | None
    outcome: str
    summary: Json


class ObjectRow(Struct, frozen=True):
    """An object that we own."""

    address: str
    remote_id: str
    natural_key: str | None
    applied: Json
    extra: Json
    facts: Json


class MembersRow(Struct, frozen=True):
    """The members that we added to one set, sealed."""

    address: str
    numbers: bytes


class BatchRow(Struct, frozen=True):
    """Members that were added to a set and are not merged into its `MembersRow` yet, sealed."""

    id: int
    op_id: str
    address: str
    numbers: str


class PendingRow(Struct, frozen=True):
    """An intent that is not closed."""

    op_id: str
    opened: int
    status: str
    intent: Json
    response: Json | None
    sealed: Json | None
    started_at: float


class JournalRow(Struct, frozen=True):
    """A closed intent."""

    opened: int
    op_id: str
    intent: Json
    response: Json | None
    outcome: str
    started_at: float
    closed_at: float


class WatchRow(Struct, frozen=True):
    """An address to look for twins of."""

    address: str
    watch: Json


class CanaryRow(Struct, frozen=True):
    """A canary of the last 90 days, without its recipients."""

    op_id: str
    sending: Json


class DriftedRow(Struct, frozen=True):
    """An owned object that was seen to differ from what was applied, and when first."""

    address: str
    since: float


class AccountRow(Struct, frozen=True):
    """The account of a provider name."""

    provider: str
    fingerprint: str


class UsedPlanRow(Struct, frozen=True):
    """A saved plan that was applied."""

    nonce: str
    epoch: int
    actor: str
    at: float
    until: float


class EventRow(Struct, frozen=True):
    """One event of the audit trail."""

    seq: int
    at: float
    epoch: int
    kind: str
    subject: str
    detail: str


STATE = Table("state", StateRow)
RUNS = Table("runs", RunRow)
OBJECTS = Table("objects", ObjectRow)
MEMBERS = Table("members", MembersRow)
ACKNOWLEDGED = Table("acknowledged", BatchRow, index="address")
PENDING = Table("pending", PendingRow)
JOURNAL = Table("journal", JournalRow, unique="op_id")
WATCHES = Table("watches", WatchRow)
CANARIES = Table("canaries", CanaryRow)
DRIFTED = Table("drifted", DriftedRow)
ACCOUNTS = Table("accounts", AccountRow)
USED_PLANS = Table("used_plans", UsedPlanRow)
EVENTS = Table("events", EventRow, proof="hash")

SUMMED: tuple[Table[Any], ...] = (
    RUNS,
    OBJECTS,
    MEMBERS,
    ACKNOWLEDGED,
    PENDING,
    JOURNAL,
    WATCHES,
    CANARIES,
    DRIFTED,
    ACCOUNTS,
    USED_PLANS,
)
"""The tables whose digests are summed in `state.sums`."""
TABLES: tuple[Table[Any], ...] = (STATE, *SUMMED, EVENTS)
