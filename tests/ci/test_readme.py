"""The examples of the README's chapter "In CI", done as GitHub and GitLab would do them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci.conftest import MANIFESTS, ROOT, shown
from tests.ci.gitlab import FROM_A_FORK, MERGE_REQUEST, PUSH, SCHEDULE, Pipeline, component
from tests.support.object_stores import S3

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


# --- what somebody else wrote into inputs ---

HOSTILE = "x$(touch pwned)`touch pwned`\"'; touch pwned; \n::set-env name=PATH::/tmp\n::add-mask::x"
JOBS = ("rehearse", "plan", "apply", "drift")
TEXTS = ("environment", "working-directory", "plan-file", "expect", "arguments")


@pytest.mark.parametrize("name", JOBS)
def test_no_input_of_a_documented_github_job_is_more_than_a_word(messaging, action, name):
    workflow = yaml.safe_load(shown("README.md", ".github/workflows/messaging.yml"))
    given = workflow["jobs"][name]["steps"][-1]["with"]
    for text in (each for each in TEXTS if each in given or each == "arguments"):
        inputs = {**given, text: HOSTILE}
        done = action(REHEARSED, **{key.replace("-", "_"): each for key, each in inputs.items()})
        assert done.returncode in {1, 64}, (text, done.stderr)
        assert not list(messaging.parent.parent.rglob("pwned"))
        lines = (done.stdout + done.stderr).splitlines()
        assert not [each for each in lines if each.startswith(("::set-env", "::add-mask"))]
        assert set(done.outputs) <= outputs_as_the_runner_names_them()


def outputs_as_the_runner_names_them():
    return set(yaml.safe_load((ROOT / "action.yml").read_text())["outputs"])


# --- GitLab ---


@pytest.fixture
def store():
    server = S3()
    yield server
    server.stop()


@pytest.fixture
def shared(messaging, port, store):
    """The project as a team has it: an account on a server, and its state in an object store."""
    port.serve()
    url = f"  type: nhncloud-sms\n  baseUrl: {port.url}/nhncloud-sms\n"
    (messaging / "nhn.yaml").write_text(MANIFESTS.replace("  type: nhncloud-sms\n", url))
    state = f'spec: {{state: "{store.place()}", environments: {{production: {{}}}}}}\n'
    (messaging / "reconciler.yaml").write_text(PROJECT.partition("spec:")[0] + state)
    return {"NHN_APP_KEY": "canary-nhn-app-key", **store.environment}


@pytest.fixture
def pipeline(workspace, tmp_path):
    """Begin a pipeline of the README's example."""
    made = iter(range(9))

    def begin(variables, **inputs):
        builds = tmp_path / f"builds-{next(made)}"
        builds.mkdir()
        begun = Pipeline(workspace, builds, variables)
        for each in yaml.safe_load(shown("README.md", ".gitlab-ci.yml"))["include"]:
            begun.include(component({**each, "inputs": {**each["inputs"], **inputs}}))
        return begun

    return begin


PLAN, APPLY, DRIFT = (f"reconciler-{name}-production" for name in ("plan", "apply", "drift"))


@pytest.mark.parametrize(
    ("variables", "jobs"),
    [
        (MERGE_REQUEST, {PLAN}),
        (FROM_A_FORK, set()),
        (PUSH, {PLAN, APPLY}),
        (PUSH | {"CI_COMMIT_BRANCH": "feature"}, set()),
        (SCHEDULE, {DRIFT}),
    ],
    ids=["merge-request", "fork", "push", "branch", "schedule"],
)
def test_the_gitlab_example_has_its_jobs_where_they_belong(pipeline, variables, jobs):
    begun = pipeline(variables)
    assert set(begun.jobs) == jobs
    assert {each for job in begun.jobs.values() for each in job.get("needs", ())} <= jobs


def test_the_gitlab_example_applies_the_plan_that_came_as_artifact_and_finds_no_drift(
    pipeline, shared
):
    push = pipeline(PUSH)
    for name in (PLAN, APPLY):
        done = push.run(name, **shared)
        assert done.returncode == 0, done.stdout + done.stderr
    assert push.reports(PLAN) == {
        "reconciler-codequality.out",
        "reconciler-plan.xml",
        "reconciler-terraform.out",
    }
    assert push.reports(APPLY) == {"reconciler-apply.xml"}
    nightly = pipeline(SCHEDULE)
    done = nightly.run(DRIFT, **shared)
    assert done.returncode == 0, done.stdout + done.stderr
    assert nightly.reports(DRIFT) == {"reconciler-drift.xml"}


def test_apply_without_the_artifact_does_nothing(pipeline, shared):
    push = pipeline(PUSH)
    assert push.run(PLAN, **shared).returncode == 0
    push.jobs[APPLY] = {**push.jobs[APPLY], "needs": []}
    done = push.run(APPLY, **shared)
    assert done.returncode == 64
    assert "reconciler.plan" in done.stderr


@pytest.mark.parametrize("hostile", ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '"])
@pytest.mark.parametrize(("source", "name"), [(PUSH, PLAN), (PUSH, APPLY), (SCHEDULE, DRIFT)])
def test_an_input_of_a_gitlab_job_is_a_word(messaging, pipeline, tmp_path, source, name, hostile):
    begun = pipeline(source, **{"working-directory": hostile})
    begun.jobs[name].pop("needs", None)
    assert begun.run(name, **REHEARSED).returncode == 64
    assert not list(tmp_path.rglob("pwned"))
