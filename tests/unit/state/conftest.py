"""Folders in memory where the machine has them: these tests sync thousands of files."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def make_folder():
    """Return what makes an empty folder, each time another one."""
    where = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    parent = Path(tempfile.mkdtemp(prefix="reconciler-test-", dir=where))
    numbers = itertools.count()

    def make() -> Path:
        made = parent / str(next(numbers))
        made.mkdir()
        return made

    yield make
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def tmp_path(make_folder):
    return make_folder()
