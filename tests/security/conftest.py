import shutil

import pytest

from tests.support.fixtures import port, preloaded
from tests.support.served import Site

__all__ = ["port", "preloaded"]


@pytest.fixture
def site(tmp_path, port, preloaded):
    """The example with all providers, on fresh emulators."""
    port.serve()
    return Site(tmp_path / "project", port, preloaded=preloaded)


@pytest.fixture(scope="session")
def applied_once(tmp_path_factory, port, preloaded):
    """A folder with the project as applied, and the emulators' data."""
    folder = tmp_path_factory.mktemp("applied")
    port.serve(data=folder / "emulator.db")
    done = Site(folder / "project", port, preloaded=preloaded).apply()
    assert done.code == 0, done.both
    port.app.state.close()
    return folder


@pytest.fixture
def applied(tmp_path, applied_once, port, preloaded):
    """The same, applied."""
    shutil.copytree(applied_once, tmp_path / "copy")
    port.serve(data=tmp_path / "copy" / "emulator.db")
    return Site(tmp_path / "copy" / "project", port, preloaded=preloaded)
