"""A `Disk` in PostgreSQL for the crash model, and processes whose connections end with them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from socket import SHUT_RDWR, socket
from typing import Any

import psycopg

from reconciler.state.base import StateStore
from reconciler.state.database.copying import fill
from reconciler.state.database.memory import Image
from reconciler.state.database.tables import TABLES
from reconciler.state.database.template import empty_tables, in_memory
from reconciler.state.files.elsewhere import elsewhere, keep_elsewhere
from reconciler.state.postgres import schema
from reconciler.state.postgres.opening import open_state
from reconciler.state.postgres.url import connect, parse
from reconciler.state.seal import Keyring
from tests.support.crashes import rows_text
from tests.support.postgres import Server, in_clear
from tests.support.scripted import Failpoints

_LONG_AGO = (
    "UPDATE about SET beat_at = clock_timestamp() - interval '1 day', holder = NULL, epoch ="
    " (SELECT epoch FROM state)"
)


class Mortal:
    """Opens connections, all of which end when the process dies; then there are no more."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._open: list[Any] = []
        self._dead = False

    def __call__(self) -> Any:
        if self._dead:
            raise psycopg.OperationalError("this process is dead")
        self._open.append(self._connect())
        return self._open[-1]

    def die(self) -> None:
        """End all connections as the system would: another thread may be in the middle of one."""
        self._dead = True
        for each in self._open:
            with (
                suppress(OSError, psycopg.OperationalError),
                socket(fileno=os.dup(each.fileno())) as ours,
            ):
                ours.shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Clear away what is left of it."""
        self._dead = True
        for each in self._open:
            each.close()


class InPostgres:
    """The `Disk` of a server: one schema, whose rows are put there for each run."""

    def __init__(self, server: Server, emergencies: Path) -> None:
        """Take a server, and a folder for answers that it would not take (the `TMPDIR`)."""
        self._url = parse(server.place(), "")
        self._emergencies = emergencies
        self._lineage = ""
        self._keyring: Keyring | None = None
        self._process: Mortal | None = None
        self.connect: Callable[[], Any] = partial(connect, self._url)
        self._here = in_clear(self.connect, self._url.schema)
        self.opens = self.connect
        """What a process opens its connections with; a test may put something before it."""

    def close(self) -> None:
        self._clear_away()
        self._here.close()

    def _clear_away(self) -> None:
        if self._process is not None:
            self._process.close()

    def load(self, image: Image) -> None:
        self._clear_away()
        source = in_memory(image.database)
        if self._keyring is None:
            self._make(source, image.keyring)
        db = self._here.db
        with db.transaction():
            db.execute(f"SET LOCAL search_path TO {self._here.schema}")
            db.execute(f"TRUNCATE {', '.join(table.name for table in TABLES)}")
            with self._here.gathering():
                fill(self._here, source)
            db.execute(_LONG_AGO)
        [self._lineage] = source.execute("SELECT lineage FROM state").fetchone()
        source.close()
        shutil.rmtree(self._emergencies)
        self._emergencies.mkdir()
        for each in image.emergencies:
            keep_elsewhere(each)

    def _make(self, source: Any, keyring: Keyring) -> None:
        self._keyring = keyring
        schema.make(
            self._here, self._url.schema, name="default", source=source, key=keyring.to_text()
        )

    def open(self, *, clock: Callable[[], float], failpoints: Failpoints) -> StateStore:
        self._process = Mortal(self.opens)
        return open_state(
            self._url, self._process, clock=clock, failpoints=failpoints, environ={"USER": "tester"}
        )

    def image(self) -> Image:
        copy = empty_tables()
        fill(copy, self._here)
        found = elsewhere(self._lineage)
        image = Image(database=copy.serialize(), keyring=self._keyring, emergencies=tuple(found))
        copy.close()
        return image

    def text(self) -> str:
        found = sorted((each.op_id, each.response) for each in elsewhere(self._lineage))
        return "\n".join([*rows_text(self._here), repr(found)])

    def die(self) -> None:
        if self._process is not None:
            self._process.die()


def emergencies_in(monkeypatch: Any) -> Path:
    """Let answers that no server takes lie in a folder of this test alone, and return it."""
    folder = Path(tempfile.mkdtemp(prefix="crashes-"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr("reconciler.state.files.elsewhere._tmp", lambda: [folder])
    return folder
