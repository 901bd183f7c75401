"""Tables and statements in both databases, the migrations, and what is imported when."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import chain, zip_longest
from pathlib import Path

import pytest

from reconciler.errors import StateCorrupt
from reconciler.state.base import Put
from reconciler.state.database import connection, migrations, statements
from reconciler.state.database.tables import TABLES
from reconciler.state.database.template import new_database
from reconciler.state.open import open_store
from reconciler.state.postgres.names import spelled
from reconciler.state.seal import Keyring
from tests.support.postgres import PostgresState
from tests.support.states import do, everything, fill, owned


def shape(db: sqlite3.Connection) -> dict[str, object]:
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: (
            db.execute(f"PRAGMA table_info({table})").fetchall(),
            sorted(row[2:] for row in db.execute(f"PRAGMA index_list({table})")),
        )
        for table in tables
        if table != "alembic_version"
    }


def test_migrations_lead_to_the_same_tables_as_a_new_database():
    old = sqlite3.connect(":memory:")
    made = migrations.migrated(old, keyring=Keyring.generate)
    assert shape(made) == shape(new_database(key_id="k", now=0.0))
    assert made.execute("PRAGMA user_version").fetchone() == (connection.VERSION,)


def texts(holder: object) -> list[str]:
    """The statements that a module or a table has."""
    values = [getattr(value, "statement", value) for value in vars(holder).values()]
    begins = ("SELECT", "INSERT", "UPDATE", "DELETE")
    return [text for text in values if isinstance(text, str) and text.startswith(begins)]


STATEMENTS = sorted({text for holder in (statements, *TABLES) for text in texts(holder)})


def test_sqlite_reads_every_statement():
    assert len(STATEMENTS) > 5 * len(TABLES)
    with closing(new_database(key_id="k", now=0.0)) as db:
        for statement in STATEMENTS:
            db.execute(f"EXPLAIN {statement}", (None,) * statement.count("?"))


@pytest.fixture
def in_postgres(postgres):
    """An empty state."""
    home = PostgresState(postgres)
    home.make()
    return home


def test_postgresql_reads_every_statement(in_postgres):
    with closing(in_postgres.reader()) as db:
        for number, statement in enumerate(STATEMENTS):
            parts = statement.split("?")
            values = [f"${index}" for index in range(1, len(parts))]
            text = "".join(chain(*zip_longest(parts, values, fillvalue="")))
            db.db.execute(f"PREPARE statement_{number} AS {spelled(text, db.schema)}")


def shape_in_postgres(home: PostgresState) -> list[object]:
    columns = """
        SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default
        FROM information_schema.columns
        WHERE table_schema = %s AND table_name NOT IN ('alembic_version', 'about')
        ORDER BY table_name, ordinal_position
    """
    indexes = """
        SELECT tablename, REPLACE(indexdef, schemaname, '') FROM pg_indexes
        WHERE schemaname = %s AND tablename NOT IN ('alembic_version', 'about') ORDER BY indexname
    """
    with closing(home.reader()) as db:
        return [db.db.execute(query, (home.schema,)).fetchall() for query in (columns, indexes)]


def test_migrations_lead_to_the_same_tables_in_postgresql(in_postgres, postgres):
    empty = PostgresState(postgres)
    empty.migrate_tables()
    assert shape_in_postgres(empty) == shape_in_postgres(in_postgres)


HERE, THERE = connection.VERSION, connection.VERSION + 1
NEXT = f'''
"""Adds a column."""
import sqlalchemy as sa
from alembic import op
revision = "{THERE:04d}"
down_revision = "{HERE:04d}"
branch_labels = None
depends_on = None
def upgrade() -> None:
    op.add_column("objects", sa.Column("colour", sa.Text()))
'''


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """This package one schema later."""
    scripts = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, scripts)
    (scripts / f"versions/v{THERE:04d}_next.py").write_text(NEXT)
    monkeypatch.setattr(migrations, "FOLDER", scripts)
    for module in ("opening", "migrating"):
        monkeypatch.setattr(f"reconciler.state.files.{module}.VERSION", THERE)
    monkeypatch.setattr(connection, "VERSION", THERE)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    fill(root)
    return root


def version(root: Path) -> int:
    db = sqlite3.connect(root / ".reconciler/state.db")
    [found] = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return found


def test_an_old_state_is_migrated_when_it_is_opened_to_be_written(root, next_version_of):
    expected = everything(open_store(None, root=root))
    next_version_of()
    store = open_store(None, root=root)
    assert everything(store) == expected
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned("new"))))
    store.verify()
    store.close()
    assert version(root) == THERE
    for backup in (root / ".reconciler/backups").iterdir():
        assert connection.check_header(backup) == THERE


def test_a_plan_reads_an_old_state_and_leaves_it_old(root, next_version_of):
    expected = everything(open_store(None, root=root))
    content = (root / ".reconciler/state.db").read_bytes()
    next_version_of()
    store = open_store(None, root=root, create=False)
    assert everything(store) == expected
    store.verify()
    assert (root / ".reconciler/state.db").read_bytes() == content


def test_a_migration_that_fails_leaves_the_old_state(root, next_version_of, tmp_path):
    next_version_of()
    script = migrations.FOLDER / f"versions/v{THERE:04d}_next.py"
    script.write_text(NEXT.replace('"objects"', '"no_such_table"'))
    content = (root / ".reconciler/state.db").read_bytes()
    with pytest.raises(StateCorrupt, match=f"could not be brought from schema {HERE}") as caught:
        open_store(None, root=root)
    assert "no such table" in str(caught.value)
    assert "sqlalche" not in str(caught.value) + caught.value.hint
    assert caught.value.hint
    assert (root / ".reconciler/state.db").read_bytes() == content


@pytest.fixture
def next_version_of(request):
    return lambda: request.getfixturevalue("next_version")


def imported(root: Path, code: str) -> set[str]:
    """Return which heavy libraries a process has loaded after some code."""
    script = f"""
import sys
from contextlib import closing
from itertools import chain, zip_longest
from pathlib import Path
from reconciler.state.files.layout import Layout
from reconciler.state.seal import Keyring
from reconciler.state.open import open_store
root = Path(sys.argv[1])
{code}
heavy = ("sqlalchemy", "alembic", "cryptography", "pyroaring", "sqlite3", "asyncio", "dotenv", "psycopg")
print(*(name for name in heavy if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )
    return set(done.stdout.split())


def test_a_plan_loads_no_heavy_library_for_its_state(root, tmp_path):
    assert imported(tmp_path, "open_store(None, root=root, create=False).objects()") <= {"sqlite3"}
    read = """
store = open_store(None, root=root, create=False)
store.objects(), store.open_entries(), store.watches(), store.accounts(), store.digest("x")
"""
    assert imported(root, read) <= {"sqlite3", "asyncio"}


def test_a_run_loads_neither_sqlalchemy_nor_alembic(root, tmp_path):
    write = """
with open_store(None, root=root).begin("apply") as run:
    run.set_account("nhn", "x")
    run.finish("done", {})
"""
    assert imported(root, write) <= {"sqlite3", "asyncio"}
    assert imported(tmp_path, write) <= {"sqlite3", "asyncio"}
