"""A run that dies at any of its effects: what was promised is there, and the next run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from reconciler.state.failpoints import no_failpoints
from reconciler.state.postgres.opening import open_state
from reconciler.state.postgres.url import connect, parse
from tests.support.crash_postgres import Mortal
from tests.support.states import check_promises, whole_run

KILLED = """
import os, sys
from functools import partial
from pathlib import Path
from reconciler.state.open import open_store
from tests.support.states import whole_run
seen = 0
def kill(_name):
    global seen
    seen += 1
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
whole_run(partial(open_store, sys.argv[1], root=Path("/nonexistent")), kill, [])
"""


class Crash(BaseException):
    """The process dies here."""


class Dying:
    """A process that dies at its nth effect, its connections with it; counts them all."""

    def __init__(self, place, nth=0):
        self.url = parse(place, "")
        self.nth = nth
        self.names = []
        self.promised = []
        self._connections = Mortal(partial(connect, self.url))

    def __call__(self, name):
        self.names.append(name)
        if self.nth and len(self.names) >= self.nth:
            self._connections.die()
            raise Crash

    def run(self):
        opened = partial(open_state, self.url, self._connections, environ=os.environ)
        whole_run(opened, self, self.promised)

    def bury(self):
        self._connections.close()


WAIT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def check(place, promised):
    url = parse(place, "")
    with connect(url) as db:  # the server may take a moment to end the sessions of the dead
        db.execute("SET lock_timeout TO '30s'")
        db.execute(WAIT, (f"reconciler {url.schema}",))
    store = open_state(url, partial(connect, url), failpoints=no_failpoints, environ=os.environ)
    check_promises(store, promised)
    store.close()


@pytest.fixture
def effects(postgres18):
    """The names of all effects of a run."""
    lives = Dying(postgres18.place())
    lives.run()
    lives.bury()
    return lives.names


def test_a_crash_at_any_effect_loses_nothing_that_was_promised(postgres18, effects):
    for kind in ("make database", "begin", "intend", "respond", "settle", "commit", "finish"):
        assert any(name.startswith(kind) for name in effects), kind
    for nth in range(1, len(effects) + 1):
        place = postgres18.place()
        dying = Dying(place, nth)
        with pytest.raises(Crash):
            dying.run()
        check(place, dying.promised)
        dying.bury()


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_process_that_is_killed_at_any_effect_leaves_a_state_to_go_on_with(
    postgres18, effects, step
):
    for nth in range(1, len(effects) + 1, step):
        place = postgres18.place()
        done = subprocess.run(
            [sys.executable, "-c", KILLED, place, str(nth)],
            env=os.environ | {"PYTHONPATH": str(Path.cwd())},
            check=False,
        )
        assert done.returncode == -9
        check(place, [])
