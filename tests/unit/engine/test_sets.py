"""Lists that are sets: the same thing in two spellings is one member."""

import pytest

from tests.support.project import Project, actions, provider, resource


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.mark.parametrize(
    "numbers",
    [
        ["010-1234-5678", "+82 10 1234 5678"],
        ["01012345678", "010-1234-5678", "010 1234 5678"],
        ["010-1234-5678", "010-8765-4321", "01012345678"],
    ],
)
def test_a_number_in_two_spellings_is_one_and_converges(project, numbers):
    kim = resource("Contact", "kim", tags=["vip"], phoneNumbers=numbers)
    project.write(provider("nhncloud-sms"), resource("Tag", "vip"), kim)
    project.apply()
    assert actions(project.plan()) == {}
    assert project.drift().drift == ()


def test_a_reference_and_the_id_it_stands_for_are_one_member(project):
    project.write(provider("nhncloud-sms"), resource("Tag", "vip"))
    project.apply()
    identifier = project.state["nhn/Tag/vip"].remote_id
    kim = resource("Contact", "kim", tags=["vip", {"id": identifier}])
    project.write(provider("nhncloud-sms"), resource("Tag", "vip"), kim)
    project.apply()
    assert actions(project.plan()) == {}
    assert project.drift().drift == ()


def test_the_order_of_a_set_is_no_difference(project):
    tags = [resource("Tag", name) for name in ("a", "b", "c")]
    for order in (["a", "b", "c"], ["c", "a", "b"]):
        kim = resource("Contact", "kim", tags=order, phoneNumbers=["01012345678", "01087654321"])
        project.write(provider("nhncloud-sms"), *tags, kim)
        project.apply()
        assert actions(project.plan()) == {}
