import pytest

from tests.support.served import Port, Preloaded, Site


@pytest.fixture(scope="session")
def port():
    with Port() as served:
        yield served


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory):
    runner = Preloaded(tmp_path_factory.mktemp("preloaded"))
    yield runner
    runner.close()


@pytest.fixture
def site(tmp_path, port, preloaded):
    """The example with all providers, on fresh emulators."""
    port.serve()
    return Site(tmp_path / "project", port, preloaded=preloaded)


@pytest.fixture
def applied(site):
    """The same, applied."""
    done = site.apply()
    assert done.code == 0, done.both
    site.port.app.state.requests.clear()
    return site
