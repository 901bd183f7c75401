import pytest

from tests.support.served import Port, Preloaded, Scenario


@pytest.fixture(scope="module")
def port():
    with Port() as served:
        yield served


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory):
    runner = Preloaded(tmp_path_factory.mktemp("preloaded"))
    yield runner
    runner.close()


@pytest.fixture(scope="module", params=["create", "change"])
def scenario(request, tmp_path_factory, port, preloaded):
    """The example from nothing, or its second version from its first."""
    return Scenario(
        folder=tmp_path_factory.mktemp(request.param),
        port=port,
        preloaded=preloaded,
        changed=request.param == "change",
    ).prepare()
