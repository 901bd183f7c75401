"""Every statement on the state database, in SQLAlchemy Core; `sql` holds them compiled for SQLite.

`python -m reconciler.state.database.statements` writes `sql.py` again; a test compares the two.
Compiling ahead keeps SQLAlchemy's import (several times Python's own start) out of every command
but a migration. Another database compiles the same statements for its own dialect.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Table, Update, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement
from sqlalchemy.sql.compiler import SQLCompiler

from reconciler.state.database.tables import (
    ACKNOWLEDGED,
    EVENTS,
    JOURNAL,
    METADATA,
    PENDING,
    RUNS,
    STATE,
    SUMMED,
)

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import BindParameter, ClauseElement

STATEMENTS: Mapping[str, Select[Any] | Update] = {
    "SELECT_FENCE": select(STATE.c.epoch, STATE.c.seq).where(STATE.c.id == 1),
    "RECENT_RUNS": select(RUNS).order_by(RUNS.c.epoch.desc()).limit(bindparam("count")),
    "UNENDED_RUNS": select(RUNS).where(RUNS.c.ended_at.is_(None)).order_by(RUNS.c.epoch),
    "ACKNOWLEDGED_OF": select(ACKNOWLEDGED).where(ACKNOWLEDGED.c.address == bindparam("address")),
    "LAST_ACKNOWLEDGED": select(func.max(ACKNOWLEDGED.c.id)),
    "ACKNOWLEDGED_ADDRESSES": select(ACKNOWLEDGED.c.address).distinct(),
    "PENDING_IN_ORDER": select(PENDING).order_by(PENDING.c.opened),
    "COUNT_SEALED": select(func.count()).where(PENDING.c.sealed.is_not(None)),
    "RECENT_JOURNAL": select(JOURNAL).order_by(JOURNAL.c.opened.desc()).limit(bindparam("count")),
    "JOURNAL_OF": select(JOURNAL.c.outcome).where(JOURNAL.c.op_id == bindparam("op_id")),
    "JOURNAL_BEYOND": select(JOURNAL.c.opened)
    .order_by(JOURNAL.c.opened.desc())
    .limit(-1)
    .offset(bindparam("count")),
    "EVENTS_SINCE": select(EVENTS).where(EVENTS.c.seq >= bindparam("since")).order_by(EVENTS.c.seq),
}


def compiled(statement: ClauseElement) -> str:
    """Return a statement as SQLite wants it: values bound by name, constants in the text."""
    made = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
    if not isinstance(made, SQLCompiler):  # pragma: no cover -- it is one for every statement here
        raise TypeError(made)
    text = str(made)
    for name, constant in made.params.items():
        if constant is not None:
            text = text.replace(f":{name}", str(constant))
    return " ".join(text.split())


def of_table(table: Table) -> dict[str, str]:
    """Return the statements that every table has; the first column is the key."""
    values: dict[str, BindParameter[Any]] = {
        column.name: bindparam(column.name) for column in table.columns
    }
    key = table.columns[0] == bindparam("key")
    dialect = sqlite.dialect()
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    create: list[ExecutableDDLElement] = [CreateTable(table), *map(CreateIndex, indexes)]
    return {
        "name": table.name,
        "create": "; ".join(
            " ".join(str(each.compile(dialect=dialect)).split()) for each in create
        ),
        "insert": _numbered(insert(table).values(values)),
        "all": compiled(select(table)),
        "one": _numbered(select(table).where(key)),
        "delete": _numbered(delete(table).where(key)),
        "update": _numbered(update(table).where(key).values(values)),
    }


def _numbered(statement: ClauseElement) -> str:
    return re.sub(r":\w+", "?", compiled(statement))


def _literal(text: str, indent: str) -> str:
    """Return a text as source code, broken as the formatter would leave it."""
    if len(text) < 80 - len(indent):
        return f'"{text}"'
    inner = indent + "    "
    lines = textwrap.wrap(text, 84, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1 or len(text) < 98 - len(inner):
        lines = [text]
    parts = [f'{line} "' if line is not lines[-1] else f'{line}"' for line in lines]
    return "(\n" + "\n".join(f'{inner}"{part}' for part in parts) + f"\n{indent})"


def _lines() -> Iterator[str]:
    yield '"""What `tables` and `statements` say, compiled for SQLite. Generated: do not edit.'
    yield ""
    yield "`python -m reconciler.state.database.statements` writes it again."
    yield '"""'
    yield ""
    yield "from reconciler.state.database.tally import TableSql"
    for table in METADATA.sorted_tables:
        yield ""
        yield f"{table.name.upper()} = TableSql("
        for name, text in of_table(table).items():
            yield f"    {name}={_literal(text, '    ')},"
        yield ")"
    yield ""
    yield f"TABLES = ({_names(METADATA.sorted_tables)})"
    yield f"SUMMED = ({_names(SUMMED)})"
    yield ""
    for constant, statement in STATEMENTS.items():
        yield f"{constant} = {_literal(compiled(statement), '')}"


def _names(tables: Iterable[Table]) -> str:
    names = ", ".join(table.name.upper() for table in tables)
    return names if len(names) < 85 else "\n    " + names.replace(", ", ",\n    ") + ",\n"


def module() -> str:
    """Return the text of `sql.py`."""
    return "\n".join(_lines()) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("sql.py").write_text(module(), encoding="utf-8")
