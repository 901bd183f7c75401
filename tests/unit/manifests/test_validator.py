from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.manifests.schema.explain import explain
from reconciler.manifests.schema.validator import compile_schema, is_unique

VALUES = [
    None, True, False, 0, 1, -1, 1.0, 1.5, 2, "", "a", "ab", "abc", "a\n", "1", [], [1], [1, 1.0], [1, True],
    [0, False], ["a", "a"], ["a", "b"], [[1], [True]], [{"a": 1}, {"a": 1.0}], [{"a": 1}, {"a": True}], {}, {"a": 1},
    {"a": "x"}, {"b": 1}, {"a": 1, "b": 2}, {"a": None}, {"a": {"b": []}},
]  # fmt: skip


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string"},
        {"type": ["string", "integer"], "minLength": 1, "minimum": 1},
        {"type": "integer"},
        {"type": "number", "exclusiveMinimum": 1, "maximum": 2},
        {"minimum": 1, "exclusiveMaximum": 1.5},
        {"type": "boolean"},
        {"type": "null"},
        {"minLength": 1, "maxLength": 2},
        {"minLength": 2},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        {"maxItems": 1, "uniqueItems": True},
        {"uniqueItems": True},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
        {"required": ["a"], "properties": {"a": False}},
        {"additionalProperties": {"type": "integer"}},
        {"propertyNames": {"maxLength": 1, "pattern": "^a$"}},
        {"minProperties": 1, "maxProperties": 1},
        {"const": 1},
        {"const": True},
        {"const": {"a": 1}},
        {"enum": ["a", 1, None, [1]]},
        {"enum": ["a", "b"]},
        {"type": "string", "enum": ["a", "b"]},
        {"anyOf": [{"required": ["a"]}, {"type": "string"}]},
        {"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}},
        {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "object"}},
        {"title": "x", "description": "y", "x-ours": 1, "$comment": "z", "type": "string"},
    ],
    ids=json.dumps,
)
def test_it_decides_as_jsonschema_does(schema):
    check, judge = compile_schema(schema), Draft202012Validator(schema)
    for value in VALUES:
        assert check(value) == judge.is_valid(value) == (not explain(schema, value)), value


def test_a_pattern_ends_at_the_very_end_as_in_other_languages():
    check = compile_schema({"pattern": "^a$"})
    assert check("a")
    assert not check("a\n")
    assert not check("b")


@pytest.mark.parametrize("keyword", ["oneOf", "not", "format", "multipleOf", "allOf"])
def test_a_keyword_it_does_not_know_is_an_error(keyword):
    with pytest.raises(ValueError, match=keyword):
        compile_schema({"properties": {"a": {keyword: 1}}})


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([0.0, 1.0, 1.5])
    | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=2)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.lists(values, max_size=5))
def test_uniqueness_is_that_of_json(items):
    judge = Draft202012Validator({"uniqueItems": True})
    assert is_unique(items) == judge.is_valid(items)


def test_long_lists_are_told_apart_quickly():
    items = [{"id": str(n)} for n in range(20_000)] * 2
    began = time.process_time()
    assert not is_unique(items)
    assert explain({"uniqueItems": True}, items)
    assert time.process_time() - began < 2
