"""What belongs to the test run as a whole."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from reconciler.redaction import forget_all
from tests.support.summary import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

settings.register_profile("without seconds", deadline=None)
settings.load_profile("without seconds")
# An example takes as long as the machine lets it: none fails by its time.

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Programs that tests start would compile all modules anew, which takes longer than what they do.

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _back_to_the_root():
    """A command with `-C` changes the folder of the process it runs in."""
    yield
    os.chdir(ROOT)


@pytest.fixture(autouse=True)
def _no_secret_of_another_test():
    """A process knows every secret that it has met; each test stands for a process."""
    forget_all()


def _postgres(version):
    @pytest.fixture(scope="session", name=f"postgres{version}")
    def running():
        from tests.support.postgres import Server

        server = Server(version)
        yield server
        server.stop()

    return running


postgres16 = _postgres(16)
postgres18 = _postgres(18)
