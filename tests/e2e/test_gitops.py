"""A team inherits an account, and keeps it by pull requests from then on: the whole way, in order."""

import shutil
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.cli.importing import Account
from tests.support.dns_servers import NameServer, Served
from tests.support.dns_world import ZONE
from tests.support.object_stores import S3
from tests.support.postgres import Server
from tests.support.served import Site

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec:
  manifests: [manifests]
  {state}
  variables:
    account: {{type: string, description: Which credentials are taken}}
    subject: {{type: string, default: "", description: Begins every message}}
  environments:
    staging: {{variables: {{account: STAGING, subject: "[test] "}}}}
    production: {{variables: {{account: PRODUCTION}}, protect: true}}
"""
PROVIDERS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: nhn}}
spec:
  type: nhncloud-sms
  baseUrl: {url}/nhncloud-sms
  credentials: {{appKey: {{fromEnv: "NHN_APP_KEY_${{var.account}}"}}}}
  limits: {{requestsPerSecond: 2000, settleSeconds: 0}}
---
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: gateway}}
spec:
  type: octeth
  baseUrl: {url}/octeth
  credentials: {{apiKey: {{fromEnv: "OCTETH_API_KEY_${{var.account}}"}}}}
  limits: {{requestsPerSecond: 2000, settleSeconds: 0}}
"""
CREDENTIALS = {
    f"{kind}_{account}": f"canary-{kind}-{account}"
    for kind in ("NHN_APP_KEY", "OCTETH_API_KEY")
    for account in ("STAGING", "PRODUCTION")
}
TEMPLATES = "manifests/nhn/templates.yaml"
DOMAINS = "manifests/gateway/sender-domains.yaml"
STAGING, PRODUCTION = ("--env", "staging"), ("--env", "production")


@dataclass(frozen=True, kw_only=True)
class State:
    """Where all machines keep state: at a URL, or in a folder that all mount."""

    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What clients of the URL need in theirs."""
    volume: Path | None = None

    @property
    def line(self):
        """What the project says of it; it may not lead out of the project's folder."""
        return "" if self.volume else f'state: "{self.url}"'

    def of(self, name):
        """Return the place of an environment's state."""
        if self.volume:
            return str(self.volume / name / "state.db")
        place, _, options = self.url.partition("?")
        return f"{place}/{name}?{options}"


@pytest.fixture(params=["file", "s3", "postgres"])
def state(request, tmp_path):
    if request.param == "file":
        yield State(volume=tmp_path / "volume")
        return
    server = {"s3": S3, "postgres": Server}[request.param]()
    yield State(url=server.place(), environment=server.environment)
    server.stop()


class Machine(Site):
    """A checkout; who runs commands there names the folder that is mounted, if there is one."""

    state = State()

    def run(self, *words):
        if self.state.volume and "--state" not in words:
            environment = "staging" if "staging" in words else "production"
            words += ("--state", self.state.of(environment))
        return super().run(*words)


@pytest.fixture
def team(tmp_path, port, preloaded, state):
    """A fresh checkout that says where the accounts are, and nothing of what is in them."""
    port.serve()
    root = tmp_path / "laptop"
    (root / "manifests").mkdir(parents=True)
    (root / "reconciler.yaml").write_text(PROJECT.format(state=state.line))
    (root / "manifests" / "providers.yaml").write_text(PROVIDERS.format(url=port.url))
    site = Machine(root, port, preloaded=preloaded)
    site.state = state
    site.environ |= CREDENTIALS | state.environment
    return site


@pytest.fixture
def by_hand(team):
    """What somebody does in the provider's console, in production."""
    return Account(team.port.url, CREDENTIALS["NHN_APP_KEY_PRODUCTION"])


@pytest.fixture
def two_environments(team, by_hand):
    years_of_clicks(by_hand)
    inherits_the_account(team)
    keeps_one_set_of_manifests(team)
    return team


def in_ci(team, job):
    """A job's machine: a new checkout, with nothing of what a run leaves beside the manifests."""
    root = team.root.parent / job
    shutil.copytree(team.root, root, ignore=shutil.ignore_patterns(".reconciler"))
    site = Machine(root, team.port, preloaded=team.preloaded)
    site.state = team.state
    site.environ |= team.environ | {"CI": "true"}
    return site


def ran(site, *words, code=0):
    result = site.run(*words)
    assert result.code == code, result.both
    return result


def refused(site, *words):
    """Run a command that must end with an error; returns its code."""
    return ran(site, *words, "--output", "json", code=1).json["error"]["code"]


def planned(site, environment):
    return ran(site, "plan", *environment, "--output", "json").json


def nothing_to_do(site, environment):
    ran(site, "plan", *environment, "--detailed-exitcode")


def years_of_clicks(account):
    """Production as it was found."""
    account.template("welcome", account.category("orders"), "Hello ##name##")
    account.tag("vip")
    body = {"APIKey": CREDENTIALS["OCTETH_API_KEY_PRODUCTION"], "DomainName": ZONE}
    body["Command"] = "EmailGateway.AddDomain"
    url = f"{account.url}/octeth/api.php"
    assert httpx.post(url, json=body).json()["Success"] is True


def inherits_the_account(team):
    done = ran(team, "import", *PRODUCTION, "--out", "manifests")
    assert done.out.endswith("4 objects imported.\nPlan right after: no changes.\n")
    nothing_to_do(team, PRODUCTION)


def keeps_one_set_of_manifests(team):
    """What differs becomes a variable; the domain stays production's."""
    team.edit(TEMPLATES, '"Hello', '"${var.subject}Hello')
    team.edit(DOMAINS, f"  name: {ZONE}\n", f"  name: {ZONE}\n  environments: [production]\n")
    nothing_to_do(team, PRODUCTION)
    assert planned(team, STAGING)["summary"]["create"] == 3
    assert "3 created" in ran(team, "apply", *STAGING, "--auto-approve").out
    nothing_to_do(team, STAGING)
    nothing_to_do(team, PRODUCTION)


def sees_the_plan_as_a_comment(team):
    file = team.root / "comment.md"
    words = ("--output", "markdown", "--report", f"markdown={file}")
    comment = ran(team, "plan", *PRODUCTION, *words).out
    assert comment == file.read_text()
    assert comment.startswith("<!-- reconciler:plan:laptop:production -->\n")
    assert "nhn/Template/welcome" in comment
    assert "Good day ##name##" in comment


def approves_exactly_that_plan(team, saved):
    ran(team, "plan", *PRODUCTION, "--out", str(saved))
    job = in_ci(team, "deploy")
    apply = ("apply", "--plan", str(saved), "--auto-approve")
    assert "1 updated" in ran(job, *apply).out
    assert refused(job, *apply) == "plan-used"
    nothing_to_do(team, PRODUCTION)


def is_refused_what_nobody_approved(team):
    """Between approval and apply, somebody merges something else."""
    team.edit(TEMPLATES, "Good day", "Dear")
    digest = planned(team, PRODUCTION)["changesDigest"]
    team.edit(TEMPLATES, "Dear", "Hi")
    words = ("apply", *PRODUCTION, "--auto-approve", "--expect", digest)
    assert refused(in_ci(team, "too-late"), *words) == "changes-differ"
    team.edit(TEMPLATES, "Hi", "Dear")
    assert "1 updated" in ran(in_ci(team, "approved"), *words).out


def finds_drift_at_night(team, account):
    job = in_ci(team, "nightly")
    ran(job, "drift", *PRODUCTION)
    account.reword("welcome", "Changed by hand")
    words = ("--output", "json", "--report", "junit=drift.xml")
    found = ran(job, "drift", *PRODUCTION, *words, code=2).json
    [drifted] = found["drift"]
    assert (drifted["address"], drifted["status"]) == ("nhn/Template/welcome", "changed")
    [failed] = ET.parse(job.root / "drift.xml").iterfind(".//testcase[failure]")
    assert failed.get("name") == "nhn/Template/welcome"
    ran(job, "drift", *STAGING)
    ran(job, "apply", *PRODUCTION, "--auto-approve")
    ran(job, "drift", *PRODUCTION)


@contextmanager
def resolver(records):
    """Serve a resolver that knows these, and of no server of the zone; returns where it is."""
    served = Served({"127.0.0.1": NameServer(records, recursive=True)})
    try:
        yield f"127.0.0.1:{served.port}"
    finally:
        served.close()


def knows_which_dns_records_are_missing(team):
    ran(team, "dns", *PRODUCTION, "--refresh")
    published = {(f"mail.{ZONE}", "CNAME"): ["mfrom.octeth.example."]}
    with resolver(published) as address:
        words = ("--check", "--resolver", address)
        found = ran(team, "dns", *PRODUCTION, *words, code=2).out
    assert f"missing {ZONE} TXT" in found
    assert f"missing track.{ZONE} CNAME" in found
    assert "3 records in 1 zone: 1 ok, 2 missing." in found


def test_a_team_inherits_an_account_and_keeps_it_by_pull_requests(team, by_hand, tmp_path):
    years_of_clicks(by_hand)
    inherits_the_account(team)
    keeps_one_set_of_manifests(team)
    team.edit(TEMPLATES, "Hello ##name##", "Good day ##name##")
    sees_the_plan_as_a_comment(team)
    approves_exactly_that_plan(team, tmp_path / "deploy.plan")
    is_refused_what_nobody_approved(team)
    finds_drift_at_night(team, by_hand)
    knows_which_dns_records_are_missing(team)


def test_credentials_that_are_swapped_are_refused(two_environments, state):
    """By the other environment's state where it can be found, else by its own."""
    job = in_ci(two_environments, "swapped")
    for kind in ("NHN_APP_KEY", "OCTETH_API_KEY"):
        job.environ[f"{kind}_STAGING"] = CREDENTIALS[f"{kind}_PRODUCTION"]
        job.environ[f"{kind}_PRODUCTION"] = CREDENTIALS[f"{kind}_STAGING"]
    before = job.writes()
    for environment in (STAGING, PRODUCTION):
        words = ("apply", *environment, "--auto-approve")
        assert refused(job, *words) == ("plan-refused" if state.volume else "shared-account")
    assert job.writes() == before


@pytest.mark.parametrize("state", ["file", "s3"], indirect=True)
def test_a_state_that_is_given_to_another_environment_is_refused(two_environments, state):
    """In a database the tables of each environment have its name: no place can be mixed up."""
    before = two_environments.writes()
    for command in (("plan",), ("drift",), ("apply", "--auto-approve")):
        words = (*command, *PRODUCTION, "--state", state.of("staging"))
        assert refused(two_environments, *words) == "state-environment"
    assert two_environments.writes() == before
