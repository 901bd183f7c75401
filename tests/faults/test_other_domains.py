"""Webhooks of another domain in the same account: Surenotify deletes an event's rows all at once."""

from __future__ import annotations

import pytest

from tests.support.project import Project, actions, provider, resource

OURS = "https://ours.example/"
THEIRS = "https://theirs.example/"


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    project.write(provider("surenotify", "sure"))
    return project


def seed(project, **row):
    wanted = {"method": "seed_webhook", "account": "<apiKey>", "channel": "email", "event_type": 3}
    project.call(
        "sure",
        "POST",
        "/__emulator__/seed",
        json=wanted | {"url": THEIRS, "domain": "other.example"} | row,
    )


def want(project, url=OURS, events=("delivery",)):
    hook = resource("Webhook", "h", channel="email", events=list(events), url=url)
    project.write(provider("surenotify", "sure"), hook)


def urls(project):
    return sorted(
        (row["domain"], row["url"])
        for row in project.stored("surenotify")["webhooks-email"].values()
    )


@pytest.mark.parametrize("adopt", [False, True])
def test_a_row_of_another_domain_is_neither_taken_over_nor_in_the_way(project, adopt):
    seed(project)
    want(project)
    assert actions(project.plan(adopt=adopt)) == {"sure/Webhook/h": "create"}
    project.apply(adopt=adopt)
    assert urls(project) == [("default", OURS), ("other.example", THEIRS)]
    assert project.plan().changes == ()
    want(project, url="https://new.example/")
    project.apply()
    assert urls(project) == [("default", "https://new.example/"), ("other.example", THEIRS)]


def test_deleting_is_refused_where_it_would_take_another_domains_row_along(project):
    seed(project)
    want(project)
    project.apply()
    plan = project.plan()
    assert [each.rule for each in plan.findings] == ["surenotify-shared-event"]
    project.write(provider("surenotify", "sure"))
    applied = project.try_apply()
    assert len(applied.failures) == 1
    assert "all at once" in str(applied)
    assert urls(project) == [("default", OURS), ("other.example", THEIRS)]
    assert "sure/Webhook/h" in project.state


def test_a_row_of_another_domain_is_listed_as_unmanaged_with_its_domain(project):
    seed(project)
    want(project)
    project.apply()
    [found] = project.drift(unmanaged=True).drift
    assert "other.example" in found.address.name
