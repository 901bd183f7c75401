import pytest

from tests.support.served import Port, Preloaded, Scenario


@pytest.fixture(scope="session")
def port():
    with Port() as served:
        yield served


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory):
    runner = Preloaded(tmp_path_factory.mktemp("preloaded"))
    yield runner
    runner.close()


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
