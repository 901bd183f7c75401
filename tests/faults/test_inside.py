"""What lies inside of what is to be deleted: nobody's template is lost with a category."""

from __future__ import annotations

import pytest

from tests.support.project import Project, actions, provider, resource

BY_HAND = {
    "templateId": "handmade",
    "templateName": "h",
    "sendNo": "15446859",
    "sendType": "0",
    "body": "hi",
    "useYn": "Y",
}


@pytest.fixture
def project(tmp_path):
    """Two categories, none of them with a Template manifest, and a template made by hand in b."""
    project = Project(tmp_path, readings={"nhncloud-sms": {"senders": "any"}})
    write(project, resource("Category", "a"), resource("Category", "b"))
    project.apply()
    project.call("nhn", "POST", "/templates", json={**BY_HAND, "categoryId": "<int Category/b>"})
    return project


def write(project, *documents):
    project.write(provider("nhncloud-sms", readings=project.readings), *documents)


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([resource("Category", "a")], id="removed"),
        pytest.param(
            [resource("Category", "a"), resource("Category", "b", parent="a")], id="moved"
        ),
    ],
)
def test_a_category_with_a_strangers_template_stays_though_no_manifest_has_templates(
    project, documents
):
    write(project, *documents)
    plan = project.plan()
    assert actions(plan) == {}
    [reason] = plan.blocked.values()
    assert "Template handmade" in reason


def test_destroying_everything_stops_at_it_too(project):
    plan = project.plan(destroy=True)
    assert actions(plan) == {"nhn/Category/a": "delete"}
    assert "Template handmade" in "".join(plan.blocked.values())


def test_where_templates_cannot_be_read_a_category_is_not_deleted(project):
    project.app.state.faults.replace(
        [{"path": "/templates", "fault": "status-before", "status": 500}]
    )
    write(project, resource("Category", "a"))
    plan = project.plan()
    assert actions(plan) == {}
    assert "not known" in "".join(plan.blocked.values())


def test_templates_are_read_only_when_a_category_is_to_go(project):
    plan = project.plan()
    assert plan.changes == ()
    assert plan.requests["nhn"].reads == 1
