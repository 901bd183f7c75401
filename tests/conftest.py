"""What belongs to the test run as a whole."""

import os
from pathlib import Path

import pytest

from reconciler.redaction import forget_all
from tests.support.summary import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

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
