"""Fixtures for the folders whose tests run whole processes against a served emulator."""

import pytest

from tests.support.served import Port, Preloaded


@pytest.fixture(scope="session")
def port():
    with Port() as served:
        yield served


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory):
    runner = Preloaded(tmp_path_factory.mktemp("preloaded"))
    yield runner
    runner.close()
