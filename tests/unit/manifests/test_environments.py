"""Every folder of tests/cases/environments is a project with environments.

`<environment>.txt` has what loading it for that environment finds wrong, or what it amounts to.
`RECONCILER_UPDATE_CASES=1 pytest tests/unit/manifests/test_environments.py` writes them anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import EnvironmentMissing, EnvironmentUnknown
from reconciler.manifests import load

CASES = Path(__file__).parents[2] / "cases" / "environments"
ALL = sorted(
    (folder.name, file.stem) for folder in CASES.iterdir() for file in folder.glob("*.txt")
)


def told(loaded):
    lines = [str(fault) for fault in loaded.faults]
    if lines:
        return "".join(f"{line}\n" for line in lines)
    configuration = loaded.configuration
    lines += [
        f"{account.name} {json.dumps({n: s.from_env for n, s in account.credentials.items()})} "
        f"{account.limits.requests_per_second}"
        for account in configuration.accounts.values()
    ]
    for address, resource in sorted(configuration.resources.items()):
        lines.append(
            f"{address} {json.dumps(resource.spec, sort_keys=True)} {dict(resource.labels)}"
        )
    lines += [
        f"{f.origin}: {f.severity.value}: {f.message} [{f.rule}]" for f in configuration.findings
    ]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(("name", "environment"), ALL)
def test_a_project_amounts_to_something_in_each_environment(name, environment):
    folder = CASES / name
    found = told(load([], cwd=folder, environment=environment))
    expected = folder / f"{environment}.txt"
    if os.environ.get("RECONCILER_UPDATE_CASES"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_which_environment_must_be_said_where_there_are_any():
    with pytest.raises(EnvironmentMissing, match="staging, production"):
        load([], cwd=CASES / "001-environments")


@pytest.mark.parametrize("wrong", ["prodution", "Production", "default", "../production"])
def test_an_environment_that_there_is_not_is_refused(wrong):
    with pytest.raises(EnvironmentUnknown) as caught:
        load([], cwd=CASES / "001-environments", environment=wrong)
    assert "production" in caught.value.hint


def test_a_project_without_environments_has_none(tmp_path):
    with pytest.raises(EnvironmentUnknown, match="production"):
        load([], cwd=tmp_path, environment="production")


PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec:
  variables: {value: {type: string, default: %s}}
"""
CATEGORY = """\
apiVersion: reconciler/v1
kind: Category
metadata: {name: c}
spec: {description: "%s${var.value}%s"}
---
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec: {type: nhncloud-sms, credentials: {appKey: {fromEnv: K}}}
"""
TEXT = st.text(
    alphabet=st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='"\\'),
    max_size=40,
)


@given(value=TEXT, before=st.sampled_from(["", "a ", "- "]), after=st.sampled_from(["", " b"]))
def test_a_value_is_put_in_as_it_is_and_adds_no_structure(tmp_path_factory, value, before, after):
    folder = tmp_path_factory.mktemp("project")
    (folder / "reconciler.yaml").write_text(
        PROJECT % json.dumps(value, ensure_ascii=False), "utf-8"
    )
    (folder / "c.yaml").write_text(CATEGORY % (before, after), "utf-8")
    loaded = load([], cwd=folder)
    if loaded.faults:  # it looks like a credential, or does not fit the field
        assert all("c.yaml:4" in str(fault) or "value" in str(fault) for fault in loaded.faults)
        return
    [resource] = loaded.configuration.resources.values()
    import unicodedata

    assert resource.spec["description"] == unicodedata.normalize("NFC", f"{before}{value}{after}")
