"""Killed by hand at a random time, twenty times: never more than one further run."""

import random
import signal
import time

import pytest

from tests.support.served import ALLOW, finished

KILLS = 20
SEED = 20_261_122
LATENCY = 0.1


def seconds_alone(scenario) -> float:
    """How long this machine takes when nobody kills it."""
    site = scenario.copy(latency=LATENCY)
    start = time.monotonic()
    finished(site.start("apply", *ALLOW))
    return time.monotonic() - start


@pytest.mark.slow
def test_after_a_kill_at_any_time_one_further_run_is_enough(scenario):
    """The run is slowed down so that most kills hit it writing, some of them between its writes."""
    rng = random.Random(SEED)
    longest = seconds_alone(scenario)
    cut_short = 0
    for number in range(KILLS):
        site = scenario.copy(latency=LATENCY)
        seconds = rng.uniform(0.1, 0.95) * longest
        process = site.start("apply", *ALLOW)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        cut_short += finished(process).code == -signal.SIGKILL
        site.port.app.state.latency = 0
        time.sleep(0.1)  # what had arrived is carried out
        writes = len(site.writes())
        wrong = scenario.finish(site, runs=1)
        assert wrong == [], f"kill {number} of seed {SEED}, after {seconds:.3f} s, {writes} writes"
    assert cut_short > KILLS // 2
