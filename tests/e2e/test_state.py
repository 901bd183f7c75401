"""A damaged state is refused with the way out; state commands need no terminal."""

import shutil
import subprocess

import pytest

PAGE = 4096


@pytest.fixture(scope="module")
def twice(create):
    """The example, applied twice, so that there is a backup worth having."""
    made = create.copy()
    assert made.apply().code == 0
    assert made.apply().code == 0
    shutil.copytree(made.root / ".reconciler", made.root.parent / "saved")
    return made


@pytest.fixture
def site(twice):
    shutil.rmtree(twice.root / ".reconciler")
    shutil.copytree(twice.root.parent / "saved", twice.root / ".reconciler")
    twice.port.serve(data=twice.root.parent / "emulator.db")
    return twice


def cut(data, at):
    return data[:at]


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


DAMAGES = {
    "is empty": lambda data: b"",
    "lacks its last page": lambda data: data[:-PAGE],
    "is cut in half": lambda data: cut(data, len(data) // 2),
    "is cut within its header": lambda data: cut(data, 50),
    "has another magic word": lambda data: flipped(data, 3),
    "has another application id": lambda data: flipped(data, 69),
    "has a damaged schema": lambda data: flipped(data, 105),
    "is something else": lambda data: b"not a database" * 1000,
    "is zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_is_refused_before_anything_is_sent_when_it(site, damage):
    state = site.root / ".reconciler" / "state.db"
    state.write_bytes(DAMAGES[damage](state.read_bytes()))
    for command in (("plan",), ("apply", "--auto-approve"), ("state", "list")):
        result = site.run(*command)
        assert result.code == 1, result.both
        assert result.err.startswith("error: ")
        assert "internal" not in result.err
        assert "`cp " in result.err
    assert site.port.app.state.requests == []


def test_a_flip_anywhere_is_refused_or_changes_nothing(site):
    state = site.root / ".reconciler" / "state.db"
    right = state.read_bytes()
    listed = site.run("state", "list", "--output", "json").json
    refused = 0
    places = range(PAGE + 11, len(right), PAGE + 97)
    for at in places:
        state.write_bytes(flipped(right, at))
        result = site.run("state", "list", "--output", "json")
        if result.code == 1:
            refused += 1
            assert "internal" not in result.err, result.err
        else:
            assert result.json == listed, f"byte {at}"
    assert refused


def test_the_printed_way_out_of_a_damaged_state_works(site, create):
    state = site.root / ".reconciler" / "state.db"
    state.write_bytes(flipped(state.read_bytes(), 105))
    refused = site.run("plan")
    way_out = refused.err.split("`")[1]
    assert way_out.startswith("cp ")
    subprocess.run(["sh", "-c", way_out], check=True, cwd=site.root)
    assert create.finish(site, runs=1) == []
    assert not [write for write in site.writes() if "POST" in write]


def test_a_state_that_is_gone_is_missed(site):
    (site.root / ".reconciler" / "state.db").unlink()
    result = site.run("plan")
    assert result.code == 1, result.both
    assert "`cp " in result.err
    assert site.port.app.state.requests == []


def test_state_commands_need_no_terminal(site):
    """Neither a controlling terminal nor streams but pipes."""
    for words, said in (
        (("state", "history"), "apply"),
        (("state", "history", "--operations"), "nhn/Tag/staff"),
        (("state", "unlock"), "No run holds the lock."),
        (("state", "mv", "nhn/Tag/staff", "nhn/Tag/team"), "is nhn/Tag/team now"),
    ):
        result = site.run(*words, start_new_session=True)
        assert result.code == 0, result.both
        assert said in result.out
    assert site.port.app.state.requests == []


def test_a_backup_is_kept_for_each_run_and_is_private(site):
    backups = sorted((site.root / ".reconciler" / "backups").iterdir())
    assert len(backups) == 2
    for path in backups:
        assert path.stat().st_mode & 0o777 == 0o600
