"""The text of manifests: what is written is what any reader reads, and what was there stays."""

import gzip
import tracemalloc

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.text.yaml_reader import read_yaml
from reconciler.manifests.writing.appending import appended, new_text
from reconciler.manifests.writing.layout import plural
from reconciler.manifests.writing.lists import MOST_PLAIN, list_bytes, list_name
from reconciler.manifests.writing.yaml_text import Text, Written, document_text, scalar
from reconciler.model.numbers import NumberSet

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
HOSTILE = [
    "on",
    "No",
    "y",
    "~",
    "null",
    "TRUE",
    "01012345678",
    "1:20",
    "0x1f",
    "1e3",
    "=",
    "<<",
    "- a",
    "a: b",
    "a #b",
    "##name##",
    "'",
    '"',
    "\\",
    "{a}",
    "[a]",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "\x85",
    "a\u2028b",
    "\ufeff",
    "\x1b[31m",
    "\x7f",
    "\u200b",
    "a ",
    " a",
    "a\t",
    "",
    "a\nb",
    "a\nb\n",
    "a\nb\n\n",
    "\na",
    "a\n\nb",
    "a \nb",
    "a\n b",
    "a\r\nb",
    "#a\n#b",
    "---\na",
    "...\na",
    "가입 환영",
    "💌",
    "a" * 3000,
]


def written(value):
    return document_text(Text(kind="Template", metadata={"name": "a"}, spec={"body": value}))


def read(text):
    """What our own reader makes of it, and PyYAML, which is of version 1.1."""
    documents, problems = read_yaml(text)
    assert problems == []
    ours = [value["spec"]["body"] for value, _ in documents]
    theirs = [each["spec"]["body"] for each in yaml.safe_load_all(text)]
    return ours, theirs


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_read_as_it_was(text):
    assert read(written(text)) == ([text], [text])


@given(TEXTS)
def test_any_text_is_read_as_it_was(text):
    assert read(written(text)) == ([text], [text])


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_any_list_is_read_as_it_was(texts):
    assert read(written(texts)) == ([texts], [texts])


@given(TEXTS, TEXTS)
def test_no_comment_gets_out_of_its_line(remark, comment):
    text = document_text(
        Text(
            kind="Template",
            metadata={"name": "a"},
            spec={"body": Written(value={"id": "7"}, remark=remark)},
            comments=(comment,),
        )
    )
    assert read(text)[1] == [{"id": 7}]


@pytest.mark.parametrize(
    ("text", "plain"),
    [("welcome", True), ("가입-환영", True), ("a b", True), ("Yes", False), ("1a", False)],
)
def test_a_text_is_plain_only_where_nobody_could_take_it_for_something_else(text, plain):
    assert (scalar(text) == text) is plain


NEW = written("new")
ENDINGS = {
    "ordinary": "a: 1\n",
    "no line break": "a: 1",
    "blank lines": "a: 1\n\n\n",
    "a marker of the end": "a: 1\n...\n",
    "a marker of the next": "a: 1\n---\n",
    "a marker of the next, open": "a: 1\n---",
    "a comment": "a: 1\n# mine\n",
    "a comment, open": "a: 1\n# mine",
    "a block": "a: |\n  text\n",
    "a block that keeps": "a: |+\n  text\n\n\n",
    "a block that strips": "a: |-\n  text",
    "a list": "a:\n- 1\n- 2",
    "flow": "{a: 1}",
    "quotes over lines": 'a: "b\n  c"\n',
    "CRLF": "a: 1\r\nb: 2\r\n",
    "CRLF, open": "a: 1\r\nb: 2",
    "a byte order mark": "\ufeffa: 1\n",
    "a directive": "%YAML 1.1\n---\na: 1\n",
    "nothing": "",
    "a comment alone": "# mine\n",
    "two documents": "a: 1\n---\nb: 2\n",
}


def values(data):
    found, problems = read_yaml(data.decode("utf-8-sig"))
    assert problems == []
    return [value for value, _ in found if value is not None]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_added_leaves_what_was_there_as_it_is(ending):
    before = ENDINGS[ending].encode()
    after = appended(before, [NEW])
    assert after.startswith(before)
    assert values(after)[:-1] == values(before)
    assert values(after)[-1]["spec"] == {"body": "new"}
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert b"\n" not in after.replace(b"\r\n", b"") or b"\r\n" not in before


def test_a_block_that_the_end_of_the_file_ends_would_change_so_nothing_is_added():
    assert appended(b"a: |\n  text", [NEW]) is None
    assert appended(b"a: |+\n  text", [NEW]) is None


def test_nothing_is_added_to_what_cannot_be_read():
    assert appended(b"a: [", [NEW]) is None
    assert appended(b"\xff\xfe", [NEW]) is None


def test_a_new_file_says_where_it_came_from_first():
    text = new_text("Imported from nhn.", [NEW, NEW]).decode()
    assert text.startswith("# Imported from nhn.\napiVersion: reconciler/v1\n")
    assert read(text)[0] == ["new", "new"]


@pytest.mark.parametrize("count", [0, 1, MOST_PLAIN, MOST_PLAIN + 1])
def test_a_list_has_a_number_a_line_and_is_packed_where_it_is_long(count):
    numbers = NumberSet(f"010{index:08}" for index in range(count))
    data = list_bytes(numbers)
    assert data == list_bytes(NumberSet(reversed([*numbers])))
    packed = list_name("a", count).endswith(".gz")
    assert packed == (count > MOST_PLAIN)
    if packed:
        assert data[4:8] == b"\0\0\0\0", "no time"
        assert data[3] == 0, "no name"
        data = gzip.decompress(data)
    assert data.decode().splitlines() == [*numbers]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Template", "templates"), ("Category", "categories"), ("ApiKey", "api-keys")],
)
def test_files_are_called_by_their_kind(kind, name):
    assert plural(kind) == name


def test_a_list_is_packed_in_a_few_bytes_of_memory_a_number():
    numbers = NumberSet(f"010{index * 7:08}" for index in range(60_000))
    tracemalloc.start()
    try:
        list_bytes(numbers)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A batch of ten thousand is in memory as texts, and what is packed so far.
    assert peak / 60_000 < 40
