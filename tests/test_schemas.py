"""The JSON Schemas that ship: complete enough for documentation, and good in an editor."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.manifests import (
    kinds_of,
    load,
    manifest_schema,
    project_schema,
    provider_types,
    schema_of,
)
from reconciler.manifests.schema.rules import rules_of
from reconciler.manifests.schema.schemas import PROVIDER, all_kinds, document_schema, types_with
from reconciler.manifests.schema.validator import compile_schema
from reconciler.providers.registry import provider_class

FOLDER = Path(__file__).parents[1] / "schemas" / "v1"
FILES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json"))
CASES = Path(__file__).parent / "cases" / "validate"
KINDS = [(type_, kind) for type_ in provider_types() for kind in kinds_of(type_)]
DOCUMENTS = [(type_, kind) for type_ in provider_types() for kind in (PROVIDER, *kinds_of(type_))]


def parts(schema, path=""):
    """Every part of a schema that describes a value, with its path."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from parts(part, f"{path}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from parts(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from parts(schema["additionalProperties"], f"{path}.*")


# --- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_a_schema_of_its_draft_and_says_where_it_belongs(name):
    schema = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://reconciler.example/schemas/v1/{name}"
    Draft202012Validator.check_schema(schema)


def test_the_kinds_are_those_of_the_design():
    assert {type_: kinds_of(type_) for type_ in provider_types()} == {
        "engagelab-sms": ("Signature", "Template"),
        "nhncloud-sms": ("BlockList", "Category", "Contact", "Tag", "Template"),
        "octeth": ("ApiKey", "SenderDomain", "SmtpConfig", "Webhook"),
        "surenotify": ("SenderDomain", "Webhook"),
    }
    assert kinds_of("unknown") == ()
    for wrong in (("unknown", "Tag"), ("octeth", "Tag"), ("unknown", PROVIDER)):
        with pytest.raises(KeyError):
            schema_of(*wrong)


@pytest.mark.parametrize(("type_", "kind"), DOCUMENTS)
def test_every_field_is_documented_and_its_examples_are_right(type_, kind):
    schema = schema_of(type_, kind)
    for path, part in parts(schema):
        where = f"{type_}/{kind}{path}"
        assert part.get("title"), where
        assert part.get("description", "").endswith((".", "`")), where
        if path:
            assert part.get("examples"), where
        for example in part.get("examples", []):
            assert Draft202012Validator(part).is_valid(example), (where, example)
        if "default" in part:
            assert Draft202012Validator(part).is_valid(part["default"]), where
        if "properties" in part:
            assert part["additionalProperties"] is False, where
        if "pattern" in part:
            assert part.get("patternErrorMessage"), where
    assert "$ref" not in json.dumps(schema)


@pytest.mark.parametrize(("type_", "kind"), KINDS)
def test_a_reference_names_a_kind_of_the_same_provider_type(type_, kind):
    marked = [part for _, part in parts(schema_of(type_, kind)) if "x-reference" in part]
    assert len(marked) == len(rules_of(type_, kind).references), "only fields and items of fields"
    assert all(part["x-reference"] in kinds_of(type_) for part in marked)


@pytest.mark.parametrize(("type_", "kind"), DOCUMENTS)
def test_texts_of_one_line_take_no_line_breaks(type_, kind):
    for path, part in parts(schema_of(type_, kind)):
        if part.get("type") == "string" and "enum" not in part and not path.endswith(".body"):
            for text in ("a\nb", "a\r", "https://example.com/\r\nX: y", "a.example\n", "\n"):
                assert not compile_schema(part)(text), (path, text)


# --- the providers' code --------------------------------------------------------------------------


@pytest.mark.parametrize("type_", provider_types())
def test_the_providers_code_has_the_kinds_and_credentials_of_the_schemas(type_):
    provider = provider_class(type_)
    assert sorted(provider.kinds) == list(kinds_of(type_))
    spec = schema_of(type_, PROVIDER)
    credentials = spec["properties"]["credentials"]
    assert sorted(credentials["required"]) == sorted(provider.required_credentials)
    known = {*provider.required_credentials, *provider.optional_credentials}
    assert set(credentials["properties"]) == known
    base_url = provider.defaults.base_url
    assert spec["properties"]["baseUrl"].get("default") == base_url
    assert ("baseUrl" in spec["required"]) == (base_url is None)


@pytest.mark.parametrize(("type_", "kind"), KINDS)
def test_the_providers_code_has_the_fields_of_the_schemas(type_, kind):
    declared = {field.name for field in provider_class(type_).kinds[kind].fields}
    assert declared == set(schema_of(type_, kind)["properties"])


@pytest.mark.parametrize(("type_", "kind"), KINDS)
def test_the_providers_code_agrees_on_what_can_be_written_but_not_read(type_, kind):
    properties = schema_of(type_, kind)["properties"]
    for field in provider_class(type_).kinds[kind].fields:
        assert field.write_only == properties[field.name].get("writeOnly", False), field.name


# --- one schema for editors -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def editor():
    schema = manifest_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def places(editor, document) -> list[str]:
    """Where an editor would complain, and of what."""
    found = []
    for error in editor.iter_errors(document):
        path = ".".join(map(str, error.absolute_path))
        found.append(f"{path}: {error.validator}")
    return sorted(set(found))


def manifest(kind: str, spec, **metadata):
    return {
        "apiVersion": "reconciler/v1",
        "kind": kind,
        "metadata": {"name": "mail.example.com", **metadata},
        "spec": spec,
    }


def test_the_editors_schema_stands_alone():
    references = set()

    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                references.add(node["$ref"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(manifest_schema())
    known = {f"#/$defs/{name}" for name in manifest_schema()["$defs"]}
    assert references <= known


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_the_editor_accepts_what_the_loader_accepts(case, editor):
    resources = load([], cwd=case).configuration.resources
    for resource in resources.values():
        document = manifest(resource.address.kind, deepcopy(dict(resource.spec)))
        assert places(editor, document) == [], str(resource.address)


def test_the_editor_accepts_accounts_and_projects(editor):
    for document in yaml.safe_load_all((CASES / "001-all-is-well" / "providers.yaml").read_text()):
        assert places(editor, document) == []
    project = {"apiVersion": "reconciler/v1", "kind": "Project", "spec": {"prune": False}}
    assert places(editor, project) == []
    Draft202012Validator(project_schema()).validate(project)
    del project["spec"]
    assert places(editor, project) == []
    Draft202012Validator(project_schema()).validate(project)


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("Template", {"category": "a", "sender": "1-2", "type": "sms", "body": "x"}, ["spec.sender: pattern"]),
        ("Template", {"category": "a", "sender": "112", "type": "mms", "body": "x"}, ["spec: required"]),
        ("Tag", {"displayNam": "x"}, ["spec: additionalProperties"]),
        (
            "Webhook",
            {"channel": "sms", "events": ["open"], "url": "https://hooks.example.com"},
            ["spec.events.0: enum"],
        ),
        ("Webhook", {"domain": "a", "events": ["unsubscribe"], "url": "https://hooks.example.com"}, []),
        ("Webhook", {"domain": "a", "events": ["unsubscribe"]}, ["spec: required"]),
        ("Webhook", {"events": ["opne"], "url": "https://a.example"},
         ["spec.events.0: enum", "spec: required"]),
        ("Webhook", {"channel": "sms", "domain": "a", "events": ["bounce"], "url": "https://a.example"},
         ["spec: additionalProperties"]),
        ("Webhook", {"channel": "email", "events": ["opne"], "url": "https://a.example"},
         ["spec.events.0: enum"]),
        ("Webhook", {"domain": "a", "events": "open", "url": "https://a.example"}, ["spec.events: type"]),
        ("Webhook", {"events": "open", "url": "ftp://a.example"},
         ["spec.events: type", "spec.url: pattern", "spec: required"]),
        ("SenderDomain", {"linkTracking": "yes"}, ["spec.linkTracking: type"]),
        ("SenderDomain", {}, []),
        ("Provider", {"type": "octeth", "credentials": {"apiKey": "literal"}, "baseUrl": "https://a.example"},
         ["spec.credentials.apiKey: type"]),
        ("Provider", {"type": "octet"}, ["spec.type: enum"]),
        ("Widget", {}, ["kind: enum"]),
    ],
)  # fmt: skip
def test_the_editor_complains_of_the_exact_field(editor, kind, spec, expected):
    assert places(editor, manifest(kind, spec)) == expected


def test_the_editor_knows_what_accounts_do_not_have(editor):
    spec = {"type": "surenotify", "credentials": {"apiKey": {"fromEnv": "A"}}}
    document = manifest(PROVIDER, spec, provider="x") | {"lifecycle": {"protect": True}}
    assert places(editor, document) == [": None", "metadata: None"]


def test_every_kind_has_a_branch(editor):
    for kind in all_kinds():
        assert types_with(kind)
        assert places(editor, manifest(kind, {"noSuchField": 1})), kind
        assert document_schema(types_with(kind)[0], kind)["properties"]["kind"]["const"] == kind


@pytest.mark.parametrize(
    "spec",
    [
        {"category": "a", "sender": 15446859, "type": "sms", "body": 12},
        {"category": 1, "sender": "1544-6859", "type": "sms", "body": True},
    ],
)
def test_a_number_is_taken_where_a_text_is_read_as_written(editor, spec):
    assert places(editor, manifest("Template", spec)) == []


def test_what_tells_the_provider_type_of_a_webhook_is_named(editor):
    spec = {"chanel": "sms", "events": ["bounce"], "url": "https://hooks.example.com"}
    messages = [error.message for error in editor.iter_errors(manifest("Webhook", spec))]
    assert messages == [
        "Additional properties are not allowed ('chanel' was unexpected)",
        "'domain or channel' is a required property",
    ]
