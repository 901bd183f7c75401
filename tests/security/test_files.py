"""What is written to disk: for its owner alone, where it belongs, and tamper-evident."""

import os
import re
import shutil
import sqlite3
import stat
import subprocess

import pytest

from reconciler.model.secret import Secret
from reconciler.sinks.registry import sink_for
from tests.support.served import Site


def modes(folder):
    """Mode by path below a folder, of all but the project's own files."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_state_and_secrets_are_private_under_any_umask(site, umask):
    for words in (("apply", "--auto-approve"), ("plan",)):
        result = site.run(*words, umask=umask)
        assert result.code == 0, result.both
    for folder in (".reconciler", "secrets"):
        assert stat.S_IMODE((site.root / folder).stat().st_mode) == 0o700
        found = modes(site.root / folder)
        assert found
        open_to_others = {path: oct(mode) for path, mode in found.items() if mode & 0o077}
        assert open_to_others == {}
    assert {path.name for path in (site.root / "secrets").iterdir()} == {
        "shop-key",
        "legacy-app.env",
        "hooks.env",
    }


def test_the_rehearsals_data_is_private_as_well(site):
    assert site.run("apply", "--emulate", "--auto-approve", umask=0).code == 0
    found = modes(site.root / ".reconciler")
    assert "emulated/emulator.db" in found
    assert {path: oct(mode) for path, mode in found.items() if mode & 0o077} == {}


def test_a_state_folder_that_was_opened_to_others_is_closed_again(applied):
    folder = applied.root / ".reconciler"
    folder.chmod(0o777)
    for path in (folder / "state.db", folder / "key"):
        path.chmod(0o666)
    assert applied.apply().code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in (folder / "state.db", folder / "key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", [".reconciler", ".reconciler/state.db", ".reconciler/key"])
def test_a_state_that_is_a_symbolic_link_is_refused(applied, name):
    path, elsewhere = applied.root / name, applied.root.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    result = applied.apply()
    assert result.code == 1
    assert "symbolic link" in result.err
    assert applied.port.app.state.requests == []


# --- sinks ----------------------------------------------------------------------------------------


def linked_file(_site, secrets):
    (secrets / "shop-key").symlink_to(secrets / "other")
    return "symbolic link"


def linked_file_outside(site, secrets):
    (secrets / "shop-key").symlink_to(site.root.parent / "stolen")
    return "leads out of the project's root"


def linked_folder(site, secrets):
    secrets.rmdir()
    outside = site.root.parent / "outside"
    outside.mkdir()
    secrets.symlink_to(outside)
    return "leads out of the project's root"


def open_folder(_site, secrets):
    secrets.chmod(0o777)
    return "writable by others"


def tracked(site, secrets):
    (secrets / "shop-key").write_text("")
    for words in (["init", "-q"], ["add", "-f", "secrets/shop-key"]):
        subprocess.run(["git", *words], cwd=site.root, check=True, capture_output=True)
    return "tracked by git"


def a_pipe(_site, secrets):
    os.mkfifo(secrets / "shop-key")
    return "regular file"


def a_folder(_site, secrets):
    (secrets / "shop-key").mkdir()
    return "regular file"


@pytest.mark.parametrize(
    "trap",
    [
        linked_file,
        linked_file_outside,
        linked_folder,
        open_folder,
        tracked,
        a_pipe,
        a_folder,
    ],
)
def test_no_key_is_made_that_could_not_be_delivered_safely(site, trap):
    if trap is tracked and shutil.which("git") is None:
        pytest.skip("no git")
    secrets = site.root / "secrets"
    secrets.mkdir(mode=0o700)
    said = trap(site, secrets)
    result = site.apply()
    assert result.code == 1, result.both
    assert said in result.both
    assert "shop-key" in result.both or "secrets" in result.both
    assert site.writes() == []
    assert not (site.root.parent / "stolen").exists()


def test_other_lines_of_a_delivered_file_stay(site):
    path = site.root / "secrets" / "legacy-app.env"
    path.parent.mkdir(mode=0o700)
    path.write_text("# ours\nOTHER='x y'\nSMTP_PASSWORD=old\n")
    path.chmod(0o644)
    assert site.apply().code == 0
    assert site.undelivered() == []
    assert path.read_text().startswith("# ours\nOTHER='x y'\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# --- audit ----------------------------------------------------------------------------------------


def test_every_write_is_on_record_with_who_ordered_it(site):
    site.environ |= {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "example/messaging",
        "GITHUB_RUN_ID": "4711",
    }
    assert site.apply().code == 0
    told = site.run("state", "history", "--operations", "-n", "1000", "--output", "json").json
    operations = told["operations"]
    assert len(operations) == len(site.writes())
    assert len({each["operation"] for each in operations}) == len(operations)
    runs = site.run("state", "history", "--output", "json").json["runs"]
    assert re.search(
        r"@\S+ pid \d+ https://github.com/example/messaging/actions/runs/4711", str(runs)
    )


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
        "DELETE FROM events WHERE seq = (SELECT max(seq) - 3 FROM events)",
        "UPDATE events SET detail = detail || ' ' WHERE seq = (SELECT max(seq) FROM events)",
        "UPDATE runs SET actor = 'somebody else'",
        "UPDATE journal SET outcome = 'absent' WHERE opened = (SELECT max(opened) FROM journal)",
        "DELETE FROM journal WHERE opened = (SELECT min(opened) FROM journal)",
        "UPDATE objects SET remote_id = '4711' WHERE address = 'nhn/Tag/staff'",
        "DELETE FROM watches; DELETE FROM objects WHERE address = 'nhn/Tag/staff'",
        "UPDATE state SET epoch = epoch - 1",
    ],
)
def test_a_record_that_was_changed_or_removed_is_noticed(applied, statement):
    db = sqlite3.connect(applied.root / ".reconciler" / "state.db", isolation_level=None)
    db.executescript(statement)
    assert db.total_changes
    db.close()
    result = applied.apply()
    assert result.code == 1, result.both
    assert "`cp " in result.err
    assert applied.port.app.state.requests == []


# --- whose is it ----------------------------------------------------------------------------------


def test_a_second_state_takes_over_nothing_that_differs(applied, port, preloaded):
    other = Site(applied.root.parent / "other", port, preloaded=preloaded)
    other.edit("manifests/sms/templates.yaml", "Receipts, codes", "Taken over")
    before = applied.objects()
    result = other.apply()
    assert result.code != 0, result.both
    assert "gateway/ApiKey/shop" in result.both
    assert applied.objects() == before
    assert applied.converged()


def test_a_second_state_takes_over_no_secret_and_makes_none_of_its_own(applied, port, preloaded):
    """Nothing else stops this plan: what the first state made is live, and as wanted."""
    other = Site(applied.root.parent / "other", port, preloaded=preloaded)
    before = applied.objects()
    result = other.apply()
    assert result.code == 4, result.both
    for address in ("gateway/ApiKey/shop", "gateway/SmtpConfig/legacy-app"):
        assert f"reconciler state resolve {address} --adopt" in " ".join(result.both.split())
    assert applied.objects() == before
    assert not list((other.root / "secrets").glob("*key*"))
    owned = other.run("state", "list").out
    assert "gateway/ApiKey/" not in owned
    assert "gateway/SmtpConfig/" not in owned
    assert applied.converged()


def test_a_sinks_content_is_made_exclusively_and_synced_before_it_gets_its_name(
    tmp_path, monkeypatch
):
    """No name that somebody put there is opened, and no power cut leaves a renamed empty file."""
    told = []

    def opened(path, flags, *more, **others):
        if flags & os.O_CREAT:
            told.append(("make", bool(flags & os.O_EXCL) and bool(flags & os.O_NOFOLLOW)))
        return real_open(path, flags, *more, **others)

    def synced(descriptor):
        told.append(("sync", stat.S_ISDIR(os.fstat(descriptor).st_mode)))
        real_sync(descriptor)

    def renamed(*names, **others):
        told.append(("rename", True))
        real_rename(*names, **others)

    real_open, real_sync, real_rename = os.open, os.fsync, os.rename
    (tmp_path / "secrets").mkdir(mode=0o700)
    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    sink_for({"file": "secrets/key"}, tmp_path).deliver({"key": Secret("canary-of-a-sink")})
    assert told == [("make", True), ("sync", False), ("rename", True), ("sync", True)]
