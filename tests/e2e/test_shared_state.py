"""State in S3 and PostgreSQL, as CI jobs use it: no disk that stays, several machines, kills."""

import shutil
import signal

import pytest

from tests.support.object_stores import S3
from tests.support.postgres import Bouncer, Server
from tests.support.recipients import ANN, BEN, EVE
from tests.support.served import ALLOW, Killer, Site, check_all, finished

STORES = {"s3": S3, "postgres": Server} | ({"pgbouncer": Bouncer} if Bouncer.GIVEN else {})


@pytest.fixture(scope="module", params=STORES)
def server(request):
    running = STORES[request.param]()
    yield running
    running.stop()


@pytest.fixture
def shared(server, create):
    """Return what lets a site keep its state on the server; each scenario's start has none."""

    def share(site, url=None):
        url = url or server.place()
        site.edit("reconciler.yaml", "spec:\n", f'spec:\n  state: "{url}"\n')
        site.environ |= server.environment
        return site

    return share


def another_machine(site, name):
    """A second checkout: the manifests, and nothing of what a run leaves beside them."""
    root = site.root.parent / name
    left = shutil.ignore_patterns(".reconciler", "secrets")
    shutil.copytree(site.root, root, ignore=left)
    twin = Site(root, site.port, preloaded=site.preloaded)
    twin.environ |= site.environ
    return twin


def test_what_one_machine_applied_another_plans_nothing_for(create, shared):
    site = shared(create.copy())
    done = site.apply()
    assert done.code == 0, done.both
    assert site.objects() == create.objects
    assert not (site.root / ".reconciler" / "state.db").exists()
    listed = site.run("state", "list", "--output", "json").json
    other = another_machine(site, "other")
    shutil.copytree(site.root / "secrets", other.root / "secrets")
    assert other.run("state", "list", "--output", "json").json == listed
    planned = other.run("plan", "--detailed-exitcode")
    assert planned.code == 0, planned.both
    assert "the state's key lies in the store itself" in planned.said
    assert "nothing to remove" in other.run("state", "gc").out


def encrypted(site, *people):
    """Let a site name recipients of its state, and be the first of them."""
    names = ", ".join(each.recipient for each in people)
    text = (site.root / "reconciler.yaml").read_text()
    before = next((line for line in text.splitlines() if "stateEncryption" in line), "spec:")
    line = f"  stateEncryption: {{recipients: [{names}]}}"
    site.edit("reconciler.yaml", before, f"spec:\n{line}" if before == "spec:" else line)
    site.environ |= people[0].environ
    return site


def test_an_encrypted_state_is_shared_by_its_recipients_alone(create, shared):
    site = encrypted(shared(create.copy()), ANN, BEN)
    done = site.apply()
    assert done.code == 0, done.both
    other = another_machine(site, "other")
    shutil.copytree(site.root / "secrets", other.root / "secrets")
    other.environ |= BEN.environ
    planned = other.run("plan", "--detailed-exitcode")
    assert planned.code == 0, planned.both
    assert "lies in the store itself" not in planned.said
    other.environ |= EVE.environ
    assert other.run("plan", "--output", "json").json["error"]["code"] == "state-locked-key"
    encrypted(site, ANN, EVE)
    assert "to others than spec.stateEncryption names" in site.run("plan").said
    assert site.run("state", "rekey").code == 0
    assert "stateEncryption names" not in site.run("plan").said
    assert other.run("plan", "--detailed-exitcode").code == 0
    other.environ |= BEN.environ
    assert other.run("plan").code == 1


def test_two_machines_at_once_make_everything_once(create, shared):
    site = shared(create.copy())
    other = another_machine(site, "other")
    first, second = site.start("apply", *ALLOW), other.start("apply", *ALLOW)
    results = [finished(first), finished(second)]
    assert min(each.code for each in results) == 0, [each.both for each in results]
    for each in results:
        if each.code:
            assert "the state is locked by" in each.err or "has just begun" in each.err, each.both
    assert site.objects() == create.objects


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "which", [slice(0, None, 30), pytest.param(slice(5, None, 6), marks=pytest.mark.slow)]
)
def test_whatever_write_is_killed_the_next_run_converges(create, server, shared, moment, which):
    def check(write):
        killer = Killer(wanted=write, moment=moment)
        site = shared(create.copy(on_request=killer))
        if moment == "after":  # of an encrypted state, as well
            encrypted(site, ANN, BEN)
        process = site.start("apply", *ALLOW)
        killer.pid = process.pid
        killed = finished(process)
        assert killed.code == -signal.SIGKILL, killed.both
        if not server.tells_deaths:
            locked = site.run("apply", *ALLOW, "--output", "json")
            assert locked.json["error"]["code"] == "state-locked"
            assert site.run("state", "unlock").code == 0
        return create.finish(site, runs=1)

    check_all(create.writes[which], check)
