"""Fixtures for what holds of states that a team shares: each test on S3 and on PostgreSQL."""

import pytest

from tests.support.object_stores import S3
from tests.support.postgres import Server

KINDS = {"s3": S3, "postgres": Server}


@pytest.fixture(scope="module", params=KINDS)
def server(request):
    running = KINDS[request.param]()
    running.kind = request.param
    yield running
    running.stop()


@pytest.fixture
def url(server, monkeypatch):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server.place()
