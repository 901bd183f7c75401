"""graph, schema, explain, providers: offline, for people and programs."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

import reconciler
from reconciler import manifests
from reconciler.lint.registry import all_rules, live_rules, offline_rules


def test_graph_draws_references(project, run):
    assert run("graph").out == (
        "flowchart LR\n"
        '  subgraph p0["nhn"]\n'
        '    n0["Category/transactional"]\n'
        '    n1["Tag/vip"]\n'
        '    n2["Template/welcome"]\n'
        "  end\n"
        "  n2 --> n0\n"
    )
    dot = run("graph", "--format", "dot").out
    assert '    "nhn/Template/welcome" [label="Template/welcome"];' in dot
    assert '  "nhn/Template/welcome" -> "nhn/Category/transactional";' in dot
    document = run("graph", "--output", "json").json
    assert document["edges"] == [
        {"from": "nhn/Template/welcome", "to": "nhn/Category/transactional"}
    ]


def test_schema_is_one_document_that_accepts_the_examples(run):
    schema = json.loads(run("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    tag = {"apiVersion": "reconciler/v1", "kind": "Tag", "metadata": {"name": "vip"}, "spec": {}}
    assert validator.is_valid(tag)
    assert not validator.is_valid(tag | {"spec": {"nope": 1}})


def test_schema_of_one_kind_and_of_the_project(run):
    assert json.loads(run("schema", "nhncloud-sms/Template").out)["title"] == "Template"
    assert "manifests" in run("schema", "Project").out
    ambiguous = run("schema", "Webhook")
    assert ambiguous.code == 64
    assert "octeth/Webhook, surenotify/Webhook" in ambiguous.err


KINDS = [(t, k) for t in manifests.provider_types() for k in ("Provider", *manifests.kinds_of(t))]


@pytest.mark.parametrize(("provider_type", "kind"), KINDS)
def test_every_kind_is_explained_with_every_field_and_an_example(run, provider_type, kind):
    text = run("explain", f"{provider_type}/{kind}").out
    document = run("explain", f"{provider_type}/{kind}", "--output", "json").json
    fields = document["kinds"][0]["fields"]
    assert {field["name"] for field in fields} == manifests.schema_of(provider_type, kind)[
        "properties"
    ].keys()
    for field in fields:
        assert f"  {field['name']}  " in text
        assert field["description"]
    assert f"  kind: {kind}\n" in text


def test_explain_tells_defaults_limits_and_what_a_change_does(run):
    text = run("explain", "template").out
    assert "category  reference to a Category, required" in text
    assert "Immutable: a change replaces the object." in text
    assert "displayName  string, 1 to 50 characters, default metadata.name" in text


def test_explain_of_a_provider_type_tells_what_its_accounts_need(run):
    text = run("explain", "Octeth").out
    assert text.startswith("octeth/Provider ")
    assert "smtpPasswordFromList" in text
    assert run("explain", "octeth.credentials").out.startswith("octeth/Provider.credentials ")


def test_explain_of_a_name_that_several_types_have_shows_all(run):
    text = run("explain", "SenderDomain").out
    assert "octeth/SenderDomain" in text
    assert "surenotify/SenderDomain" in text


def test_providers_lists_every_type_and_kind(run):
    text = run("providers").out
    document = run("providers", "--output", "json").json
    assert [p["type"] for p in document["providers"]] == list(manifests.provider_types())
    for provider in document["providers"]:
        assert provider["type"] in text
        assert {k["kind"] for k in provider["kinds"]} == set(manifests.kinds_of(provider["type"]))


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("BlockList.recipientsFrom", "  file  string, "),
        ("blocklist.recipientsfrom.file", "relative to the project's root"),
        ("Template.body", "nhncloud-sms/Template.body  string, 1 to 4000 characters, required"),
        ("Template.spec.body", "required"),
        ("Template.metadata.name", "Unique per provider and kind"),
        ("ApiKey.deliverTo", "      variable  string, "),
        ("lifecycle", "  protect  boolean, default false"),
        ("lifecycle.movedFrom", "movedFrom: hello"),
        ("metadata", "  name  string, 1 to 253 characters, required"),
        ("Project", "  state  "),
        ("Project.state", "Project.state  string"),
        ("Provider.credentials", "fromEnv"),
        ("nhncloud-sms/Provider.credentials", "      fromFile  string"),
        ("Provider.limits.concurrency", "surenotify/Provider.limits.concurrency  "),
        ("nhn-sms-bytes", "lint rule, "),
    ],
)
def test_explain_goes_down_to_every_field_and_knows_rules(run, topic, said):
    result = run("explain", topic)
    assert result.code == 0, result.err
    assert said in result.out


def test_every_lint_rule_is_explained_with_its_source(run):
    for rule in offline_rules():
        text = run("explain", rule.id).out
        assert f"{rule.id}  lint rule, {rule.severity.value}" in text
        assert rule.source.split()[0] in text
        assert run("explain", rule.id, "--output", "json").json["rule"]["source"] == rule.source


def test_fields_are_explained_as_json_too(run):
    document = run("explain", "ApiKey.deliverTo", "--output", "json").json
    (field,) = document["fields"]
    assert field["path"] == "octeth/ApiKey.deliverTo"
    (env,) = [inner for inner in field["fields"] if inner["name"] == "envFile"]
    assert {inner["name"]: inner["required"] for inner in env["fields"]} == {
        "path": True,
        "variable": True,
    }


@pytest.mark.parametrize(
    ("topic", "guess"),
    [
        ("Template.bdoy", 'did you mean "body"?'),
        ("Template.nonsense", "fields: "),
        ("lifecycel", 'did you mean "lifecycle"?'),
        ("nhn-sms-byte", 'did you mean "nhn-sms-bytes" or '),
        ("Template.body.deeper", "has no fields of its own"),
    ],
)
def test_an_unknown_topic_is_answered_with_what_is_most_like_it(run, topic, guess):
    result = run("explain", topic)
    assert result.code == 64
    assert guess in result.err


def test_every_rule_that_takes_live_state_to_see_is_explained_too(run):
    package = Path(reconciler.__file__).parent
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("providers", "engine")
        for path in (package / folder).rglob("*.py")
    )
    used = set(re.findall(r'"((?:nhn|octeth|surenotify|secret)(?:-[a-z]+)+)"', sources))
    types = {*manifests.provider_types(), "nhncloud-sms"}
    known = {rule.id for rule in (*live_rules(), *all_rules())}
    assert used - types - known == set()
    assert "rule of plan and drift, warning" in run("explain", "nhn-sender-unregistered").out
