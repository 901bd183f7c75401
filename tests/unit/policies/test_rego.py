"""The examples in Rego judge as those in CEL do: the same examples, the same plans."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec

import pytest

from reconciler.model.policy import On
from reconciler.policies import compiled
from reconciler.policies.judging import Surroundings
from reconciler.policies.trying import example
from tests.unit.policies.test_shipped import FOLDER, POLICIES

pytestmark = pytest.mark.skipif(
    find_spec("regopy") is None, reason="there is no regopy for this machine"
)

ASK = """\
import json, sys
from regopy import Interpreter

asked = json.load(sys.stdin)
rego = Interpreter()
for name, text in asked["modules"].items():
    rego.add_module(name, text)
rego.set_input(asked["input"])
print(rego.query(asked["query"]))
"""
"""In a process of its own: in one with Google's CEL, regopy makes that judge wrongly."""

TESTS = [
    pytest.param(name, test, id=f"{name}-{number}")
    for name, policy in POLICIES.items()
    for number, test in enumerate(policy.tests)
]
NOW = "2026-01-01T00:00:00Z"
MOMENTS = ("2026-01-01T11:59:59Z", "2026-01-01T12:00:00Z", "2026-07-01T22:59:00Z")


def asked(query, given):
    """What Rego says of a document."""
    files = sorted((FOLDER / "rego").glob("*.rego"))
    modules = {file.stem: file.read_text(encoding="utf-8") for file in files}
    asked = json.dumps({"modules": modules, "input": given, "query": query})
    ran = subprocess.run(
        [sys.executable, "-c", ASK], input=asked, capture_output=True, text=True, check=True
    )
    answer = ran.stdout.strip()
    return None if answer == "undefined" else json.loads(answer)["expressions"][0]


def violates(name, given):
    return asked(f"data.reconciler.{name.replace('-', '_')}.violates", given) is True


def holds(name, element, now):
    """What CEL says of one element, as `match` lets it through."""
    policy = POLICIES[name]
    [judge], faults = compiled([policy])
    assert faults == []
    moment = datetime.fromisoformat(now).astimezone(UTC)
    known = Surroundings(environment="", labels={}, now=moment, actor="").variables()
    return judge.expression.holds(judge.engine.activation(known | {policy.on.value: element}))


def test_each_has_a_twin():
    twins = {file.stem for file in (FOLDER / "rego").glob("*.rego")}
    assert twins == {*POLICIES, "plan"}


@pytest.mark.parametrize(("name", "test"), TESTS)
def test_a_twin_agrees_about_the_examples(name, test):
    on = POLICIES[name].on
    given = {on.value: example(on, test.given.get(on.value, {})), "now": test.given.get("now", NOW)}
    assert violates(name, given) is test.violates


CHANGES = [
    {"action": "create", "kind": "Template", "address": "nhn/Template/a", "after": after}
    for after in ({"category": "marketing"}, {"category": "receipts"}, {})
] + [
    {"action": "delete", "kind": "Template", "address": "nhn/Template/b", "before": before}
    for before in ({"category": "marketing"}, {})
]


@pytest.mark.parametrize("now", MOMENTS)
@pytest.mark.parametrize("deletes", [0, 5, 6])
def test_both_say_the_same_of_a_plan(deletes, now):
    plan = example(On.PLAN, {"summary": {"delete": deletes}, "changes": CHANGES})
    said = [
        f"{change['address']} would be changed at night ({change['action']})"
        for change in plan["changes"]
        if holds("marketing-at-night", change, now)
    ]
    if holds("few-deletes", plan, now):
        said.append("This plan deletes or replaces more than five objects")
    assert set(asked("data.main.deny", plan | {"createdAt": now})) == set(said)
