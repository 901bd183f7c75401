from __future__ import annotations

import pytest
from obstore.store import LocalStore, MemoryStore

from reconciler.state.objects import log as log_module
from reconciler.state.objects.opening import open_bucket, open_objects
from reconciler.state.objects.stores import ObjectBucket
from reconciler.state.objects.url import parse
from tests.support.gcs import Gcs
from tests.support.object_stores import S3, Azurite


@pytest.fixture(scope="session")
def s3():
    """A server, started for the first test of this process that needs one."""
    server = S3()
    yield server
    server.stop()


@pytest.fixture
def bucket():
    return ObjectBucket(MemoryStore(), "memory://state")


@pytest.fixture(scope="session")
def gcs():
    server = Gcs()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def azurite():
    if not Azurite.program:
        pytest.skip("AZURITE does not name an azurite-blob: `npm install azurite`, as .ci/run does")
    server = Azurite()
    yield server
    server.stop()


SERVERS = {"s3": S3, "gcs": Gcs, "azurite": Azurite}


@pytest.fixture(params=["memory", "folder", *SERVERS])
def any_bucket(request, bucket, tmp_path, monkeypatch):
    """A bucket of each kind that is at hand."""
    if request.param == "memory":
        return bucket
    if request.param == "folder":
        return ObjectBucket(LocalStore(tmp_path), "file://state")
    for name, value in SERVERS[request.param].environment.items():
        monkeypatch.setenv(name, value)
    return open_bucket(parse(request.getfixturevalue(request.param).place()))


@pytest.fixture
def opens(bucket):
    """Return what opens the state in `bucket`; what is opened is closed again."""
    opened = []

    def open_it(around=bucket, **options):
        opened.append(open_objects(around, **options))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(log_module, "_RETRIES", (0.0, 0.0))


@pytest.fixture
def new_bucket():
    return lambda: ObjectBucket(MemoryStore(), "memory://state")
