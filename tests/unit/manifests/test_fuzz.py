"""Whatever a file holds, loading gives faults and raises nothing."""

from __future__ import annotations

import string
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.manifests import kinds_of, load, provider_types
from reconciler.manifests.schema.explain import explain
from reconciler.manifests.schema.rules import account_rules, envelope_checker, rules_of
from reconciler.manifests.schema.schemas import PROVIDER, document_schema

RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def load_bytes(name: str, data: bytes):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        loaded = load([name], cwd=Path(folder))
        for fault in loaded.faults:
            str(fault).encode()
            assert "\n" not in str(fault)
        for resource in loaded.configuration.resources.values():
            resource.locate(("spec",))
        return loaded


@RELAXED
@given(st.binary(max_size=300), st.sampled_from(["a.yaml", "a.json", "reconciler.yaml"]))
@example(b"\xef\xbb\xbf", "a.yaml")
@example(b"--- !", "a.yaml")
@example(b"a: \xc2\x85b", "a.yaml")
def test_any_bytes_are_loaded_or_refused(data, name):
    load_bytes(name, data)


SIGNS = [*" \n\t:-[]{},&*!|>'\"%@`#?<~0aé\u2028\x85", "---\n", "null", "a: ", "- "]
SYNTAX = st.lists(st.sampled_from(SIGNS), max_size=60).map("".join)


@RELAXED
@given(SYNTAX, st.sampled_from(["a.yaml", "a.json", "reconciler.yaml"]))
def test_any_text_with_the_signs_of_yaml_is_loaded_or_refused(text, name):
    load_bytes(name, text.encode())


# --- documents of the right form ----------------------------------------------------------------

words = st.sampled_from(
    ["", "a", "nhn", "vip", "sms", "mms", "email", "delivery", "true", "yes", "12", "-1", "1.5", "x" * 300,
     "a\nb", "\x1b[2J", "010-1234-5678", "https://example.com", "mail.example.com", "../x", "/etc/passwd", "\ud7ff"]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers(-5, 2000) | st.floats(-2, 2) | words
field_names = st.sampled_from(
    sorted(
        {
            name
            for type_ in provider_types()
            for kind in (PROVIDER, *kinds_of(type_))
            for name in document_schema(type_, kind)["properties"]["spec"]["properties"]
        }
        | {"id", "file", "envFile", "path", "variable", "fromEnv", "appKey", "concurrency", "oops"}
    )
)
parts = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(field_names, inner, max_size=4),
    max_leaves=8,
)
specs = st.dictionaries(field_names, parts, max_size=6) | parts
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "apiVersion": st.just("reconciler/v1") | parts,
        "kind": st.sampled_from(
            ["Provider", "Tag", "Category", "Template", "Webhook", "ApiKey", "Project"]
        )
        | parts,
        "metadata": st.fixed_dictionaries(
            {"name": words}, optional={"provider": words, "labels": parts}
        )
        | parts,
        "spec": specs,
        "lifecycle": st.dictionaries(
            st.sampled_from(["protect", "onRemove", "movedFrom", "adopt"]), parts, max_size=3
        ),
    },
)
PROVIDERS = [
    {
        "apiVersion": "reconciler/v1",
        "kind": "Provider",
        "metadata": {"name": "nhn"},
        "spec": {"type": "nhncloud-sms", "credentials": {"appKey": {"fromEnv": "A"}}},
    }
]


@RELAXED
@given(st.lists(envelopes, max_size=3))
def test_any_document_is_loaded_or_refused(documents):
    text = yaml.safe_dump_all(PROVIDERS + documents, allow_unicode=True)
    load_bytes("a.yaml", text.encode("utf-8", "surrogatepass"))


# --- the two validators -------------------------------------------------------------------------

KINDS = [(type_, kind) for type_ in provider_types() for kind in (PROVIDER, *kinds_of(type_))]


def form_of(schema: dict) -> st.SearchStrategy:
    """Values close to what a schema wants."""
    types = schema.get("type", "string")
    names = types if isinstance(types, list) else [types]
    forms = [st.sampled_from(schema[word]) for word in ("enum", "examples") if word in schema]
    if "object" in names:
        fields = {name: form_of(part) for name, part in schema.get("properties", {}).items()}
        wanted = {name: fields[name] for name in schema.get("required", ()) if name in fields}
        others = {name: form for name, form in fields.items() if name not in wanted}
        forms.append(st.fixed_dictionaries(wanted, optional=others))
        forms.append(st.dictionaries(st.sampled_from([*fields, "oops"]), scalars, max_size=3))
    if "array" in names:
        forms.append(st.lists(form_of(schema.get("items", {})), max_size=4))
    if "string" in names:
        forms.append(words)
        forms.append(st.text(string.printable, max_size=60))
    if "boolean" in names:
        forms.append(st.booleans())
    if {"integer", "number"} & set(names):
        forms.append(st.integers(-1, 2000) | st.floats(allow_nan=False, allow_infinity=False))
    return st.one_of(*forms, scalars)


@pytest.mark.parametrize(("type_", "kind"), KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_fast_validator_and_the_explaining_one_agree(type_, kind, data):
    rules = rules_of(type_, kind)
    spec = data.draw(form_of(rules.spec.schema))
    accepted = rules.spec.accepts(spec)
    reasons = explain(rules.spec.schema, spec)
    assert accepted == (not reasons), reasons


@RELAXED
@given(envelopes)
def test_the_validators_agree_on_what_all_manifests_have_in_common(document):
    checker = envelope_checker()
    assert checker.accepts(document) == (not explain(checker.schema, document))


def test_only_the_base_url_is_forgiven_when_emulating():
    spec = {"type": "octeth", "credentials": {"apiKey": {"fromEnv": "A"}}}
    assert not account_rules("octeth", base_url_needed=True).spec.accepts(spec)
    assert account_rules("octeth", base_url_needed=False).spec.accepts(spec)
    assert not account_rules("octeth", base_url_needed=False).spec.accepts({"type": "octeth"})
