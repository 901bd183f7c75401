"""A damaged, cut, exchanged or missing state is refused with the way out, never begun anew."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import subprocess

import pytest

from reconciler.errors import StateCorrupt, StateError, StateNewer
from reconciler.state.base import Put
from reconciler.state.open import open_store
from tests.support.states import do, everything, fill, intent, owned


@pytest.fixture
def home(tmp_path):
    fill(tmp_path, 12)
    return tmp_path / ".reconciler"


def read_all(root):
    """Read everything there is, as a plan and a thorough check would."""
    store = open_store(None, root=root, create=False)
    try:
        found = everything(store)
        store.verify()
    finally:
        store.close()
    return found


def refused(root):
    with pytest.raises(StateCorrupt) as caught:
        read_all(root)
    assert "cp " in caught.value.hint or "mv " in caught.value.hint
    return caught.value


def refused_or(expected, root) -> bool:
    """Tell whether the state is refused; what is not refused must be as it was."""
    try:
        found = read_all(root)
    except (StateCorrupt, StateNewer) as error:  # a bit of the version may be the flipped one
        return bool(error.hint) or pytest.fail("no way out")
    assert found == expected
    return False


def test_a_state_cut_at_any_sector_is_refused(home):
    content = (home / "state.db").read_bytes()
    for size in range(0, len(content), 512):
        (home / "state.db").write_bytes(content[:size])
        refused(home.parent)


def test_a_flipped_bit_is_refused_or_changes_nothing(home):
    before = read_all(home.parent)
    content = (home / "state.db").read_bytes()
    choose = random.Random(22)
    header = range(100)
    pages = [
        page + choose.randrange(4096) for page in range(0, len(content), 4096) for _ in range(12)
    ]
    refusals = 0
    for position in (*header, *pages):
        damaged = bytearray(content)
        damaged[position] ^= 1 << choose.randrange(8)
        (home / "state.db").write_bytes(damaged)
        refusals += refused_or(before, home.parent)
    assert refusals > 50


def test_a_changed_value_in_any_row_is_refused(home):
    content = (home / "state.db").read_bytes()
    tables = {
        "objects": "remote_id = '99'",
        "runs": "outcome = 'x'",
        "journal": "outcome = 'x'",
        "accounts": "fingerprint = 'x'",
        "events": "detail = 'x'",
        "state": "serial = 1",
    }
    for table, change in tables.items():
        (home / "state.db").write_bytes(content)
        db = sqlite3.connect(home / "state.db")
        db.execute(f"UPDATE {table} SET {change}")
        db.commit()
        db.close()
        refused(home.parent)


def test_a_lost_row_is_refused(home):
    content = (home / "state.db").read_bytes()
    for table in ("objects", "runs", "journal", "accounts", "events", "state"):
        (home / "state.db").write_bytes(content)
        db = sqlite3.connect(home / "state.db")
        db.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")
        db.commit()
        db.close()
        refused(home.parent)


def test_a_whole_page_of_zeros_is_refused_or_changes_nothing(home):
    before = read_all(home.parent)
    content = (home / "state.db").read_bytes()
    for page in range(0, len(content), 4096):
        (home / "state.db").write_bytes(content[:page] + bytes(4096) + content[page + 4096 :])
        refused_or(before, home.parent)


@pytest.mark.parametrize("left", ["key", "lineage", "backups"])
def test_a_missing_state_that_left_a_trace_is_refused(home, left):
    (home / "state.db").unlink()
    for name in {"key", "lineage", "backups"} - {left}:
        path = home / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for create in (False, True):
        with pytest.raises(StateCorrupt, match="is gone") as caught:
            open_store(None, root=home.parent, create=create)
        assert caught.value.hint
    assert not (home / "state.db").exists()


def test_what_the_hint_says_leads_back(home):
    store = open_store(None, root=home.parent)
    with store.begin("apply") as run:
        do(run.settle(Put(row=owned("late"))))
    store.close()
    (home / "state.db").write_bytes(b"")
    hint = refused(home.parent).hint
    command = re.search("`(cp [^`]*)`", hint).group(1)
    subprocess.run(command, shell=True, check=True)
    found = read_all(home.parent)
    assert len(found["objects"]) == 12  # as before the last run
    with open_store(None, root=home.parent).begin("apply"):
        pass


def test_what_the_hint_says_without_a_backup_leads_to_a_new_state(home):
    shutil.rmtree(home / "backups")
    (home / "state.db").write_bytes(b"SQLite format 3\0" + bytes(84))
    hint = refused(home.parent).hint
    command = re.search("`(mv [^`]*)`", hint).group(1)
    subprocess.run(command, shell=True, check=True)
    open_store(None, root=home.parent).close()
    assert (home.parent / ".reconciler.damaged/key").exists()


def test_a_state_whose_log_was_removed_after_a_crash_is_refused(home):
    store = open_store(None, root=home.parent)
    run = store.begin("apply")
    do(run.intend(intent("op")))
    content = (home / "state.db").read_bytes()  # what is not in the log
    run.__exit__(None, None, None)
    store.close()
    (home / "state.db").write_bytes(content)
    error = refused(home.parent)
    assert "older than it was" in str(error)
    assert f"rm {home / 'lineage'}" in str(error)


def test_an_older_copy_is_taken_once_the_marker_is_removed(home):
    older = (home / "state.db").read_bytes()
    fill(home.parent, 0)
    (home / "state.db").write_bytes(older)
    refused(home.parent)
    (home / "lineage").unlink()
    read_all(home.parent)
    with open_store(None, root=home.parent).begin("apply"):
        assert (home / "lineage").exists()


def test_another_state_s_database_is_refused(home, make_folder):
    other = make_folder()
    fill(other)
    shutil.copy(other / ".reconciler/state.db", home / "state.db")
    assert "another state" in str(refused(home.parent))


def test_a_damaged_marker_is_refused(home):
    (home / "lineage").write_bytes(b"\xff")
    assert "lineage" in str(refused(home.parent))


def test_a_database_of_another_program_is_refused(home):
    (home / "state.db").unlink()
    db = sqlite3.connect(home / "state.db")
    db.execute("CREATE TABLE t (x)")
    db.close()
    assert "another program" in str(refused(home.parent))


def test_a_file_that_is_no_database_is_refused(home):
    (home / "state.db").write_text("hello" * 100)
    assert "not a state database" in str(refused(home.parent))


def test_a_state_of_a_newer_version_is_refused(home):
    db = sqlite3.connect(home / "state.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StateNewer, match="newer reconciler") as caught:
        open_store(None, root=home.parent)
    assert "Install" in caught.value.hint


def test_a_damaged_state_is_never_backed_up_nor_written(home):
    db = sqlite3.connect(home / "state.db")
    db.execute("UPDATE objects SET remote_id = '99'")
    db.commit()
    db.close()
    before = {path: path.read_bytes() for path in (home / "backups").iterdir()}
    store = open_store(None, root=home.parent)
    with pytest.raises(StateCorrupt) as caught:
        store.begin("apply")
    assert caught.value.hint
    assert {path: path.read_bytes() for path in (home / "backups").iterdir()} == before


def test_without_its_key_file_nothing_is_compared_nor_written(home):
    key = (home / "key").read_text()
    (home / "key").unlink()
    store = open_store(None, root=home.parent)
    for use in (lambda: store.digest("x"), lambda: store.begin("apply")):
        with pytest.raises(StateError, match="is missing") as caught:
            use()
        assert "Put back" in caught.value.hint
    (home / "key").write_text("something else")
    with pytest.raises(StateError, match="cannot be read"):
        store.digest("x")
    (home / "key").write_text(key[:-5] + "0000\n")
    with pytest.raises(StateError, match="not the one of this state"):
        store.digest("x")
    (home / "key").write_text(key)
    assert store.digest("x")
    with store.begin("apply"):
        pass


def test_the_last_ten_backups_are_kept(home):
    for _ in range(13):
        with open_store(None, root=home.parent).begin("apply"):
            pass
    names = sorted(path.name for path in (home / "backups").iterdir())
    assert names == [f"{epoch:08d}.db" for epoch in range(4, 14)]
