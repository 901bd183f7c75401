"""SIGKILL at the instant before and after every single write, then the same command again."""

import signal

import pytest

from tests.support.served import ALLOW, Killer, check_all, finished

PARTS = 7


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "part", [0, *(pytest.param(number, marks=pytest.mark.slow) for number in range(1, PARTS))]
)
def test_whatever_write_is_killed_the_next_run_converges(scenario, moment, part):
    def check(write):
        killer = Killer(wanted=write, moment=moment)
        site = scenario.copy(on_request=killer)
        process = site.start("apply", *ALLOW)
        killer.pid = process.pid
        killed = finished(process)
        assert killer.struck, f"{write} did not come\n{killed.err}"
        assert killed.code == -signal.SIGKILL
        return scenario.finish(site, runs=1)

    check_all(scenario.writes[part::PARTS], check)


def test_a_replacement_also_deletes_what_the_killed_one_had_replaced(change):
    """Nobody knows the new password: the access is adopted and replaced once more."""
    [write] = [each for each in change.writes if "AddSMTP" in each]
    killer = Killer(wanted=write, moment="after")
    site = change.copy(on_request=killer)
    process = site.start("apply", *ALLOW)
    killer.pid = process.pid
    finished(process)
    asked = site.apply()
    assert asked.code == 4
    change.adopt(site, asked)
    assert site.apply().code == 0
    assert change.leftovers(site) == []
