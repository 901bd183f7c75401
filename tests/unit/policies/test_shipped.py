"""The policies that ship as examples: their own tests, and that these would notice a mistake."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.manifests.policies import read_policies
from reconciler.manifests.project import read_project
from reconciler.model.policy import On
from reconciler.model.resource import Project
from reconciler.policies import compiled, faults_of_tests

FOLDER = Path(__file__).parents[3] / "examples" / "policies"


def read(folder):
    faults = []
    found = read_policies(Project(root=folder, policies=(".",)), (), folder, faults)
    assert faults == []
    return found.policies


PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec: {policies: [policy.yaml], environments: {staging: {}, production: {}}}
"""

POLICIES = {Path(each.origin.file).stem: each for each in read(FOLDER)}

FLIPS = {
    "==": ["!="],
    "!=": ["=="],
    ">=": ["<", ">"],
    "<=": [">", "<"],
    ">": ["<=", ">="],
    "<": [">=", "<="],
    "&&": ["||"],
    "||": ["&&"],
    "!": [""],
    " in ": [" == "],
    "+": ["-"],
}
TOKEN = re.compile(r"""("[^"]*"|'[^']*')|(==|!=|>=|<=|&&|\|\||>|<|!| in |\+)""")


def mutants(expression):
    """Every expression that has one operator in the place of another."""
    for found in TOKEN.finditer(expression):
        for other in FLIPS.get(found[2], []):
            yield f"{expression[: found.start()]}{other}{expression[found.end() :]}"


MUTANTS = [(name, mutant) for name, each in POLICIES.items() for mutant in mutants(each.violates)]


def wrong(policy):
    right, faults = compiled([policy])
    return [*faults, *faults_of_tests(right)]


def test_the_policy_of_the_page_is_right(tmp_path):
    page = (FOLDER.parents[1] / "docs" / "policies.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```yaml\n(.*?kind: Policy\n.*?)```", page, re.DOTALL)
    (tmp_path / "policy.yaml").write_text(block, encoding="utf-8")
    (tmp_path / "reconciler.yaml").write_text(PROJECT)
    faults = []
    [each] = read_policies(read_project(tmp_path, faults), (), tmp_path, faults).policies
    assert [*faults, *wrong(each)] == []


def test_there_are_ten():
    assert len(POLICIES) == 10
    assert {each.on for each in POLICIES.values()} == set(On)
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(.+)\.yaml`", table, re.MULTILINE)) == POLICIES.keys()


@pytest.mark.parametrize("name", POLICIES)
def test_its_own_tests_come_out_as_they_say(name):
    assert {test.violates for test in POLICIES[name].tests} == {True, False}
    assert [str(fault) for fault in wrong(POLICIES[name])] == []


@pytest.mark.parametrize(("name", "mutant"), MUTANTS)
def test_its_tests_notice_a_flipped_operator(name, mutant):
    assert wrong(replace(POLICIES[name], violates=mutant))


@pytest.mark.parametrize("name", POLICIES)
def test_its_tests_notice_that_nothing_or_everything_is_violated(name):
    for constant in ("true", "false"):
        assert wrong(replace(POLICIES[name], violates=constant))
