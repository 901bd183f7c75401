"""How many requests work takes: pages and changes, nothing an object."""

import pytest

from tests.support.project import Project, provider, resource


@pytest.mark.parametrize("files", [False, True], ids=["one file", "a file each"])
def test_a_plan_without_changes_asks_for_pages_alone(site, files):
    project = site(templates=2_500, files=files)
    project.apply()
    assert project.wire.writes == 0
    project.forget_counts()
    plan = project.plan()
    assert (plan.unchanged, plan.changes) == (2_501, ())
    pages, categories, senders = 3, 1, 1
    assert project.wire.reads == pages + categories + senders
    assert project.wire.writes == 0


def test_ten_thousand_templates_take_at_most_sixteen_requests(site):
    project = site(templates=10_000)
    plan = project.plan()
    assert len(plan.changes) == 10_001
    assert project.wire.reads <= 16


def test_creates_take_one_request_each_and_no_read_after(site):
    project = site(templates=150, live=False)
    report = project.apply()
    assert (project.wire.writes, project.wire.reads) == (151, 3)
    assert report.requests == {"nhn": 151}
    project.forget_counts()
    assert project.plan().changes == ()
    assert project.wire.reads == 3


def test_a_block_list_takes_its_pages_and_one_request_for_ten_numbers(site):
    project = site(numbers=20_000, extra=50)
    [change] = project.plan().changes
    assert (len(change.members.add), len(change.members.remove)) == (50, 0)
    assert (project.wire.reads, project.wire.writes) == (20, 0)
    project.forget_counts()
    report = project.apply()
    assert report.requests == {"nhn": 5}
    assert (project.wire.reads, project.wire.writes) == (20, 5)


def test_the_plan_says_how_many_requests_it_will_take(site):
    project = site(templates=150, live=False)
    assert project.plan().requests["nhn"].writes == 151
    lists = site(numbers=1_000, extra=95)
    assert lists.plan().requests["nhn"].writes == 10


def test_contacts_are_created_a_hundred_to_a_request_and_looked_for_once(tmp_path):
    project = Project(tmp_path)
    contacts = [
        resource("Contact", f"person-{number}", phoneNumbers=[f"010{number:08}"], tags=["vip"])
        for number in range(1, 251)
    ]
    project.write(provider("nhncloud-sms"), resource("Tag", "vip"), *contacts)
    applied = project.apply()
    tag, batches, look = 1, 3, 2
    assert applied.plan.requests["nhn"].writes == tag + batches
    assert applied.report.requests == {"nhn": tag + batches + look}
    assert len(applied.report.results) == 251
    assert project.plan().changes == ()
