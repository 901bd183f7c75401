"""What is given to `--state` and is no state is refused, and stays as it is, its mode included."""

import os
import sqlite3
from pathlib import Path

import pytest

COMMANDS = [
    ("state", "list"),
    ("state", "unlock"),
    ("plan",),
    ("drift",),
    ("apply", "--auto-approve"),
]


def _file(path):
    path.write_text("root:x:0:0\n")


def _database(path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE theirs (id)")
    db.close()


def _link(path):
    path.with_name("theirs").write_text("root:x:0:0\n")
    path.with_name("theirs").chmod(0o644)
    path.symlink_to("theirs")


FOREIGN = {
    "a file": _file,
    "an empty file": Path.touch,
    "a database of another program": _database,
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to a file": _link,
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
}


def looks(folder):
    """All that a write, a rename or a changed mode would show."""
    return {
        path.name: (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino)
        for path in folder.iterdir()
        for found in [path.lstat()]
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_state_is_refused_and_left_as_it_is(
    project, tmp_path, run, monkeypatch, what, words
):
    monkeypatch.setenv("NHN_APP_KEY", "key")
    folder = tmp_path / "foreign"
    folder.mkdir()
    path = folder / "thing"
    FOREIGN[what](path)
    if not path.is_symlink():
        path.chmod(0o755 if path.is_dir() else 0o644)
    before = looks(folder)
    result = run(*words, "--state", path)
    assert result.code == 1
    assert str(path) in result.err
    assert looks(folder) == before


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_device_is_refused_and_left_as_it_is(project, run, monkeypatch, words):
    monkeypatch.setenv("NHN_APP_KEY", "key")
    before = Path("/dev/null").stat().st_mode
    result = run(*words, "--state", "/dev/null")
    assert result.code == 1
    assert "/dev/null is not a state of reconciler but no regular file" in result.err
    assert Path("/dev/null").stat().st_mode == before
    assert not Path("/dev/null.reconciler").exists()
