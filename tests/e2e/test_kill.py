"""SIGKILL at the instant before and after every single write, then the same command again."""

import signal

import pytest

from tests.support.served import ALLOW, Killer, check_all, finished, identity

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


class OfContacts(Killer):
    """Kills at the first request that creates contacts."""

    def __call__(self, moment, log):
        if log.method == "POST" and log.path.endswith("/uids"):
            self.wanted = identity(log)
            super().__call__(moment, log)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_request_that_creates_several_contacts_leaves_each_once(create, moment):
    killer = OfContacts(wanted="", moment=moment)
    site = create.copy(on_request=killer)
    (site.root / "manifests/mail/gateway.yaml").unlink()  # of which a person may have to say
    names = ("lee", "park", "choi")
    manifest = "kind: Contact\nmetadata: {{name: {}}}\nspec: {{tags: [staff]}}\n"
    texts = ["apiVersion: reconciler/v1\n" + manifest.format(name) for name in names]
    (site.root / "manifests/sms/more.yaml").write_text("---\n".join(texts))
    process = site.start("apply", *ALLOW)
    killer.pid = process.pid
    assert finished(process).code == -signal.SIGKILL
    again = site.apply()
    assert again.code == 0, again.both
    uids = [
        row["uid"]
        for n, rows in site.stored().items()
        if n.endswith("/uids")
        for row in rows.values()
    ]
    assert sorted(uids) == sorted(["kim", *names])
    assert len([each for each in site.writes() if "/uids" in each]) == (
        2 if moment == "before" else 1
    )
    assert site.converged()
