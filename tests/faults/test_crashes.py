"""A crash after any effect: commits of the journal, requests executed, sinks written."""

from __future__ import annotations

import pytest

from tests.faults import scenarios
from tests.faults.scenarios import TYPES

slow = pytest.mark.slow
STEPS = [
    *((kind, 0, 1) for kind in TYPES),
    ("octeth", 1, 2),
    *(pytest.param(kind, 1, 2, marks=slow) for kind in TYPES if kind != "octeth"),
    *(pytest.param(kind, 2, 0, marks=slow) for kind in TYPES),
]


@pytest.mark.parametrize(("provider_type", "before", "after"), STEPS)
def test_wherever_a_run_dies_the_next_one_gets_to_the_same_end(lab, provider_type, before, after):
    scenarios.write(lab, provider_type, before)
    lab.apply()
    scenarios.write(lab, provider_type, after)
    wanted = []

    def work():
        lab.apply(allow_deletes=99)
        wanted.append(lab.objects())

    def check(restarted):
        restarted.converge(runs=2, decisions=1)
        assert [restarted.objects()] == wanted
        assert provider_type != "octeth" or not after or scenarios.delivered(restarted)

    lab.crash_everywhere(work, check, effects=10)
