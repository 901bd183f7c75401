"""Where lines are broken that are too wide."""

import pytest

from reconciler.render.layout.style import Colour, Style
from reconciler.render.layout.wrapping import fold
from reconciler.render.plans.changes import note_lines


def whole(text, command, width=40):
    lines = fold(text, width).split("\n")
    assert all(len(line) <= width for line in lines), lines
    return any(command in line for line in lines)


@pytest.mark.parametrize("before", range(0, 60, 7))
@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("{}run `reconciler state rm nhn/Tag/a` now", "`reconciler state rm nhn/Tag/a`"),
        ("{}(`reconciler apply`), or wait", "(`reconciler apply`),"),
        ("{}give it up: reconciler state rm a/Tag/a", "reconciler state rm a/Tag/a"),
        ("{}it is: reconciler state mv a b, or not", "reconciler state mv a b,"),
    ],
)
def test_a_command_is_in_one_line_wherever_it_stands(before, text, command):
    lead = "word " * (before // 5)
    assert whole(text.format(lead), command)
    assert whole(f"      {text.format(lead)}", command)


def test_a_command_keeps_its_colours_in_one_line():
    text = "      " + Style(colour=True).paint("to be undone by `reconciler apply`", Colour.DIM)
    assert "`reconciler apply`\x1b[0m" in fold(text, 30)


def test_a_command_wider_than_the_terminal_is_broken_at_its_spaces():
    text = "run `reconciler state resolve mail/ApiKey/app --adopt 17`"
    assert fold(text, 30).split("\n") == [
        "run `reconciler state resolve",
        "  mail/ApiKey/app --adopt 17`",
    ]


def test_a_backtick_that_nothing_closes_changes_nothing():
    text = "one ` stands here and the line goes on"
    assert fold(text, 24).split("\n") == ["one ` stands here and", "  the line goes on"]


def test_what_a_note_lists_has_lines_of_its_own():
    lines = [*note_lines("publish this:\na.example TXT x\n\x1b[2J", Style())]
    assert lines == [
        "      note: publish this:",
        "        a.example TXT x",
        r"        \x1b[2J",
    ]
