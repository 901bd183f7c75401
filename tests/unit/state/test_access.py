"""Who may read the state, and where it may lie."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.errors import StateError
from reconciler.state.database import connection
from reconciler.state.open import open_store
from tests.support.states import do, everything, fill, intent


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder):
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.parametrize("url", [None, "team/state.db"])
def test_folders_are_0700_and_files_0600_under_any_umask(tmp_path, umask, url):
    store = open_store(url, root=tmp_path)
    folder = tmp_path / (".reconciler" if url is None else "team")
    with store.begin("apply") as run:
        do(run.intend(intent("op")))
        during = modes(folder)
    after = modes(folder)
    assert {name for name in during if name.startswith("state.db")} >= {
        "state.db",
        "state.db-wal",
        "state.db-shm",
    }
    for found in (during, after):
        for name, mode in found.items():
            wanted = 0o700 if (folder / name).is_dir() else 0o600
            if url is not None and name == ".gitignore":  # in a folder that is not ours alone
                wanted = 0o644
            assert mode == wanted, name


def test_the_folder_ignores_itself_for_git(tmp_path):
    open_store(None, root=tmp_path)
    assert (tmp_path / ".reconciler/.gitignore").read_text() == "*\n"


def test_permissions_that_were_widened_are_closed_again(tmp_path):
    fill(tmp_path)
    home = tmp_path / ".reconciler"
    home.chmod(0o755)
    (home / "state.db").chmod(0o644)
    (home / "key").chmod(0o644)
    open_store(None, root=tmp_path, create=False).close()
    found = modes(home)
    assert (found["."], found["state.db"], found["key"]) == (0o700, 0o600, 0o600)


def test_symbolic_links_in_place_of_folder_file_or_key_are_refused(tmp_path):
    fill(tmp_path)
    home = tmp_path / ".reconciler"
    for name in ("state.db", "key"):
        (home / name).rename(home / "real")
        (home / name).symlink_to(home / "real")
        with pytest.raises(StateError, match="symbolic link"):
            open_store(None, root=tmp_path)
        (home / name).unlink()
        (home / "real").rename(home / name)
    home.rename(tmp_path / "elsewhere")
    home.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateError, match="symbolic link"):
        open_store(None, root=tmp_path)


def test_something_else_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / ".reconciler/state.db").mkdir(parents=True)
    with pytest.raises(StateError, match="no regular file"):
        open_store(None, root=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError):
        open_store("file/state.db", root=tmp_path)


def test_a_state_of_another_user_is_refused(tmp_path, monkeypatch):
    fill(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(StateError, match="belongs to user") as caught:
        open_store(None, root=tmp_path)
    assert f"`chown -R $(id -u) {tmp_path / '.reconciler'}`" in caught.value.hint


def test_what_is_named_to_be_given_to_oneself_is_what_belongs_to_another(tmp_path, monkeypatch):
    home = tmp_path / ".reconciler"
    open_store(".reconciler/emulated/state.db", root=tmp_path).close()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(StateError, match=f"{home} belongs to user") as caught:
        open_store(".reconciler/emulated/state.db", root=tmp_path)
    assert f"`chown -R $(id -u) {home}`" in caught.value.hint


def test_a_plan_reads_a_state_that_cannot_be_written(tmp_path, monkeypatch):
    fill(tmp_path)
    expected = everything(open_store(None, root=tmp_path))
    home = tmp_path / ".reconciler"
    before = sorted(path.name for path in home.iterdir())
    monkeypatch.setattr(os, "access", lambda *_: False)
    store = open_store(None, root=tmp_path, create=False)
    assert everything(store) == expected
    store.close()
    assert sorted(path.name for path in home.iterdir()) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user for a moment")
def test_a_plan_reads_a_state_in_a_read_only_folder(tmp_path):
    """The same for real: as a user whose folder is read-only."""
    fill(tmp_path)
    home = tmp_path / ".reconciler"
    for path in (home, *home.rglob("*")):
        os.chown(path, 65534, 65534)
    home.chmod(0o500)
    tmp_path.chmod(0o755)
    tmp_path.parent.chmod(0o755)
    script = (
        "open_store('memory:', root=None), __import__('encodings.ascii')  # loads all\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "from pathlib import Path\n"
        "print(len(open_store(None, root=Path(sys.argv[1]), create=False).objects()))"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys\nfrom reconciler.state.open import open_store\n"
            "import reconciler.state.files.opening\n" + script,
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )
    assert done.stdout.strip() == "3", done.stderr


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path, monkeypatch):
    def refuse(*_args, **_others):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(StateError, match="Permission denied") as caught:
        open_store(None, root=tmp_path)
    assert caught.value.hint


def test_a_file_system_without_shared_memory_is_refused(tmp_path, monkeypatch):
    fill(tmp_path)
    store = open_store(None, root=tmp_path)
    real = connection.connect

    def without(path, mode, **others):
        db = real(path, mode, **others)

        class Legacy:
            def __getattr__(self, name):
                return getattr(db, name)

            def execute(self, text, *values):
                return db.execute(text.replace("journal_mode=WAL", "page_count"), *values)

        return Legacy()

    monkeypatch.setattr(connection, "connect", without)
    with pytest.raises(StateError, match="shared memory"):
        store.begin("apply")


def test_a_permission_that_is_missing_is_told(tmp_path, monkeypatch):
    fill(tmp_path)

    def refuse(*_args, **_others):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "lstat", refuse)
    with pytest.raises(StateError, match="cannot be reached"):
        open_store(None, root=tmp_path)


def test_permissions_that_cannot_be_closed_are_told(tmp_path, monkeypatch):
    fill(tmp_path)
    (tmp_path / ".reconciler").chmod(0o755)

    def refuse(*_args, **_others):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    with pytest.raises(StateError, match="cannot be closed") as caught:
        open_store(None, root=tmp_path)
    assert "chmod 700" in caught.value.hint
