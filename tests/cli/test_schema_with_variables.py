"""The schema for editors of a project with variables."""

import json

import pytest
from jsonschema import Draft202012Validator

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec:
  variables:
    sender: {type: string}
    enabled: {type: boolean}
    rate: {type: integer}
    words: {type: strings}
  environments:
    staging: {variables: {sender: "0215880001", enabled: true, rate: 3, words: [a]}}
"""


@pytest.fixture
def schema(project, run):
    (project / "reconciler.yaml").write_text(PROJECT)
    found = json.loads(run("schema").out)
    Draft202012Validator.check_schema(found)
    return found


def manifest(kind, spec, **metadata):
    return {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": {"name": "one", **metadata},
        "spec": spec,
    }


def template(**fields):
    spec = {"category": "c", "sender": "15446859", "type": "sms", "body": "Hi"}
    return manifest("Template", spec | fields)


ACCOUNT = {"type": "nhncloud-sms", "credentials": {"appKey": {"fromEnv": "K"}}}


@pytest.mark.parametrize(
    "document",
    [
        template(sender="${var.sender}"),
        template(body="Hi ${var.sender}"),
        template(enabled="${var.enabled}"),
        manifest("Contact", {"tags": "${var.words}"}),
        manifest("Contact", {"tags": ["${var.sender}", "b"]}),
        manifest("Tag", {}, labels={"team": "${var.sender}"}),
        manifest("Provider", {**ACCOUNT, "baseUrl": "${var.sender}"}),
        manifest("Provider", {**ACCOUNT, "credentials": {"appKey": {"fromEnv": "${var.sender}"}}}),
        manifest("Provider", {**ACCOUNT, "limits": {"requestsPerSecond": "${var.rate}"}}),
    ],
)
def test_a_variable_may_stand_for_a_value(schema, document):
    assert list(Draft202012Validator(schema).iter_errors(document)) == []


@pytest.mark.parametrize(
    "document",
    [
        template(enabled="${vra.enabled}"),
        template(type="${ var.sender }"),
        template(unknown="${var.sender}"),
        manifest("Contact", {"tags": "${vars.words}"}),
        manifest("Tag", "${var.words}"),
        manifest("Provider", {**ACCOUNT, "limits": {"requestsPerSecond": "many"}}),
        {**template(), "lifecycle": {"protect": "${var.enabled}"}},
        {**template(), "kind": "${var.sender}"},
        manifest("Template", {}, provider="${var.sender}/x"),
    ],
)
def test_nothing_else_is_taken_because_of_it(schema, document):
    assert list(Draft202012Validator(schema).iter_errors(document))


def test_a_fault_is_told_of_the_field_itself(schema):
    [error] = Draft202012Validator(schema).iter_errors(template(enabled="${vra.enabled}"))
    assert list(error.absolute_path) == ["spec", "enabled"]
    assert "is not of type 'boolean'" in error.message


def test_names_that_fit_are_offered(schema):
    fields = schema["$defs"]["nhncloud-sms.Template"]["properties"]
    assert "${var.enabled}" in fields["enabled"]["examples"]
    assert "${var.words}" not in fields["sender"]["examples"]
    assert "${var.sender}" in fields["sender"]["examples"]
    contact = schema["$defs"]["nhncloud-sms.Contact"]["properties"]
    assert "${var.words}" in contact["tags"]["examples"]


def test_one_kind_alone_takes_them_too(schema, run):
    found = json.loads(run("schema", "nhncloud-sms/Template").out)
    assert "${var.enabled}" in found["properties"]["enabled"]["examples"]


def test_without_variables_nothing_is_different(project, run):
    before = run("schema").out
    (project / "reconciler.yaml").write_text(
        "{apiVersion: reconciler/v1, kind: Project, spec: {environments: {staging: {}}}}"
    )
    assert run("schema").out == before
