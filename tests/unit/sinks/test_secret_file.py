"""How a file of secrets is reached and written: safely, at once or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import subprocess

import pytest

from reconciler.errors import SinkError
from reconciler.model.secret import Secret
from reconciler.sinks import secret_file, tracked
from reconciler.sinks.registry import sink_for

CANARY = "canary-77aa01"
DOCUMENT = {"key": Secret(CANARY)}
OLD = {"key": Secret("old")}


def sink_of(root, path="secrets/key", failpoints=secret_file.no_failpoints):
    return sink_for({"file": path}, root, failpoints=failpoints)


def refused(sink, said: str) -> SinkError:
    """Check that probe and delivery both refuse, with a way out and without the secret."""
    for use in (sink.probe, lambda: sink.deliver(DOCUMENT)):
        with pytest.raises(SinkError, match=said) as caught:
            use()
        assert caught.value.hint
        assert CANARY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_folder_and_file_are_closed_to_others_under_any_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        sink = sink_of(tmp_path, "a/b/key")
        sink.probe()
        sink.deliver(DOCUMENT)
    finally:
        os.umask(before)
    modes = {
        str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode)
        for path in tmp_path.rglob("*")
    }
    assert modes == {"a": 0o700, "a/b": 0o700, "a/b/key": 0o600}


def test_the_probe_leaves_the_file_as_it_is(tmp_path):
    sink = sink_of(tmp_path)
    sink.deliver(OLD)
    before = (tmp_path / "secrets/key").stat()
    sink.probe()
    assert (tmp_path / "secrets/key").stat() == before
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["key"]


@pytest.mark.parametrize("use", ["probe", "deliver"])
def test_what_a_killed_delivery_left_is_removed_and_nothing_else(tmp_path, use):
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    kept = {".key.tmp", ".other.0123456789ab.tmp", ".key.0123456789abc.tmp", "key.0123456789ab.tmp"}
    for name in {*kept, ".key.0123456789ab.tmp"}:
        (folder / name).write_text(CANARY)
    sink = sink_of(tmp_path)
    sink.probe() if use == "probe" else sink.deliver(DOCUMENT)
    assert {path.name for path in folder.iterdir()} - {"key"} == kept


def test_reading_makes_no_folder(tmp_path):
    assert not sink_of(tmp_path).holds(DOCUMENT)
    assert list(tmp_path.iterdir()) == []


def test_a_symbolic_link_as_target_is_refused(tmp_path):
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "elsewhere").write_text("x")
    (tmp_path / "secrets/key").symlink_to(tmp_path / "elsewhere")
    refused(sink_of(tmp_path), "symbolic link")
    assert (tmp_path / "elsewhere").read_text() == "x"


def test_a_linked_folder_may_not_lead_out_of_the_project(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "secrets").symlink_to(outside)
    refused(sink_of(root), "leads out of the project")
    refused(sink_of(root, "../outside/key"), "leads out of the project")
    assert list(outside.iterdir()) == []


def test_a_folder_that_becomes_a_link_after_the_look_is_refused(tmp_path, monkeypatch):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "secrets").symlink_to(outside)
    monkeypatch.setattr(secret_file, "followed", lambda path: path)  # as it was a moment before
    refused(sink_of(root), "cannot be written")
    assert list(outside.iterdir()) == []


def test_a_linked_folder_inside_the_project_is_followed(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "secrets").symlink_to(tmp_path / "real")
    sink_of(tmp_path).deliver(DOCUMENT)
    assert (tmp_path / "real/key").read_text() == CANARY


def test_an_absolute_path_may_lie_outside_the_project(tmp_path):
    (tmp_path / "root").mkdir()
    sink = sink_of(tmp_path / "root", str(tmp_path / "new/folder/key"))
    sink.deliver(DOCUMENT)
    assert sink.holds(DOCUMENT)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o775])
def test_a_folder_that_others_may_write_is_refused(tmp_path, mode):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets").chmod(mode)
    error = refused(sink_of(tmp_path), "writable by others")
    assert f"chmod go-w {tmp_path}/secrets" in error.hint


def test_a_sticky_folder_is_taken_as_nobody_can_exchange_files_of_others_there(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets").chmod(0o1777)
    sink_of(tmp_path).deliver(DOCUMENT)


def test_what_belongs_to_another_user_is_refused(tmp_path, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("gives a file away")
    sink = sink_of(tmp_path)
    sink.deliver(OLD)
    os.chown(tmp_path / "secrets/key", 65534, 65534)
    refused(sink, "belongs to user 65534")
    os.chown(tmp_path / "secrets", 65534, 65534)
    refused(sink, "folder of secrets/key belongs to user 65534")


@pytest.mark.parametrize("kind", ["folder", "fifo", "device"])
def test_what_is_not_a_regular_file_is_refused(tmp_path, kind):
    if kind == "device":
        refused(sink_of(tmp_path, "/dev/null"), "not a regular file")
        return
    (tmp_path / "secrets").mkdir(mode=0o700)
    make = {"folder": os.mkdir, "fifo": os.mkfifo}[kind]
    make(tmp_path / "secrets/key")
    refused(sink_of(tmp_path), "not a regular file")


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "secrets").write_text("")
    refused(sink_of(tmp_path), "Not a directory")


def test_a_huge_target_is_refused(tmp_path, monkeypatch):
    sink = sink_of(tmp_path)
    sink.deliver(DOCUMENT)
    monkeypatch.setattr(secret_file, "MAX_BYTES", 5)
    refused(sink, "too large")


# --- git ---


def git(root, *arguments):
    subprocess.run(
        ["git", "-C", str(root), *arguments],
        check=True,
        capture_output=True,
        env=os.environ
        | {
            f"GIT_{who}_{what}": "t@t"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    )


@pytest.fixture
def repository(tmp_path):
    if not shutil.which("git"):
        pytest.skip("needs git")
    git(tmp_path, "init", "-q")
    (tmp_path / ".env").write_text("A=1\n")
    git(tmp_path, "add", ".env")
    return tmp_path


def test_a_file_that_git_tracks_is_refused(repository, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    error = refused(sink_of(repository, ".env"), "tracked by git")
    assert "git rm --cached .env" in error.hint
    (repository / ".env").unlink()
    refused(sink_of(repository, ".env"), "tracked by git")


def test_an_untracked_file_in_a_repository_is_taken(repository):
    sink_of(repository, "new/folder/.env").deliver(DOCUMENT)


def test_what_git_does_not_answer_counts_as_tracked(repository, monkeypatch):
    def slow(*_args, **_others):
        raise subprocess.TimeoutExpired("git", 10)

    sink = sink_of(repository, "secrets/key")
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", slow)
        assert "git status" in refused(sink, "not known: git gave no answer in 10 s").hint
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "which", lambda _name: None)
        refused(sink, "not known: git is not installed")
    (repository / ".git" / "index").write_bytes(b"no index")
    refused(sink, "not known: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", [".env", "secrets/key"])
def test_a_repository_of_another_user_is_asked_all_the_same(repository, name):
    os.chown(repository / ".git", 1234, 1234)
    if name == ".env":
        refused(sink_of(repository, name), "tracked by git")
    else:
        sink_of(repository, name).deliver(DOCUMENT)


def test_no_program_is_run_outside_a_repository(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    assert not tracked.is_tracked(tmp_path / ".env")


# --- failures ---


class Nth:
    """Raises at the nth effect."""

    def __init__(self, nth: int = 0, error: BaseException | None = None):
        self.nth = nth
        self.error = error
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.nth and self.error:
            raise self.error


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
def effects(tmp_path):
    """The names of all effects of a delivery over an old file."""
    (tmp_path / "count").mkdir()
    sink_of(tmp_path / "count").deliver(OLD)
    counted = Nth()
    sink_of(tmp_path / "count", failpoints=counted).deliver(DOCUMENT)
    return counted.names


@pytest.mark.parametrize(
    "failure",
    [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "I/O"), Crash()],
)
def test_a_failure_at_any_effect_leaves_the_old_or_the_new_file_and_no_other(
    tmp_path, effects, failure
):
    assert {"make file:before", "rename:before", "rename:after", "read"} <= set(effects)
    for nth in range(1, len(effects) + 1):
        root = tmp_path / str(nth)
        root.mkdir()
        sink_of(root).deliver(OLD)
        with pytest.raises((SinkError, Crash)) as caught:
            sink_of(root, failpoints=Nth(nth, failure)).deliver(DOCUMENT)
        assert CANARY not in str(caught.value)
        assert [path.name for path in (root / "secrets").iterdir()] == ["key"]
        assert sink_of(root).holds(OLD) != sink_of(root).holds(DOCUMENT)
        sink_of(root).deliver(DOCUMENT)
        assert sink_of(root).holds(DOCUMENT)


def test_a_failure_at_any_effect_of_the_probe_says_so_and_leaves_nothing(tmp_path):
    counted = Nth()
    (tmp_path / "count").mkdir()
    sink_of(tmp_path / "count", failpoints=counted).probe()
    for nth in range(1, len(counted.names) + 1):
        root = tmp_path / str(nth)
        root.mkdir()
        sink = sink_of(root, failpoints=Nth(nth, OSError(errno.EROFS, "Read-only file system")))
        with pytest.raises(SinkError, match="Read-only"):
            sink.probe()
        assert not [path for path in root.rglob("*") if path.is_file()]


def test_a_folder_that_forgets_what_is_written_is_noticed(tmp_path, monkeypatch):
    sink = sink_of(tmp_path)
    sink.deliver(OLD)
    monkeypatch.setattr(secret_file, "_read_file", lambda *_: b"something else")
    with pytest.raises(SinkError, match="does not keep"):
        sink.probe()
    with pytest.raises(SinkError, match="did not keep"):
        sink.deliver(DOCUMENT)


def test_a_folder_that_stays_locked_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(secret_file, "_PATIENCE", 0.02)
    sink = sink_of(tmp_path)
    sink.probe()
    held = os.open(tmp_path / "secrets", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    refused(sink, "locked")
    os.close(held)
    sink.deliver(DOCUMENT)
