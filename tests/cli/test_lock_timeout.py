"""`--lock-timeout`: a second apply waits for the first instead of being refused."""

import pytest

from reconciler.cli import locking
from reconciler.errors import StateLocked
from reconciler.state.database.store import DatabaseStore


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
