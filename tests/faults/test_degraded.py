"""What is as it was left and does not work: suspended domains, lost verification."""

from __future__ import annotations

import pytest

from reconciler.emulator.readings import Chosen
from reconciler.emulator.surenotify.readings import READINGS
from reconciler.model.finding import Severity
from reconciler.model.result import DriftStatus
from tests.support.project import Project, provider, resource

NAME = "news.example.com"


@pytest.fixture(params=["5.5", "5.7"])
def project(request, tmp_path):
    project = Project(tmp_path, readings={"octeth": {"generation": request.param}})
    project.write(provider("octeth", readings=project.readings), resource("SenderDomain", NAME))
    project.apply()
    return project


def set_status(project, status):
    wanted = {"method": "set_status", "account": "<apiKey>", "domain_id": 1, "status": status}
    project.call("octeth", "POST", "/__emulator__/seed", json=wanted)


def told(project):
    """Return rule and severity of what a plan says of the domain."""
    return [(each.rule, each.severity) for each in project.plan().findings]


@pytest.mark.parametrize("status", ["Suspended", "Blocked", "Disabled"])
def test_a_domain_that_the_server_keeps_from_sending_is_degraded(project, status):
    set_status(project, status)
    assert told(project) == [("octeth-domain-inactive", Severity.WARNING)]
    report = project.drift()
    assert [each.status for each in report.drift] == [DriftStatus.DEGRADED]
    assert report.drifted
    assert "publish" not in report.drift[0].reason


def test_a_domain_that_was_verified_and_is_not_any_more_is_degraded_until_it_is_again(project):
    project.apply()
    set_status(project, "Approval Pending")
    for _ in range(2):
        assert told(project) == [("octeth-verification-lost", Severity.WARNING)]
        assert [each.status for each in project.drift().drift] == [DriftStatus.DEGRADED]
        project.apply()
    set_status(project, "Enabled")
    assert told(project) == []
    assert project.drift().drift == ()


def test_a_domain_that_only_waits_for_its_dns_is_not_degraded(tmp_path):
    project = Project(tmp_path, readings={"octeth": {"dns": "missing"}})
    project.write(provider("octeth"), resource("SenderDomain", NAME))
    project.apply()
    assert told(project) == [("octeth-dns-pending", Severity.INFO)]
    assert not project.drift().drifted


def test_a_surenotify_domain_whose_records_vanish_from_dns_is_degraded(tmp_path):
    project = Project(tmp_path, readings={"surenotify": {"dns": "published"}})
    project.write(provider("surenotify"), resource("SenderDomain", NAME))
    project.apply()
    project.apply()
    assert told(project) == []
    emulator = project.app.state.emulators["surenotify"]
    emulator._readings = Chosen(READINGS, {"dns": "missing"})
    [table] = [
        rows
        for name, rows in project.app.state.store._tables.items()
        if "domains" in name and NAME in rows and "verified" in rows[NAME]
    ]
    table[NAME] = {**table[NAME], "verified": False}
    assert told(project) == [("surenotify-verification-lost", Severity.WARNING)]
    [found] = project.drift().drift
    assert found.status is DriftStatus.DEGRADED
    assert "v=spf1" in found.reason


@pytest.mark.parametrize("provider_type", ["octeth", "surenotify"])
def test_drift_says_what_a_domain_waits_for_and_does_not_call_it_drift(tmp_path, provider_type):
    project = Project(tmp_path, readings={provider_type: {"dns": "missing"}})
    project.write(provider(provider_type), resource("SenderDomain", NAME))
    project.apply()
    report = project.drift()
    assert (report.drift, report.drifted) == ((), False)
    (finding,) = report.findings
    assert (finding.rule, finding.severity) == ("domain-unverified", Severity.INFO)
    assert "reconciler dns --check --wait 30m --verify" in finding.message


def test_drift_says_nothing_of_a_domain_that_is_verified(project):
    project.apply()
    assert project.drift().findings == ()
