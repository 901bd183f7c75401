import pytest

from reconciler.model.change import Cause, FieldChange
from reconciler.render.layout.style import Style, cells, count, duration, pad
from reconciler.render.layout.tables import pairs, table
from reconciler.render.plans.changes import field_lines
from reconciler.render.plans.diffs import MOST_LINES, list_diff, text_diff
from reconciler.render.plans.values import inline, known_later

STYLE = Style()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "(none)"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        ("text", "text"),
        ("", '""'),
        (" padded", '" padded"'),
        ("true", '"true"'),
        ("a → b", '"a → b"'),
        (["a", 1, None], "[a, 1, (none)]"),
        ({"id": "7"}, "id 7"),
        ({"ref": "vip", "kind": "Tag"}, "vip"),
        ({"hmac": "abc"}, "••••••"),
        ({"path": "a.jpg", "sha256": "0123456789"}, "a.jpg (sha256 01234567)"),
        ({"a": 1, "b": ["x"]}, "{a: 1, b: [x]}"),
        ({"\x1b": "\x1b"}, r"{\x1b: \x1b}"),
    ],
)
def test_a_value_is_written_as_a_person_would(value, shown):
    assert inline(value, STYLE) == shown


@pytest.mark.parametrize("value", [["map.jpg"], ["010****5678"], "010****5678"])
def test_values_that_differ_in_what_is_not_shown_say_so(value):
    field = FieldChange(path="it", before=value, after=value)
    assert list(field_lines([field], STYLE)) == [
        f"      it: {inline(value, STYLE)} (differs in what is not shown)"
    ]


def test_a_value_that_is_not_known_yet_says_so():
    assert known_later(None, STYLE) == "(known after apply)"
    assert known_later("vip", STYLE) == "vip (known after apply)"


def test_line_ends_alone_are_no_difference_but_are_shown_when_that_is_all():
    assert text_diff("a\r\nb", "a\nc\n", STYLE) == [(" ", "a"), ("-", "b"), ("+", "c")]
    assert text_diff("a\r\nb", "a\nb", STYLE) == [("-", r"a\r"), ("+", "a"), (" ", "b")]
    assert text_diff("a\n", "a", STYLE) == [(" ", "a"), ("-", "")]


def test_a_long_difference_is_counted_not_shown():
    lines = text_diff("", "\n".join(map(str, range(100))), STYLE)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == ("…", "85 more lines")


def test_an_enormous_text_is_not_compared_line_by_line():
    lines = text_diff("x\n" * 9000, "y\n" * 9000, STYLE)
    assert lines == [("-", "9,000 lines"), ("+", "9,000 lines")]


def test_a_secret_is_masked_before_a_text_is_cut():
    secret = "canary-" + "x" * 60
    style = Style(redact=lambda text: text.replace(secret, "••••••"))
    lines = text_diff("a" * 230 + secret, "b" * 230 + secret, style)
    assert not any("canary" in text for _, text in lines)


def test_a_list_shows_what_went_and_came_and_order_only_when_that_is_all():
    assert list_diff(["a", "a", "b"], ["a", "b", "c"], STYLE) == [("-", "a"), ("+", "c")]
    assert list_diff(["a", "b"], ["b", "a"], STYLE) == [("-", "[a, b]"), ("+", "[b, a]")]


def test_a_narrow_terminal_gets_values_on_lines_of_their_own():
    field = FieldChange(path="name", before="a" * 20, after="b" * 20, cause=Cause.DRIFT)
    narrow = list(field_lines([field], Style(width=40)))
    assert narrow == [
        "      name: (changed outside)",
        "        - " + "a" * 20,
        "        + " + "b" * 20,
    ]
    assert len(list(field_lines([field], Style(width=100)))) == 1


def test_korean_letters_take_two_columns():
    assert cells("안녕") == 4
    assert pad("안녕", 6) == "안녕  "
    assert cells("e\u0301") == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (125, "2 min 5 s"),
        (3600 * 3 + 1260, "3 h 21 min"),
    ],
)
def test_durations_are_short(seconds, text):
    assert duration(seconds) == text


def test_counts_have_plurals_and_separators():
    assert count(1, "change") == "1 change"
    assert count(1200, "reply", "replies") == "1,200 replies"


def test_a_table_is_aligned_clean_and_without_empty_columns():
    text = table(("name", "note", "id"), [("a\x1b", "", 1), ("안녕", "", 22)], STYLE)
    assert text == "NAME   ID\na\\x1b  1\n안녕   22\n"
    assert pairs([("one", "1"), ("none", ""), ("three", 3)], STYLE) == "one:   1\nthree: 3\n"
