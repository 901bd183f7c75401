"""The copy that an error offers is this state's newest one, whatever the files are called."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest

from reconciler.errors import StateCorrupt
from reconciler.state.base import Put
from reconciler.state.files.backups import KEPT_BACKUPS
from reconciler.state.open import open_store
from tests.support.states import do, owned


def runs(root, count, clock=lambda: 1_796_000_000.0):
    for number in range(count):
        store = open_store(None, root=root, clock=clock)
        with store.begin("apply") as run:
            do(run.settle(Put(row=owned(f"n{number}"))))
        store.close()


def hint(root):
    (root / ".reconciler/state.db").write_bytes(b"")
    with pytest.raises(StateCorrupt) as caught:
        open_store(None, root=root)
    return caught.value.hint


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "a b's"
    root.mkdir()
    runs(root, 4)
    return root


def named(text):
    return shlex.split(re.search("`(cp [^`]*)`", text)[1])[1]


def test_names_that_sort_last_do_not_lead_back_months(root):
    backups = root / ".reconciler/backups"
    shutil.copy(backups / "00000001.db", backups / "before-migration.db")
    shutil.copy(backups / "00000001.db", backups / "99999999.db")
    told = hint(root)
    assert named(told) == str(backups / "00000003.db")
    assert "as of 2026-11-30" in told
    assert "after run 3" in told
    assert "removing the marker" in told
    command = re.search("`(cp [^`]*)`", told)[1]
    subprocess.run(command, shell=True, check=True)
    store = open_store(None, root=root)
    assert len(store.objects()) == 3
    store.close()


def test_copies_of_another_state_and_damaged_ones_are_not_offered(root, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    runs(other, 9)
    backups = root / ".reconciler/backups"
    shutil.copy(other / ".reconciler/backups/00000008.db", backups / "00000008.db")
    (backups / "00000003.db").write_bytes(b"SQLite format 3\0")
    assert named(hint(root)) == str(backups / "00000002.db")


def test_copies_with_odd_names_are_pruned_first(root):
    backups = root / ".reconciler/backups"
    shutil.copy(backups / "00000001.db", backups / "before-migration.db")
    runs(root, KEPT_BACKUPS)
    assert not (backups / "before-migration.db").exists()
    assert len(list(backups.glob("*.db"))) == KEPT_BACKUPS
