"""Signals, and two runs at once."""

import re
import signal
import threading
import time

import pytest

from reconciler.engine.applying.crew import GRACE_SECONDS
from tests.support.served import ALLOW, finished, identity, is_write

SLOW = 0.6
LONG_BEFORE_THE_ANSWER = 20
"""Seconds; the client gives an answer that never comes 30."""


class Seen:
    """Notices the first write."""

    def __init__(self):
        self.event = threading.Event()

    def __call__(self, moment, log):
        if is_write(log):
            self.event.set()

    def wait(self):
        assert self.event.wait(30)


def started(scenario, **options):
    """Start an apply on a slow emulator and wait until it writes."""
    seen = Seen()
    site = scenario.copy(on_request=seen, latency=SLOW, **options)
    process = site.start("apply", *ALLOW)
    seen.wait()
    time.sleep(SLOW / 2)  # the first answers are stored, the next requests on their way
    return site, process


def last_run(site):
    return site.run("state", "history", "--output", "json").json["runs"][0]


def in_doubt(site):
    return site.run("state", "list", "--output", "json").json["inDoubt"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_with_nothing_in_doubt_and_the_next_run_converges(change, number):
    site, process = started(change)
    process.send_signal(number)
    result = finished(process)
    assert result.code == 128 + number, result.both
    assert "Run the same command again to go on" in result.err
    assert last_run(site)["outcome"] == "stopped"
    assert in_doubt(site) == []
    site.port.app.state.latency = 0
    assert change.finish(site, runs=1) == []


def hanging(scenario):
    """Start an apply whose first write is carried out and never answered."""
    rules = [{"method": "POST", "body": "AddDomain", "fault": "hang", "executed": True}]
    seen = Seen()
    site = scenario.copy(on_request=seen)
    site.port.app.state.faults.replace(rules)
    process = site.start("apply", *ALLOW)
    deadline = time.monotonic() + 30
    while not any("AddDomain" in write for write in site.writes()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return site, process


def test_a_signal_does_not_wait_for_an_answer_that_never_comes(create):
    site, process = hanging(create)
    process.send_signal(signal.SIGTERM)
    assert finished(process, timeout=LONG_BEFORE_THE_ANSWER).code == 143
    site.port.app.state.faults.replace([])
    assert create.finish(site, runs=1) == []


def test_a_second_signal_ends_the_process_at_once(create):
    site, process = hanging(create)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert finished(process).code == 130
    assert time.monotonic() - begun < GRACE_SECONDS - 0.3
    site.port.app.state.faults.replace([])
    assert create.finish(site, runs=1) == []


def stop(process):
    """Freeze a process; nothing more of it arrives after this."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.1)


def test_of_two_applies_at_once_one_sends_nothing_and_names_the_other(create):
    site, first = started(create)
    stop(first)
    before = len(site.port.app.state.requests)
    second = site.apply()
    assert second.code == 1
    assert re.search(rf"the state is locked by \S+@\S+ pid {first.pid}\b.*`apply`", second.err)
    assert "`reconciler state unlock`" in second.err
    assert len(site.port.app.state.requests) == before
    first.send_signal(signal.SIGCONT)
    assert finished(first).code == 0
    assert create.leftovers(site) == []


def test_a_run_whose_lock_was_taken_away_stops_and_its_successor_converges(create):
    site, first = started(create)
    stop(first)
    time.sleep(SLOW)  # what it sent is carried out
    unlocked = site.run("state", "unlock")
    assert unlocked.code == 0
    assert f"pid {first.pid}" in unlocked.out
    site.port.app.state.latency = 0
    wrong = create.finish(site, runs=1)
    before = [identity(log) for log in site.port.app.state.requests if is_write(log)]
    first.send_signal(signal.SIGCONT)
    result = finished(first)
    assert result.code != 0
    assert "reconciler" in result.err
    assert site.writes() == before, "a run without its lock has written"
    assert wrong + create.leftovers(site) == []
