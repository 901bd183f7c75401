import pytest

from tests.support.fixtures import port, preloaded
from tests.support.served import Scenario

__all__ = ["port", "preloaded"]


def prepared(folder, port, preloaded, *, changed):
    return Scenario(folder=folder, port=port, preloaded=preloaded, changed=changed).prepare()


@pytest.fixture(scope="session")
def create(tmp_path_factory, port, preloaded):
    """From nothing to the example."""
    return prepared(tmp_path_factory.mktemp("create"), port, preloaded, changed=False)


@pytest.fixture(scope="session")
def change(tmp_path_factory, port, preloaded):
    """From the example to its second version."""
    return prepared(tmp_path_factory.mktemp("change"), port, preloaded, changed=True)


@pytest.fixture(scope="session", params=["create", "change"])
def scenario(request):
    """Both of them."""
    return request.getfixturevalue(request.param)
