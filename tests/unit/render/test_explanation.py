import pytest

from reconciler.providers.kind import Field
from reconciler.render.commands.explanation import default_of, example_of, limits_of, type_of


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"type": "string"}, "string"),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"type": "array", "items": {"x-reference": "Tag"}}, "list of reference to a Tag"),
        ({"type": ["string", "object"]}, "string or mapping"),
        ({"enum": ["sms", "mms"]}, "sms | mms"),
        ({"const": "octeth"}, "always octeth"),
        ({"x-reference": "Category", "type": "string"}, "reference to a Category"),
        ({}, "any"),
    ],
)
def test_types_are_said_in_words(part, said):
    assert type_of(part) == said


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"minLength": 1, "maxLength": 50}, ["1 to 50 characters"]),
        ({"maxLength": 50}, ["at most 50 characters"]),
        ({"minItems": 1}, ["at least 1 item"]),
        ({"minimum": 0, "maximum": 9}, ["0 to 9"]),
        ({"x-reference": "Tag", "maxLength": 9}, []),
    ],
)
def test_limits_are_said_in_words(part, said):
    assert limits_of(part) == said


def test_the_default_is_the_schemas_then_the_providers():
    assert default_of({"x-default": "metadata.name"}, None) == "metadata.name"
    assert default_of({"default": True}, None) == "true"
    assert default_of({}, Field(name="a", default="")) == '""'
    assert default_of({}, Field(name="a")) is None


def test_an_example_is_the_fields_own():
    assert example_of({"const": "octeth", "examples": ["x"]}) == "octeth"
    assert example_of({"examples": [["a"]]}) == ["a"]
    assert example_of({}) is None
