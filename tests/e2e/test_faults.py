"""Every single write meets every fault once: two runs at most, and all is as without the fault."""

from itertools import product

import pytest

from tests.support.served import Strike

PARTS = 41
FAULTS = {
    "dropped before it is carried out": {"fault": "drop-before"},
    "dropped after it is carried out": {"fault": "drop-after"},
    "answered with 500 after it is carried out": {"fault": "status-after", "status": 500},
    "answered with 503 before it is carried out": {"fault": "status-before"},
    "answered with half a body": {"fault": "truncate"},
    "answered with half a body and a broken connection": {"fault": "truncate", "cut": "connection"},
    "answered with a page for people": {"fault": "html"},
    "answered with a page for people after it is carried out": {"fault": "html", "executed": True},
    "not answered in time": {"fault": "hang", "seconds": 20},
    "not answered in time, but carried out": {"fault": "hang", "seconds": 20, "executed": True},
}
RATE_LIMITS = ["header", "text", "please", "errors", "envelope", "bare", "placeholder"]
"""In the last two no wait is told: our own waits are longer."""
OCTETHS = "envelope"
"""The form that Octeth alone documents."""


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(number, marks=pytest.mark.slow) for number in range(1, PARTS))]
)
def test_two_runs_are_enough_whatever_befalls_a_write(scenario, part):
    def problems(write, fault):
        strike = Strike(FAULTS[fault], [write])
        site = scenario.copy(faults=strike)
        if "in time" in fault:
            site.limit(timeoutSeconds=2)
        wrong = scenario.finish(site, runs=2)
        return wrong if not strike.missed else ["it did not come"]

    cases = list(product(scenario.writes, FAULTS))[part::PARTS]
    found = {f"{write} is {fault}": problems(write, fault) for write, fault in cases}
    wrong = {case: each for case, each in found.items() if each}
    assert not wrong, "\n\n".join(f"{case}\n  " + "\n  ".join(each) for case, each in wrong.items())


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(each, marks=[pytest.mark.slow] if each in {"bare", "placeholder"} else [])
        for each in RATE_LIMITS
    ],
)
@pytest.mark.parametrize(
    "scenario", ["create", pytest.param("change", marks=pytest.mark.slow)], indirect=True
)
def test_one_run_is_enough_when_every_write_is_turned_away_once_by_a_rate_limit(scenario, form):
    turned_away = [write for write in scenario.writes if form != OCTETHS or "/octeth/" in write]
    assert turned_away
    strike = Strike({"fault": "rate-limit", "form": form, "seconds": 0.05}, turned_away)
    site = scenario.copy(faults=strike)
    wrong = scenario.finish(site, runs=1)
    assert not strike.missed
    assert not wrong, "\n".join(wrong)
    sent = site.writes()
    assert {write: sent.count(write) for write in turned_away} == dict.fromkeys(turned_away, 2)
