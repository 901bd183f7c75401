"""YAML and JSON text to values: limits, refusals, positions."""

from __future__ import annotations

import json
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.files import read_bytes
from reconciler.manifests.text import yaml_reader
from reconciler.manifests.text.common import (
    MAX_DOCUMENT,
    MAX_FILE,
    MAX_NODES,
    Span,
    UnreadableError,
    decode,
)
from reconciler.manifests.text.json_reader import read_json
from reconciler.manifests.text.positions import positions
from reconciler.manifests.text.scalars import Plain
from reconciler.manifests.text.yaml_reader import read_yaml


def values(text: str) -> list:
    documents, problems = read_yaml(text)
    assert problems == []
    return [value for value, _ in documents]


def problems(text: str) -> list[str]:
    return [f"{line}:{column}: {message}" for line, column, message, _ in read_yaml(text)[1]]


# --- YAML ---------------------------------------------------------------------------------------


def test_only_scalars_that_could_be_more_than_text_are_kept_plain():
    text = "a: 12\nb: '12'\nc: true\nd: on\ne: 01\nf: 1.5e3\ng: .5\nh: \"null\"\ni: 1_000\nj: -0\n"
    value = values(text)[0]
    assert value == {
        "a": "12", "b": "12", "c": "true", "d": "on", "e": "01", "f": "1.5e3", "g": ".5",
        "h": "null", "i": "1_000", "j": "-0",
    }  # fmt: skip
    assert [key for key, item in value.items() if isinstance(item, Plain)] == ["a", "c", "f", "j"]


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_the_three_ways_to_write_null(text):
    assert values(f"a: {text}\n") == [{"a": None}]


def test_documents_without_content_are_skipped():
    assert values("# a\n---\n---\na: 1\n...\n---\n# b\n") == [{"a": "1"}]
    assert values("") == []


def test_values_are_what_the_standard_loader_gives_but_for_scalars():
    text = (
        'a: |\n  x\n  y\nb: >-\n  x\n  y\nc: "\\u00e4\\n"\nd: {e: [f, {g: h}], i: []}\n? j\n: k\n'
    )
    assert values(text) == list(yaml.safe_load_all(text))


def test_every_repeated_key_is_named_with_both_lines():
    assert problems("a: 1\nb: {c: 1,\n  c: 2}\na: 2\na: 3\n") == [
        '3:3: the key "c" is already in line 2',
        '4:1: the key "a" is already in line 1',
        '5:1: the key "a" is already in line 1',
    ]


def test_lines_count_from_the_start_of_the_file():
    text = "ok: 1\n---\n\n# x\n--- {a: 1,\n a: 2}\n"
    assert problems(text) == ['6:2: the key "a" is already in line 5']


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: !!str 1\n", "1:4: YAML tags are not supported"),
        ("a: !x {}\n", "1:4: YAML tags are not supported"),
        ("!!map {a: 1}\n", "1:1: YAML tags are not supported"),
        ("a: &x !y z\n", "1:4: YAML tags are not supported"),
        ("x: &x {a: 1}\nb:\n  <<: *x\n", "3:3: merge keys (<<) are not supported"),
        ("null: 1\n", '1:1: the key "null" is not a text'),
        ("1.5: 1\n", '1:1: the key "1.5" is not a text'),
        ("true: 1\n", '1:1: the key "true" is not a text'),
        ("? {a: 1}\n: 2\n", "1:3: a key must be a text"),
        ("a: &k k\n? *k\n: 1\n", "2:3: a key must be a text"),
        ("&x a: 1\n", "1:1: tags and anchors on a key are not supported"),
        ("a: *b\n", "1:4: the alias *b stands for nothing"),
        ("a: &b [*b]\n", "1:8: the alias *b stands for nothing"),
        ("- a\n", "1:1: a manifest is a mapping"),
        ("just text\n", "1:1: a manifest is a mapping"),
        ("a: b: c\n", "1:5: the text has ': ', which begins a value in YAML"),
        ("a:\n\t- b\n", "2:1: the line is indented with a tab"),
        ("a: 'x\n", "1:4: the quote that opens here is not closed"),
        ("a: @x\n", "1:4: a text cannot begin with @ in YAML"),
        ("%YAML 3.0\n---\na: 1\n", "1:1: not valid YAML: found incompatible YAML document"),
    ],
)
def test_what_is_refused_is_said_where_it_stands(text, problem):
    assert problems(text)[0].startswith(problem)


def test_quoted_keys_may_look_like_anything():
    assert values('"1": a\n\'null\': b\n"<<": c\n"": d\n') == [
        {"1": "a", "null": "b", "<<": "c", "": "d"}
    ]


def test_reading_goes_on_at_the_next_document_after_a_syntax_error():
    text = "a: 1\n---\nb: [\n---\nc: 3\n---\nd: 'x\n---\n--- {e: 5}\n"
    documents, found = read_yaml(text)
    assert [value for value, _ in documents] == [{"a": "1"}, {"c": "3"}, {"e": "5"}]
    assert [problem.line for problem in found] == [4, 7]
    assert [text[span.start : span.end].strip() for _, span in documents] == [
        "a: 1",
        "c: 3",
        "{e: 5}",
    ]


def test_many_syntax_errors_do_not_take_long():
    began = time.process_time()
    found = problems("---\na: [\n" * 20_000)
    assert found[-1] == "201:1: too many faults: the rest of the file was not read"
    assert time.process_time() - began < 2


def test_aliases_are_copies():
    value = values("a: &x {b: [1]}\nc: *x\n")[0]
    assert value["c"] == value["a"]
    assert value["c"] is not value["a"]
    assert value["c"]["b"] is not value["a"]["b"]


def test_fifty_aliases_are_allowed_and_no_more():
    assert problems("a: &x 1\nb: [" + ", ".join(["*x"] * 50) + "]\n") == []
    assert "more than 50 aliases" in problems("a: &x 1\nb: [" + ", ".join(["*x"] * 51) + "]\n")[0]
    two = "a: &x 1\nb: [" + ", ".join(["*x"] * 50) + "]\n---\n"
    assert problems(two * 2) == []


def bomb(levels: int = 8) -> str:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


MERGE_BOMB = "a0: &a0 {k: v}\n" + "\n".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 24)
)
DEEP_BOMB = "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [[[*a{n - 1}]]]" for n in range(1, 40))


@pytest.mark.parametrize("text", [bomb(), MERGE_BOMB, DEEP_BOMB, "a: " + "[" * 1_000_000])
def test_bombs_are_refused_at_once(text):
    read_yaml("a: 1\n")
    began = time.process_time()
    assert problems(text)
    # Ten times what it takes, for busy machines.
    assert time.process_time() - began < 0.7


def test_an_alias_deep_down_counts_with_all_its_levels():
    assert "nested more than 50 levels" in problems(DEEP_BOMB)[0]


def test_fifty_levels_are_allowed_and_no_more():
    assert problems("a: " + "[" * 49 + "x" + "]" * 49 + "\n") == []
    assert "nested more than 50 levels" in problems("a: " + "[" * 50 + "x" + "]" * 50 + "\n")[0]


def test_documents_and_their_values_are_limited():
    assert "larger than 1 MiB" in problems(f"a: {'x' * MAX_DOCUMENT}\n---\nb: 1\n")[0]
    many = "a:\n" + "- x\n" * 100_001
    documents, found = read_yaml(many + "---\nb: 1\n")
    assert [value for value, _ in documents] == [{"b": "1"}]
    assert "more than 100,000 values" in found[0].message


LIST = "x: &x [" + "1," * 60_000 + "]\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n" + "- x\n" * 100_100, (100_000, 3)),
        ("a:\n" + "".join(f"  k{n}: x\n" for n in range(100_100)), (100_000, 3)),
        (LIST + "b: [*x, *x, *x]\n", (2, 5)),
        (LIST + "b: *x\n", (2, 4)),
    ],
)
def test_reading_ends_at_the_value_that_is_one_too_many(text, place):
    (found,) = read_yaml(text)[1]
    assert "more than 100,000 values" in found.message
    assert (found.line, found.column) == place


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("a: &a [" + "x," * 9 + "]\n" + "b: [" + "*a," * 100_000 + "]", 100),
        (MERGE_BOMB, 300),
        ("a: " + "[" * 100_000, 100),
        ("a: [" + "x," * 400_000 + "]", 100_100),
        ("---\na: [\n" * 300, 1_000),
    ],
)
def test_no_more_of_a_bomb_is_read_than_it_takes_to_refuse_it(text, most, monkeypatch):
    read = 0

    class Counting:
        def __init__(self, part):
            self.get = yaml.CSafeLoader(part).get_event

        def get_event(self):
            nonlocal read
            read += 1
            return self.get()

    monkeypatch.setattr(yaml_reader, "_LOADER", Counting)
    assert read_yaml(text)[1]
    assert read <= most


def test_aliases_are_copied_only_within_the_limit(monkeypatch):
    copied = 0
    copy = yaml_reader._copy

    def counting(value):
        nonlocal copied
        copied += 1
        return copy(value)

    monkeypatch.setattr(yaml_reader, "_copy", counting)
    assert problems(bomb())
    assert copied <= MAX_NODES


def test_one_byte_more_than_a_file_may_have_is_read_and_no_more(tmp_path):
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(MAX_FILE + 10)
    assert len(read_bytes(str(tmp_path / "a.yaml"))) == MAX_FILE + 1


def test_a_file_is_limited():
    with pytest.raises(UnreadableError, match="larger than 64 MiB"):
        decode(b"x" * (MAX_FILE + 1))


# --- JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}{"b": 2}',
        '{"a": 1}\n\n{"b": 2}\n',
        '[{"a": 1}, {"b": 2}]',
        ' [ {"a": 1} ,\n{"b": 2} ] ',
    ],
)
def test_json_documents_stand_one_after_the_other_or_in_a_list(text):
    documents, found = read_json(text)
    assert [value for value, _ in documents] == [{"a": "1"}, {"b": "2"}]
    assert found == []
    assert json.loads(text[documents[1][1].start : documents[1][1].end]) == {"b": 2}


def test_json_numbers_keep_their_text():
    value = read_json('{"a": 010, "b": 1}'.replace("010", "10") + "")[0][0][0]
    assert value == {"a": "10", "b": "1"}
    assert isinstance(value["a"], Plain)
    assert read_json('{"a": 1.50, "b": true, "c": null}')[0][0][0] == {
        "a": "1.50",
        "b": True,
        "c": None,
    }


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{"a": 1,\n "a": 2}', 2, 2, 'the key "a" is already in line 1'),
        ('{"a": 1}\n{"b": 1, "b": 2}', 2, 10, 'the key "b" is already in line 2'),
        ('{"a": NaN}', 1, 1, "not valid JSON: NaN is not JSON"),
        ('{"a": 1,}', 1, 9, "not valid JSON: "),
        ('{"a": 1}, {"b": 2}', 1, 9, "not valid JSON: "),
        ("[", 1, 2, "not valid JSON: "),
        ('[{"a": 1}', 1, 10, "not valid JSON: "),
        ('[{"a": 1},]', 1, 10, "not valid JSON: "),
        ('[{"a": 1}] x', 1, 12, "not valid JSON: "),
        ("[1, 2]", 1, 2, "a manifest is an object"),
        ('"text"', 1, 1, "a manifest is an object"),
        ('{"a": "\\ud800"}', 1, 1, "half of a surrogate pair"),
        ('{"a": ' + "[" * 60 + "]" * 60 + "}", 1, 1, "nested more than 50 levels deep"),
        ('{"a":' * 100_000, 1, 1, "nested more than 50 levels deep"),
        ('{"a": "' + "x" * MAX_DOCUMENT + '"}', 1, 1, "larger than 1 MiB"),
        ('{"a": [' + ",".join(["1"] * 100_001) + "]}", 1, 1, "more than 100,000 values"),
    ],
)
def test_what_is_refused_of_json_is_said_where_it_stands(text, line, column, message):
    found = read_json(text)[1]
    assert (found[0].line, found[0].column) == (line, column)
    assert message in found[0].message


def test_an_emoji_in_json_is_no_broken_text():
    assert read_json('{"a": "\\ud83d\\ude00"}') == ([({"a": "😀"}, Span(1, 1, 0, 21))], [])


# --- positions ----------------------------------------------------------------------------------


def test_positions_of_yaml_name_keys_and_values():
    text = "# x\n---\na:\n  - b: 1\n    c: &x [d, e]\n  - *x\n"
    (_, span) = read_yaml(text)[0][0]
    found = positions(text, span)
    assert found["a",] == ((3, 1), (4, 3))
    assert found["a", 0, "c"] == ((5, 5), (5, 8))
    assert found["a", 0, "c", 1] == ((5, 15), (5, 15))
    assert found["a", 1] == ((6, 5), (6, 5))


def test_positions_of_json_name_keys_and_values():
    text = '[{"x": 1},\n\t{"a" : [ {"b":"q\\"{}"} , -1.5 ],\n  "c":\n null, "d": {}}]'
    (_, span) = read_json(text)[0][1]
    assert positions(text, span, json=True) == {
        (): ((2, 2), (2, 2)),
        ("a",): ((2, 3), (2, 9)),
        ("a", 0): ((2, 11), (2, 11)),
        ("a", 0, "b"): ((2, 12), (2, 16)),
        ("a", 1): ((2, 27), (2, 27)),
        ("c",): ((3, 3), (4, 2)),
        ("d",): ((4, 8), (4, 13)),
    }


def paths_of(value, path=()) -> set:
    found = {path}
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        found |= paths_of(item, (*path, key))
    return found


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.sampled_from([None, 1, "\t"]))
def test_every_value_of_json_has_a_position(value, indent):
    text = json.dumps(value, indent=indent)
    documents, found = read_json(text)
    assert found == []
    assert positions(text, documents[0][1], json=True).keys() == paths_of(value)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values, max_size=4))
def test_every_value_of_yaml_has_a_position(value):
    text = "---\n# first\n---\n" + yaml.safe_dump(
        value, allow_unicode=True, default_style='"'
    ).replace("!!", "#!!")
    documents, found = read_yaml(text)
    if found or not documents:
        return
    known = positions(text, documents[0][1])
    assert known.keys() == paths_of(documents[0][0])


# --- text that YAML does not take for text ------------------------------------------------------


def lost(text: str) -> list[tuple[int, int, str]]:
    documents, found = read_yaml(text)
    assert found == []
    return [
        (cut.comment.line, cut.comment.column, cut.lost)
        for _, span in documents
        for cut in span.cuts
    ]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("a: hi ##n## b\n", (1, 7, "##n## b")),
        ("a: hi #{code}\n", (1, 7, "#{code}")),
        ("a: hi\t#x\n", (1, 7, "#x")),
        ("a: order #\n", (1, 10, "#")),
        ("a: ##n## b\n", (1, 4, "##n## b")),
        ("a:\n  ##n##\n", (2, 3, "##n##")),
        ("a: hi\n  ##n##\nb: c\n", (2, 3, "##n##")),
        ("a: hi\n  you\n  ##n##\n", (3, 3, "##n##")),
        ("a: hi\n\n  ##n##\n", (3, 3, "##n##")),
        ("a: {b: hi ##n##\n  , c: d}\n", (1, 11, "##n##")),
        ("a: [hi ##n##\n  ]\n", (1, 8, "##n##")),
        ("a:\n- hi #x\n", (2, 6, "#x")),
        ("a:\n- hi\n  #x\n", (3, 3, "#x")),
        ("a:\n- ##n##\n", (2, 3, "##n##")),
        ("a: &x hi #x\nb: *x\n", (1, 10, "#x")),
        ('a: "hi" ##n## b\n', (1, 9, "##n## b")),
        ("a: 'hi'\n  ##n##\n", (2, 3, "##n##")),
        ("a: |\n    hi\n  ##n##\n", (3, 3, "##n##")),
        ("a: |\n##n##\nb: c\n", (2, 1, "##n##")),
        ("a: | ##n##\n  hi\n", (1, 6, "##n##")),
        ("a: hi ##n##\r\nb: c\r\n", (1, 7, "##n##")),
        ("x: 1\n---\n\na: hi ##n##\n", (4, 7, "##n##")),
        ('{"a": hi ##n##\n}\n', (1, 10, "##n##")),
    ],
)
def test_a_text_that_a_comment_ends_is_noted(text, cut):
    assert lost(text) == [cut]


@pytest.mark.parametrize(
    "text",
    [
        "a: hi # n\n",
        "a: hi #\tn\n",
        "a: hi#n #  m\n",
        "a: hi\n#b: c\nd: e\n",
        "x:\n  a: hi\n  #b: c\n  d: e\n",
        "x:\n  a: hi\n#  b: c\n  d: e\n",
        "x:\n  - a\n  #- b\n  - c\n",
        "x:\n- a\n#- b\n- c\n",
        "a: 'hi' #n\n",
        "a: |\n  ##n## #x\n",
        "a: 'hi ##n##'\n",
        'a: "hi\n  ##n##"\n',
        "a: >-\n  hi\n#b: ##n##\n",
        "a: {}\n##n##\n",
    ],
)
def test_a_comment_that_is_meant_as_one_is_none_of_it(text):
    assert lost(text) == []


def test_an_anchor_that_nothing_refers_to_is_no_anchor_but_a_text():
    assert problems("a: &me hi\n") == ['1:4: YAML takes "&me" for an anchor, which no alias names']
    assert problems("a: &me you\nb: *me\n") == []
    assert problems('a: &me "you"\n') == []


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "x\\ud83d\\udc4dy", "b": ["\\uD83D\\uDC4D"]}\n',
        'a: "x\\ud83d\\udc4dy"\nb:\n- "\\ud83d\\udc4d"\n',
    ],
)
def test_characters_that_json_escapes_in_two_are_read(text):
    documents, found = read_yaml(f"first: 1\n---\n{text}")
    assert (documents[1][0], found) == ({"a": "x👍y", "b": ["👍"]}, [])
    assert len(documents) == 2
    span = documents[1][1]
    places = positions(f"first: 1\n---\n{text}", span)
    assert places["b",].key == (3, 25) if text.startswith("{") else (4, 1)


def test_two_escapes_in_single_quotes_or_a_block_stay_as_they_are():
    text = "a: '\\ud83d\\udc4d'\nb: \"\\ud83d\\udc4d\"\n"
    assert values(text) == [{"a": "\\ud83d\\udc4d", "b": "👍"}]


@pytest.mark.parametrize("text", ['a: "\\ud83d"\n', 'a: "\\udc4d\\ud83d"\n', '{"a": "\\ud83dx"}\n'])
def test_half_a_surrogate_pair_is_refused(text):
    assert "half of a surrogate pair" in problems(text)[0]


@pytest.mark.parametrize("between", ["---\n\ufeff", "\ufeff---\n", "\ufeff", "---\n\ufeff# x\n"])
def test_a_byte_order_mark_before_a_later_document_is_skipped(between):
    text = f"\ufeffa: 1\nb: 2\n{between}c: 3\nd: 4\n"
    assert decode(text.encode()).count("\ufeff") == 0
    found = values(decode(text.encode()))
    assert found in (
        [{"a": "1", "b": "2"}, {"c": "3", "d": "4"}],
        [{"a": "1", "b": "2", "c": "3", "d": "4"}],
    )
