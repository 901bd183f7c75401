import pytest

from tests.support.dns_world import small_world


@pytest.fixture
def world(monkeypatch):
    with small_world(monkeypatch) as made:
        yield made
