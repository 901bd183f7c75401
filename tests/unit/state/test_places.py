"""Where states lie: several in one folder, under any name, and never in another file's place."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.errors import StateCorrupt, StateError
from reconciler.state.base import Put
from reconciler.state.files import shared
from reconciler.state.files.layout import Layout
from reconciler.state.open import open_store
from tests.support.states import do, everything, owned


def put(root, url, *names):
    store = open_store(url, root=root)
    with store.begin("apply") as run:
        for name in names:
            do(run.settle(Put(row=owned(name))))
    lineage = store.lineage
    store.close()
    return lineage


def names(root, url):
    store = open_store(url, root=root, create=False)
    try:
        return {str(address) for address in store.objects()}
    finally:
        store.close()


@pytest.mark.parametrize("folder", [".reconciler", "team", "."])
def test_states_in_one_folder_share_nothing(tmp_path, folder):
    urls = [f"{folder}/{name}.db" for name in ("staging", "production", "state")]
    for url in urls * 2:
        put(tmp_path, url, Path(url).stem)
    for url in urls:
        assert names(tmp_path, url) == {str(owned(Path(url).stem).address)}
    keys = list(tmp_path.rglob("key"))
    assert len({key.read_bytes() for key in keys}) == len(keys) == 3


def test_the_way_back_of_one_state_names_no_copy_of_another(tmp_path):
    for _ in range(3):
        put(tmp_path, ".reconciler/staging.db", "staging")
        put(tmp_path, None, "default")
    put(tmp_path, ".reconciler/production.db", "production")
    (tmp_path / ".reconciler/production.db").write_bytes(b"")
    with pytest.raises(StateCorrupt) as caught:
        open_store(".reconciler/production.db", root=tmp_path)
    assert "production.db.reconciler/backups" in caught.value.hint
    assert "staging" not in caught.value.hint
    assert names(tmp_path, ".reconciler/staging.db")


def as_before(root, url):
    """Put what belongs to a state where versions before kept it: beside all others."""
    layout = Layout(root / url)
    for path in layout.home.iterdir():
        path.replace(layout.db.parent / path.name)
    layout.home.rmdir()


def old(root):
    for _ in range(3):
        put(root, ".reconciler/staging.db", "staging")
    as_before(root, ".reconciler/staging.db")


def test_a_state_whose_key_lay_in_the_shared_folder_opens_and_parts_from_it(tmp_path):
    old(tmp_path)
    backups = sorted(p.name for p in (tmp_path / ".reconciler/backups").iterdir())
    assert names(tmp_path, ".reconciler/staging.db") == {str(owned("staging").address)}
    own = tmp_path / ".reconciler/staging.db.reconciler"
    assert sorted(p.name for p in (own / "backups").iterdir()) == backups
    assert not (tmp_path / ".reconciler/key").exists()
    put(tmp_path, None, "default")
    put(tmp_path, ".reconciler/staging.db", "more")
    assert len(names(tmp_path, ".reconciler/staging.db")) == 2
    assert names(tmp_path, None) == {str(owned("default").address)}


def test_another_state_s_files_in_the_shared_folder_are_left_alone(tmp_path):
    put(tmp_path, None, "default")
    put(tmp_path, ".reconciler/staging.db", "staging")
    shutil.rmtree(tmp_path / ".reconciler/staging.db.reconciler")
    with pytest.raises(StateError, match=r"key file .*staging.db.reconciler/key is missing"):
        open_store(".reconciler/staging.db", root=tmp_path).begin("apply")
    assert names(tmp_path, None) == {str(owned("default").address)}


def test_a_crash_while_parting_is_mended_by_the_next_one(make_folder, monkeypatch):
    move = shared._move
    for crash_at in range(8):
        root = make_folder()
        old(root)
        moves = iter(range(100))

        def die(source, target, moves=moves, crash_at=crash_at):
            if next(moves) == crash_at:
                raise KeyboardInterrupt
            move(source, target)

        monkeypatch.setattr(shared, "_move", die)
        try:
            open_store(".reconciler/staging.db", root=root).close()
        except KeyboardInterrupt:
            monkeypatch.setattr(shared, "_move", move)
        put(root, ".reconciler/staging.db", "more")
        assert len(names(root, ".reconciler/staging.db")) == 2
        assert not (root / ".reconciler/lineage").exists()


# --- Git ---


@pytest.mark.parametrize("name", ["team/state.db", "my states/[a]*#!?.db", "s.db", "x/  .db "])
def test_git_takes_neither_state_nor_key_nor_copies_and_the_rest_as_ever(tmp_path, name):
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    beside = [(tmp_path / name).with_name(n) for n in ("notes.md", "state.db.md", "other.db")]
    for path in beside:
        path.write_text("mine")
    put(tmp_path, name, "a")
    put(tmp_path, name, "b")
    store = open_store(name, root=tmp_path)
    with store.begin("apply"):
        subprocess.run([*git, "add", "-A"], check=True)
    listed = subprocess.run([*git, "ls-files", "-z"], check=True, capture_output=True, text=True)
    tracked = {Path(path).name for path in listed.stdout.split("\0") if path}
    assert tracked == {".gitignore", *(path.name for path in beside)}


def test_a_user_s_own_ignore_file_is_kept_and_added_to_once(tmp_path):
    (tmp_path / ".gitignore").write_bytes(b"*.log\n/build")
    put(tmp_path, "s.db", "a")
    lines = (tmp_path / ".gitignore").read_bytes().splitlines()
    assert lines[:3] == [b"*.log", b"/build", b"/s.db"]
    put(tmp_path, "s.db", "b")
    assert (tmp_path / ".gitignore").read_bytes().splitlines() == lines


# --- what is no state ---


def strangers(folder):
    text, database = folder / "passwd", folder / "browser.sqlite"
    text.write_text("root:x:0:0:root:/root:/bin/bash\n" * 20)
    (folder / "m.yaml").write_text("apiVersion: reconciler/v1\n")
    (folder / "empty").write_text("")
    (folder / "directory").mkdir()
    os.mkfifo(folder / "pipe")
    import sqlite3

    db = sqlite3.connect(database)
    db.execute("CREATE TABLE bookmarks (x)")
    db.commit()
    db.close()
    return [
        text,
        folder / "m.yaml",
        folder / "empty",
        folder / "directory",
        database,
        folder / "pipe",
    ]


@pytest.mark.parametrize("create", [True, False])
def test_what_is_no_state_is_refused_and_left_as_it_was(tmp_path, create):
    for path in strangers(tmp_path):
        path.chmod(0o755)
        before = path.stat()
        with pytest.raises(StateError, match="not a state of reconciler") as caught:
            open_store(str(path), root=tmp_path, create=create)
        after = path.stat()
        assert (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns)
        assert "mv" not in caught.value.hint
        assert "--state" in caught.value.hint
        assert not path.with_name(path.name + ".reconciler").exists()


@pytest.mark.parametrize("name", ["backups", "lineage", "lock"])
def test_links_in_place_of_what_lies_beside_the_state_are_refused(tmp_path, name):
    for _ in range(2):
        put(tmp_path, None, "a")
    path = tmp_path / ".reconciler" / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    for create in (True, False):
        with pytest.raises(StateError, match="symbolic link"):
            open_store(None, root=tmp_path, create=create)


# --- names ---


@pytest.mark.parametrize(
    "name",
    [b"\xb0\xa1", "한글".encode(), b"a b", b"100%25", b"what?mode=memory", b"a#b", b"\xff%?#"],
)
def test_folders_of_any_name_hold_a_state(tmp_path, name):
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    root.mkdir()
    put(root, None, "a")
    put(root, None, "b")
    store = open_store(None, root=root, create=False)
    assert len(everything(store)["objects"]) == 2
    store.verify()
    store.close()
    assert [path.name for path in root.iterdir()] == [".reconciler"]
    assert len(list((root / ".reconciler/backups").glob("*.db"))) == 2
