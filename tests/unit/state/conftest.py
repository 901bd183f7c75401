"""Where the states of these tests are kept.

Folders lie in memory where the machine has that: these tests sync thousands of files. What holds
for every database is tested on SQLite in a file and in memory, and on PostgreSQL.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from reconciler.state.database.memory import open_memory
from reconciler.state.objects.opening import open_objects
from reconciler.state.objects.stores import ObjectBucket
from reconciler.state.open import open_store
from tests.support.postgres import PostgresState
from tests.support.recipients import ENCRYPTED

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def make_folder():
    """Return what makes an empty folder, each time another one."""
    where = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    parent = Path(tempfile.mkdtemp(prefix="reconciler-test-", dir=where))
    numbers = itertools.count()

    def make() -> Path:
        made = parent / str(next(numbers))
        made.mkdir()
        return made

    yield make
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def tmp_path(make_folder):
    return make_folder()


@pytest.fixture(params=[16, 18])
def postgres(request):
    """A server, started for the first test of this process that needs one."""
    return request.getfixturevalue(f"postgres{request.param}")


KINDS = [
    "file",
    "memory",
    "postgres16",
    "postgres18",
    "objects",
    "sealed-postgres18",
    "sealed-objects",
]


@pytest.fixture(params=KINDS)
def new_state(request, tmp_path):
    """Return what opens a state that is made for this test; what is opened is closed again."""
    opened = []

    def file(**options):
        return open_store(None, root=tmp_path, **options)

    def memory(**options):
        return open_memory(**options)

    def postgres():
        return PostgresState(request.getfixturevalue(kind)).open

    def objects():
        bucket = ObjectBucket(MemoryStore(), "memory://state")
        return partial(open_objects, bucket)

    kinds = {
        "file": lambda: file,
        "memory": lambda: memory,
        "postgres16": postgres,
        "postgres18": postgres,
        "objects": objects,
    }
    kind = request.param.removeprefix("sealed-")
    sealed = ENCRYPTED if kind != request.param else {}
    opens = kinds[kind]()

    def open_it(**options):
        opened.append(opens(**(sealed | options)))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()
