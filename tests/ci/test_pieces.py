"""The pieces that teams take into their own CI pass the linters of where they go."""

import re

import pytest
import yaml

from tests.ci.conftest import ROOT, tool

TEMPLATES = sorted((ROOT / "templates").glob("*.yml"))


def test_the_github_action_has_no_finding():
    done = tool("zizmor", "--offline", "--no-progress", ROOT / "action.yml")
    assert done.returncode == 0, done.stdout


def test_a_finding_would_show(tmp_path):
    text = (ROOT / "action.yml").read_text()
    planted = re.sub(r"run: .*", "run: echo ${{ inputs.arguments }}", text, count=1)
    assert planted != text
    (tmp_path / "action.yml").write_text(planted)
    done = tool("zizmor", "--offline", "--no-progress", tmp_path / "action.yml")
    assert "template-injection" in done.stdout
    assert done.returncode != 0


def test_the_github_action_fits_githubs_schema():
    schema = "vendor.github-actions"
    done = tool("check-jsonschema", "--builtin-schema", schema, ROOT / "action.yml")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_gitlab_component_fits_gitlabs_schema_once_its_inputs_are_filled_in(path, tmp_path):
    spec, jobs = path.read_text().split("\n---\n")
    inputs = yaml.safe_load(spec)["spec"]["inputs"]

    def value(found):
        given = inputs[found[1]] or {}
        return str(given.get("default", "x"))

    filled = tmp_path / ".gitlab-ci.yml"
    filled.write_text(re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", value, jobs))
    done = tool("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", filled)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_input_is_pasted_into_a_shell(path):
    jobs = yaml.safe_load(path.read_text().split("\n---\n")[1])
    for job in jobs.values():
        for part in ("before_script", "script", "after_script"):
            assert "$[[" not in str(job.get(part, "")), part
