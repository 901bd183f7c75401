"""What a replacement takes over from the object that it replaces."""

from tests.support.project import Project, actions, provider, resource

CATEGORIES = [resource("Category", name) for name in ("a", "b")]


def template(**spec):
    return resource("Template", "t", **{"sender": "15446859", "type": "sms", "body": "x", **spec})


def written(project, **spec):
    project.write(provider("nhncloud-sms"), *CATEGORIES, template(**spec))


def test_fields_that_nobody_manages_survive_a_replacement(tmp_path):
    project = Project(tmp_path)
    written(project, category="a")
    project.apply()
    by_hand = {
        "templateName": "By hand",
        "templateDesc": "Off for now",
        "sendNo": "15446859",
        "sendType": "0",
        "body": "x",
        "useYn": "N",
    }
    project.call("nhn", "PUT", "/templates/t", json=by_hand)
    written(project, category="b", body="y")
    plan = project.plan()
    assert actions(plan) == {"nhn/Template/t": "replace"}
    project.apply()
    row = project.stored("nhncloud-sms")["templates"]["t"]
    assert {name: row[name] for name in by_hand} == {**by_hand, "body": "y"}
    assert project.plan().changes == ()


def test_a_field_that_is_no_longer_managed_goes_back_to_its_default_in_a_replacement(tmp_path):
    project = Project(tmp_path)
    written(project, category="a", enabled=False, description="d")
    project.apply()
    written(project, category="b")
    project.apply()
    row = project.stored("nhncloud-sms")["templates"]["t"]
    assert (row["useYn"], row["templateDesc"]) == ("Y", "")
