"""The schemas of `--output json`: good documentation, and true.

That every document of every test fits its schema is checked where tests read documents.
"""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli import main
from reconciler.model.change import Action, Cause
from reconciler.model.finding import Severity
from reconciler.model.result import DriftStatus, Status
from reconciler.model.verification import Arrival, CheckKind, CheckStatus
from reconciler.model.zones import RecordStatus, RecordType
from reconciler.render.documents import document_names, output_schema
from tests.support.documents import TELLING

FOLDER = Path(__file__).parents[1] / "schemas" / "output" / "v1"


def parts(schema, path=""):
    """Every part of a schema that describes a value, with its path."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from parts(part, f"{path}.{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from parts(schema[word], f"{path}[]")


@pytest.mark.parametrize("name", document_names())
def test_a_schema_is_of_its_draft_documented_and_open(name):
    schema = output_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://reconciler.example/schemas/output/v1/{name}.schema.json"
    assert "$ref" not in json.dumps(schema)
    for path, part in parts(schema):
        keyed = path.endswith("[]")
        assert keyed or part.get("description", "").endswith("."), path
        if part.get("type") == "object" and "properties" in part:
            assert part["additionalProperties"] is True, path
            assert set(part["required"]) <= part["properties"].keys(), path


def test_tests_know_every_document():
    assert {name for _, name in TELLING} | {"explanation"} == set(document_names())


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ("plan", ("changes", "items", "action"), Action),
        ("plan", ("changes", "items", "fields", "items", "cause"), Cause),
        ("plan", ("findings", "items", "severity"), Severity),
        ("apply", ("results", "items", "status"), Status),
        ("drift", ("drift", "items", "status"), DriftStatus),
        ("dns", ("zones", "items", "records", "items", "status"), RecordStatus),
        ("dns", ("zones", "items", "records", "items", "type"), RecordType),
        ("verify", ("checks", "items", "check"), CheckKind),
        ("verify", ("checks", "items", "status"), CheckStatus),
        ("verify", ("checks", "items", "receipt", "status"), Arrival),
    ],
)
def test_a_closed_enumeration_has_all_words_that_there_are(document, path, words):
    part = output_schema(document)
    for step in path:
        part = part[step] if step == "items" else part["properties"][step]
    assert {word.value for word in words} <= set(part["enum"])


def test_the_command_prints_one(capsys):
    assert main(["schema", "--document", "plan"]) == 0
    assert json.loads(capsys.readouterr().out) == output_schema("plan")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--document", "plann"], 'did you mean "plan"'),
        (["--document", "common"], "there is no document 'common'"),
        (["Template", "--document", "plan"], "ask for one"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(capsys, words, said):
    assert main(["schema", *words]) == 64
    assert said in capsys.readouterr().err
