"""The Dockerfile: what it says, what an sdist has of it, and its steps in a bare environment."""

import os
import re
import subprocess
import sys
import tarfile

import pytest

from tests.ci.conftest import ROOT
from tests.ci.image import Image, copied, steps

network = pytest.mark.skipif(
    not os.environ.get("RECONCILER_TEST_INDEX"),
    reason="RECONCILER_TEST_INDEX says that pip reaches an index, as in .ci/run",
)


def test_the_image_is_pinned_and_runs_as_nobody_special():
    said = dict(steps())
    [python] = [words for name, words in steps() if words.startswith("PYTHON=")]
    assert re.search(r"@sha256:[0-9a-f]{64}$", python)
    assert {words.split()[0] for name, words in steps() if name == "FROM"} == {"${PYTHON}"}
    assert said["USER"] == "65532:65532"
    assert said["ENTRYPOINT"] == '["reconciler"]'
    assert "ADD" not in said


def test_every_choice_of_extras_has_its_lock():
    targets = [words.split()[-1] for name, words in steps() if name == "COPY"]
    assert {"requirements-core.lock", "requirements-team.lock"} <= set(targets)
    assert ("ARG", "EXTRAS=team") in steps()


def test_what_the_image_is_made_of_lies_in_an_sdist_too(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [made] = tmp_path.glob("*.tar.gz")
    with tarfile.open(made) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    for each in (source for sources in copied() for source in sources):
        assert any(name == each or name.startswith(f"{each}/") for name in names), each


@network
@pytest.mark.slow
def test_the_steps_of_the_image_make_a_program_that_plans_with_the_extras_asked_for(
    tmp_path, workspace
):
    image = Image(tmp_path / "image", EXTRAS="core")
    image.build()
    done = subprocess.run(
        [image.program, "plan", "--emulate"],
        cwd=workspace,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1 to create" in done.stdout
    python = image.program.with_name("python")
    for team in ("psycopg", "obstore", "pyrage"):
        assert subprocess.run([python, "-c", f"import {team}"], check=False).returncode == 1


@network
@pytest.mark.slow
def test_the_action_installs_itself_and_runs_what_it_installed(action, tmp_path):
    own = {"RUNNER_TEMP": str(tmp_path / "runner"), "RECONCILER_ACTION_COMMAND": ""}
    (tmp_path / "runner").mkdir()
    installed = action(own, step="install")
    assert installed.returncode == 0, installed.stderr
    done = action(own, command="plan", arguments="--emulate")
    assert done.returncode == 0, done.stderr
    assert done.outputs["create"] == "1"


def test_a_version_that_is_not_the_actions_own_is_refused_before_anything_is_installed(
    action, tmp_path
):
    for version in ("main", "v9", "9.9.9"):
        done = action({"RUNNER_TEMP": str(tmp_path)}, step="install", version=version)
        assert done.returncode == 64
        assert f"version {version} is not the one of this action, which is " in done.stderr
    assert not (tmp_path / "reconciler-action").exists()
