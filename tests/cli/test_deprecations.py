"""What has a better name today is still taken, and told: once, at its place, with what to write."""

import re
from datetime import date
from pathlib import Path

import pytest

from reconciler import deprecations
from reconciler.cli.app import cli
from reconciler.cli.old_spellings import todays
from reconciler.deprecations import DEPRECATIONS, Deprecation
from reconciler.manifests import deprecated
from reconciler.manifests.schema.schemas import document_schema, project_schema

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
OLD = (
    Deprecation(name="--tint", replaced_by="--output", since="0.9", day=date(2026, 1, 31)),
    Deprecation(
        name="--report test-xml", replaced_by="--report junit", since="1.0", day=date(2026, 3, 1)
    ),
)


@pytest.fixture
def old(monkeypatch):
    """A release that has renamed a flag and a report."""
    monkeypatch.setattr(deprecations, "DEPRECATIONS", OLD)


@pytest.fixture
def marked(monkeypatch):
    """Schemas that call some fields deprecated."""

    def mark(schema, name, **mark):
        properties = dict(schema["properties"])
        properties[name] = {**properties[name], "deprecated": True, **mark}
        return {**schema, "properties": properties}

    def in_spec(schema, name, **words):
        spec = mark(schema["properties"]["spec"], name, **words)
        return {**schema, "properties": {**schema["properties"], "spec": spec}}

    def document(provider_type, kind):
        schema = document_schema(provider_type, kind)
        if provider_type != "nhncloud-sms":
            return schema
        if kind == "Template":
            return in_spec(in_spec(schema, "sender", **{"x-replacedBy": "from"}), "title")
        return in_spec(schema, "limits") if kind == "Provider" else schema

    monkeypatch.setattr(deprecated, "document_schema", document)
    monkeypatch.setattr(deprecated, "project_schema", lambda: in_spec(project_schema(), "prune"))
    deprecated.deprecated_fields.cache_clear()
    yield
    deprecated.deprecated_fields.cache_clear()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("--tint json plan", "--output json plan"),
        ("plan --tint=json", "plan --output=json"),
        ("plan --tints", "plan --tints"),
        ("plan -- --tint", "plan -- --tint"),
        ("plan --report test-xml=a.xml", "plan --report junit=a.xml"),
        ("plan --report=test-xml=a=b.xml", "plan --report=junit=a=b.xml"),
        ("plan --report junit=test-xml", "plan --report junit=test-xml"),
        ("plan test-xml", "plan test-xml"),
    ],
)
def test_an_old_spelling_is_read_as_that_of_today(old, typed, read):
    words, used = todays(typed.split())
    assert " ".join(words) == read
    assert bool(used) == (typed != read)


def test_it_works_and_is_told_once_on_stderr(run, project, tmp_path, old):
    words = ("--report", f"test-xml={tmp_path / 'a.xml'}", "--report", f"test-xml={tmp_path}/b.xml")
    result = run("plan", "--emulate", "--tint", "json", *words)
    assert result.code == 0
    assert result.json["changes"]
    assert (tmp_path / "a.xml").read_text().startswith("<?xml")
    one, other = [line for line in result.err.splitlines() if "deprecated" in line]
    assert one == (
        "warning: --tint is deprecated since 0.9: write --output, as it may be gone from "
        "2026-08-02 on"
    )
    assert other.startswith("warning: --report test-xml is deprecated since 1.0: write --report ju")
    assert "--tint" not in run("plan", "--help").out


def test_ci_can_refuse_it(run, project, old, monkeypatch):
    monkeypatch.setenv("RECONCILER_FAIL_ON_DEPRECATION", "1")
    result = run("plan", "--tint", "json", "--emulate")
    assert result.code == 64
    assert result.json["error"]["code"] == "deprecated"
    assert "RECONCILER_FAIL_ON_DEPRECATION is set" in result.err
    assert "Write --output." in result.err
    assert not (project / ".reconciler").exists()
    assert run("validate").code == 0


def test_a_field_is_told_with_the_edit_at_its_key(run, project, edit, marked):
    edit("  type: sms\n", "  type: sms\n  title: Hi\n")
    edit("  credentials:", "  limits: {requestsPerSecond: 3}\n  credentials:")
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {prune: false}\n"
    )
    result = run("validate")
    assert result.code == 0
    lines = [line for line in result.out.splitlines() if "deprecated-field" in line]
    gone = "take it out, it has no effect any more [deprecated-field]"
    renamed = "spec.sender is deprecated: rename the key to from [deprecated-field]"
    assert lines == [
        f"nhn.yaml:6:3: warning: spec.limits is deprecated: {gone}",
        f"nhn.yaml:19:3: warning: nhn/Template/welcome: {renamed}",
        f"nhn.yaml:21:3: warning: nhn/Template/welcome: spec.title is deprecated: {gone}",
        f"reconciler.yaml:3:8: warning: spec.prune is deprecated: {gone}",
    ]


def test_a_field_is_an_error_where_ci_says_so_unless_the_project_says_otherwise(
    run, project, marked, monkeypatch
):
    monkeypatch.setenv("RECONCILER_FAIL_ON_DEPRECATION", "1")
    result = run("validate", "--output", "json")
    assert result.code == 1
    [found] = result.json["findings"]
    assert (found["rule"], found["severity"]) == ("deprecated-field", "error")
    assert run("apply", "--emulate", "--auto-approve").code == 1
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\n"
        "spec: {lint: {rules: {deprecated-field: warning}}}\n"
    )
    assert run("validate").code == 0


def test_the_list_names_them_all(run, old, marked):
    result = run("deprecations")
    assert result.code == 0
    assert result.out.splitlines()[1].split("  ")[0] == "--tint"
    assert all(len(line) <= 100 for line in result.out.splitlines())
    found = run("deprecations", "--output", "json").json["deprecations"]
    assert found[0] == {
        "what": "flag",
        "name": "--tint",
        "replacedBy": "--output",
        "since": "0.9",
        "keptUntil": "2026-08-02",
    }
    assert found[1]["what"] == "word"
    field = {
        "what": "field",
        "name": "nhncloud-sms/Template spec.sender",
        "replacedBy": "spec.from",
    }
    assert field in found
    assert {"what": "field", "name": "Project spec.prune", "replacedBy": ""} in found


def test_what_nobody_has_to_change_is_said(run):
    if not run("deprecations", "--output", "json").json["deprecations"]:
        assert run("deprecations").out == "Nothing is deprecated.\n"


# --- the table itself -----------------------------------------------------------------------------


def unannounced(table, changelog):
    """What the changelog does not name in a section `### Deprecated`."""
    sections = re.findall(r"^### Deprecated\n(.*?)(?=^#|\Z)", changelog, re.MULTILINE | re.DOTALL)
    return [each.name for each in table if not any(f"`{each.name}" in text for text in sections)]


def test_the_changelog_announces_every_entry():
    assert unannounced(DEPRECATIONS, CHANGELOG) == []
    assert unannounced(OLD, "### Added\n\n- `--tint`\n") == ["--tint", "--report test-xml"]
    said = "### Deprecated\n\n- `--tint`: write `--output`.\n- `--report test-xml`\n\n## [0.9]\n"
    assert unannounced(OLD, said) == []


def test_what_takes_its_place_is_there():
    context = cli.make_context("reconciler", [], resilient_parsing=True)
    known = {
        flag
        for name in cli.list_commands(context)
        for parameter in cli.get_command(context, name).params
        for flag in parameter.opts
    }
    assert {each.replaced_by.partition(" ")[0] for each in (*DEPRECATIONS, *OLD)} <= known
