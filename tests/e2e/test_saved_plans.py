"""`apply --plan` in whole processes: at the same moment, and killed before its first write."""

import signal

from tests.support.served import ALLOW, Killer, finished


def planned(site):
    """Save a plan beside the manifests; returns its file."""
    file = site.root / "deploy.plan"
    result = site.run("plan", "--out", str(file))
    assert result.code == 0, result.err
    return str(file)


def test_of_two_at_once_one_applies_it(create):
    site = create.copy()
    file = planned(site)
    both = [site.start("apply", "--output", "json", *ALLOW, "--plan", file) for _ in range(2)]
    first, second = sorted(map(finished, both), key=lambda result: result.code)
    assert first.code == 0, first.err
    assert second.code == 1
    assert second.json["error"]["code"] in {"plan-used", "plan-stale", "state-locked"}
    assert site.converged()
    again = site.run("apply", "--output", "json", *ALLOW, "--plan", file)
    assert again.json["error"]["code"] == "plan-used"


def test_one_that_was_killed_before_its_first_write_is_used(create):
    killer = Killer(wanted=create.writes[0], moment="before")
    site = create.copy(on_request=killer)
    file = planned(site)
    process = site.start("apply", *ALLOW, "--plan", file)
    killer.pid = process.pid
    assert finished(process).code == -signal.SIGKILL
    assert killer.struck
    again = site.run("apply", "--output", "json", *ALLOW, "--plan", file)
    assert again.code == 1
    assert again.json["error"]["code"] == "plan-used"
    assert "`reconciler apply`" in again.json["error"]["hint"]
    assert create.finish(site, runs=1) == []
