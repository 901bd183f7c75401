"""`--lock-timeout`: a second run waits for the first instead of being refused."""

from contextlib import closing

import pytest

from reconciler.cli.opening import locking
from reconciler.errors import StateLocked
from reconciler.state.base import Put
from reconciler.state.database.store import DatabaseStore
from reconciler.state.open import open_store
from tests.support.states import do, owned


@pytest.fixture
def locked(monkeypatch):
    """Refuse the next so many runs, as another one holds the state."""
    monkeypatch.setattr(locking, "_LOOK_SECONDS", 0.0)
    begin = DatabaseStore.begin
    left = [0]

    def refuse(store, *arguments, **options):
        if left[0]:
            left[0] -= 1
            raise StateLocked("the state is locked by ci@runner pid 7: `apply`", hint="Wait.")
        return begin(store, *arguments, **options)

    monkeypatch.setattr(DatabaseStore, "begin", refuse)
    return left


APPLY = ("apply", "--emulate", "--auto-approve")


def test_an_apply_waits_as_long_as_it_was_told(project, run, locked):
    locked[0] = 3
    result = run(*APPLY, "--lock-timeout", "10m")
    assert result.code == 0, result.err
    assert result.err.count("waiting: the state is locked by ci@runner pid 7: `apply`") == 1
    assert locked == [0]


def test_without_it_the_second_run_is_refused_at_once(project, run, locked):
    locked[0] = 1
    result = run(*APPLY, "--output", "json")
    assert result.json["error"]["code"] == "state-locked"
    assert locked == [0]


def test_what_is_no_duration_is_refused(project, run):
    result = run(*APPLY, "--lock-timeout", "10")
    assert result.code == 64


EDITS = {
    "mv": ("nhn/Template/one", "nhn/Template/another"),
    "rm": ("nhn/Template/one",),
    "push": ("{copy}", "--force"),
    "restore": ("{copy}", "--lineage", "{lineage}", "--auto-approve"),
    "migrate": ("--to", "{target}"),
}


@pytest.mark.parametrize("verb", EDITS)
def test_what_puts_state_right_waits_too(project, run, tmp_path, locked, verb):
    with closing(open_store(None, root=project)) as store, store.begin("apply") as begun:
        do(begun.settle(Put(row=owned("one"))))
        begun.finish("done", {})
        lineage = store.lineage[:12]
    copy, target = tmp_path / "state.copy", f"sqlite:///{tmp_path}/elsewhere/state.db"
    assert run("state", "backup", "--out", copy).code == 0
    words = [word.format(copy=copy, lineage=lineage, target=target) for word in EDITS[verb]]
    locked[0] = 2
    assert run("state", verb, *words).code == 1
    result = run("state", verb, *words, "--lock-timeout", "10m")
    assert result.code == 0, result.err
    assert "waiting: the state is locked by ci@runner pid 7: `apply`" in result.err
    assert locked == [0]


TAKING = ["apply", "destroy", "import", "drift", "verify", "dns"]
EDITING = ["mv", "rm", "resolve", "trust", "push", "restore", "migrate", "rekey"]


def test_every_command_that_takes_the_lock_offers_it(run):
    commands = [(each,) for each in TAKING] + [("state", each) for each in EDITING]
    lacking = [each for each in commands if "--lock-timeout" not in run(*each, "--help").out]
    assert not lacking
