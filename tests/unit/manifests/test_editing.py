"""Single values of a document are exchanged; every other character stays."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.manifests.text.json_reader import read_json
from reconciler.manifests.text.yaml_reader import read_yaml
from reconciler.manifests.writing.editing import Editor, UneditableError, edited

YAML = """\
# head
kind: Thing
spec:  # of it
  # about the text
  text: |  # keep me
    Hello
    there

  # about x
  word: old   # tail
  items:
    - vip  # first
    # own comment
    - "b"
    - c

  quoted: '15446859'
  digits: 15446859
  flow: [a, "b c", d]  # flow
  lines: [
    a,
    b
  ]
  on: true
  empty:
---
kind: Other
spec: {a: 1, b: "x"} # z
"""


def read(text, *, as_json=False):
    documents, problems = (read_json if as_json else read_yaml)(text)
    assert not problems
    return documents


def edit(text, document=0, /, *, as_json=False, **fields):
    value, span = read(text, as_json=as_json)[document]
    editor = Editor(text, span, json=as_json)
    edits = []
    for name, new in fields.items():
        old = value["spec"].get(name)
        edits += editor.set(name, new, lambda index, item, old=old: old[index] == item)
    return edited(text, edits)


@pytest.mark.parametrize(
    ("fields", "before", "after"),
    [
        ({"word": "new"}, "word: old   #", "word: new   #"),
        ({"word": "a: b"}, "word: old   #", 'word: "a: b"   #'),
        ({"word": "two\nlines"}, "word: old   #", 'word: "two\\nlines"   #'),
        ({"quoted": "it's"}, "'15446859'", "'it''s'"),
        ({"digits": "0212"}, "digits: 15446859", "digits: 0212"),
        ({"digits": "null"}, "digits: 15446859", 'digits: "null"'),
        ({"on": False}, "on: true", "on: false"),
        ({"empty": "x"}, "empty:\n", "empty: x\n"),
        (
            {"text": "one"},
            "text: |  # keep me\n    Hello\n    there\n",
            "text: one  # keep me\n",
        ),
        (
            {"text": "Hi\n\nthere"},
            "|  # keep me\n    Hello\n    there\n",
            "|-  # keep me\n    Hi\n\n    there\n",
        ),
        (
            {"items": ["b", "c", "new: x"]},
            '    - vip  # first\n    # own comment\n    - "b"\n    - c\n',
            '    # own comment\n    - "b"\n    - c\n    - "new: x"\n',
        ),
        (
            {"items": []},
            'items:\n    - vip  # first\n    # own comment\n    - "b"\n    - c\n',
            "items: []\n    # own comment\n",
        ),
        (
            {"items": ["z"]},
            'items:\n    - vip  # first\n    # own comment\n    - "b"\n    - c\n',
            "items:\n    - z\n    # own comment\n",
        ),
        ({"flow": ["d", "q#"]}, '[a, "b c", d]', '[d, "q#"]'),
        ({"lines": ["b", "z"]}, "[\n    a,\n    b\n  ]", "[\n    b,\n    z\n  ]"),
        ({"added": "A b"}, "spec:  # of it\n", "spec:  # of it\n  added: A b\n"),
        ({"added": ["a"]}, "spec:  # of it\n", "spec:  # of it\n  added: [a]\n"),
        ({"added": {"id": 7}}, "spec:  # of it\n", "spec:  # of it\n  added: {id: 7}\n"),
    ],
)
def test_one_value_changes_and_nothing_else(fields, before, after):
    assert YAML.count(before) == 1
    assert edit(YAML, **fields) == YAML.replace(before, after)


def test_mappings_in_brackets_take_values_and_further_fields():
    assert edit(YAML, 1, a=2, b="y\nz", c="d").endswith('spec: {c: d, a: 2, b: "y\\nz"} # z\n')


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_keeps_its_layout(indent):
    spec = {"text": "é", "items": ["a", "b"], "more": {"x": [1]}}
    text = json.dumps({"kind": "T", "spec": spec}, indent=indent)
    wanted = {"text": "ü\n", "items": ["b", "c"], "more": {"x": [1]}}
    changed = edit(text, as_json=True, text="ü\n", items=["b", "c"])
    assert changed == json.dumps({"kind": "T", "spec": wanted}, indent=indent)


@pytest.mark.parametrize(
    "text",
    [
        "kind: T\nspec:\n  one: &x a\n  two: *x\n",
        "kind: T\nspec:\n  one: [a, # why\n    b]\n",
        "kind: T\nspec: &s {one: [a]}\nmore: *s\n",
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text):
    with pytest.raises(UneditableError, match="by hand"):
        edit(text, one=["b"])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example("a\n b\n")
@example("# x\ny")
@example("\x85 ")
@example("- a\n- b")
def test_whatever_is_written_is_read_again(text):
    for name in ("text", "word", "quoted", "digits", "empty", "added"):
        changed = edit(YAML, **{name: text})
        [(value, _), (other, _)] = read(changed)
        assert value["spec"][name] == text
        assert other == read(YAML)[1][0]
        spec, old = ({**each["spec"], name: ""} for each in (value, read(YAML)[0][0]))
        assert spec == old
