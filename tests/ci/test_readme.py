"""The examples of the README's chapter "In CI", done as GitHub and GitLab would do them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci.conftest import MANIFESTS, ROOT, shown

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: shop}
spec: {environments: {production: {}}}
"""
REHEARSED = {"RECONCILER_EMULATE": "1"}


@pytest.fixture
def messaging(workspace):
    """The project of the examples lies in a folder of the repository."""
    folder = workspace / "messaging"
    folder.mkdir()
    (workspace / "nhn.yaml").unlink()
    (folder / "nhn.yaml").write_text(MANIFESTS)
    (folder / "reconciler.yaml").write_text(PROJECT)
    return folder


# --- GitHub ---


@pytest.fixture
def job(action):
    """Do the steps of a job that use our action; returns what each did."""
    workflow = yaml.safe_load(shown("README.md", ".github/workflows/messaging.yml"))

    def run(name):
        steps = workflow["jobs"][name]["steps"]
        ours = [each["with"] for each in steps if each["uses"].startswith("OWNER/reconciler@")]
        assert ours
        return [
            action(REHEARSED, **{key.replace("-", "_"): value for key, value in inputs.items()})
            for inputs in ours
        ]

    return run


def inputs_as_the_runner_names_them():
    return set(yaml.safe_load((ROOT / "action.yml").read_text())["inputs"])


def test_the_github_example_gives_inputs_that_the_action_has():
    workflow = yaml.safe_load(shown("README.md", ".github/workflows/messaging.yml"))
    for each in workflow["jobs"].values():
        for step in each["steps"]:
            if step["uses"].startswith("OWNER/"):
                assert set(step["with"]) <= inputs_as_the_runner_names_them()


def test_the_github_example_fits_githubs_schema(tmp_path):
    path = tmp_path / "messaging.yml"
    path.write_text(shown("README.md", ".github/workflows/messaging.yml"))
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("check-jsonschema"), path),
            *("--builtin-schema", "vendor.github-workflows"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_github_example_from_a_pull_request_to_drift(messaging, job, github):
    [rehearsed] = job("rehearse")
    assert rehearsed.outputs["create"] == "1"
    assert github.comments == []
    [planned] = job("plan")
    assert planned.returncode == 0, planned.stderr
    assert "nhn/Tag/vip" in github.comments[0]["body"]
    saved, applied = job("apply")
    assert saved.outputs["plan-file"].endswith("messaging.plan")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    [looked] = job("drift")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert github.issues == []


# --- GitLab ---


def component(include, workspace):
    """Run the script of an included component as a GitLab runner does."""
    name = re.search(r"/reconciler/(\w+)@", include["component"])[1]
    spec, jobs = (ROOT / "templates" / f"{name}.yml").read_text().split("\n---\n")
    declared = yaml.safe_load(spec)["spec"]["inputs"]
    given = {key: (each or {}).get("default") for key, each in declared.items()}
    given |= include["inputs"]
    assert set(given) == set(declared)
    assert None not in given.values()
    for key, each in declared.items():
        assert re.search((each or {}).get("regex", ""), given[key])
    filled = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: given[found[1]], jobs)
    [made] = yaml.safe_load(filled).values()
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(made["script"])],
        cwd=workspace,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(workspace),
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_PROJECT_DIR": str(workspace),
            **REHEARSED,
            **made["variables"],
        },
        capture_output=True,
        text=True,
        check=False,
    )


def includes():
    made = yaml.safe_load(shown("README.md", ".gitlab-ci.yml"))["include"]
    return {re.search(r"/(\w+)@", each["component"])[1]: each for each in made}


def test_the_gitlab_example_plans_applies_that_plan_and_finds_no_drift(messaging, workspace):
    for name in ("plan", "apply", "drift"):
        done = component(includes()[name], workspace)
        assert done.returncode == 0, done.stdout + done.stderr
    names = {path.name for path in workspace.iterdir()}
    assert names >= {"reconciler.plan", "reconciler-apply.xml", "reconciler-drift.xml"}


@pytest.mark.parametrize("hostile", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "'])
def test_an_input_of_the_gitlab_component_is_a_word(messaging, workspace, hostile):
    include = includes()["plan"]
    inputs = {**include["inputs"], "working-directory": hostile.replace('"', "'")}
    done = component({**include, "inputs": inputs}, workspace)
    assert done.returncode == 64
    assert not list(workspace.rglob("pwned"))
