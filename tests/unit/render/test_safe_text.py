import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.layout.safe_text import harmless_json, neutralise, safe_text

CORPUS = [
    ("plain text", "plain text"),
    ("안녕하세요 café 👋", "안녕하세요 café 👋"),
    ("a\tb\nc\rd", r"a\tb\nc\rd"),
    ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
    ("\x1b]8;;http://evil\x07click\x1b]8;;\x07", r"\x1b]8;;http://evil\x07click\x1b]8;;\x07"),
    ("\x1b]52;c;ZXZpbA==\x1b\\", r"\x1b]52;c;ZXZpbA==\x1b" + "\\"),
    ("\x9b2J\x7f\x00\x08", r"\x9b2J\x7f\x00\x08"),
    ("\u202egpj.exe", r"\u202egpj.exe"),
    ("a\u2066b\u2069\u200e\u200f\u061c", r"a\u2066b\u2069\u200e\u200f\u061c"),
    ("zero\u200bwidth\u200c\u200d\ufeff\u2060", r"zero\u200bwidth\u200c\u200d\ufeff\u2060"),
    ("line\u2028para\u2029next\x85", r"line\u2028para\u2029next\x85"),
    ("soft\u00adhyphen", r"soft\xadhyphen"),
    ("tag\U000e0041", r"tag\U000e0041"),
    ("filler\u3164\u115f\u2800", r"filler\u3164\u115f\u2800"),
    ("lone\ud800", r"lone\ud800"),
    ("no-break\u00a0and\u3000wide", "no-break\u00a0and\u3000wide"),
]


@pytest.mark.parametrize(("text", "shown"), CORPUS)
def test_what_cannot_be_seen_becomes_an_escape(text, shown):
    assert safe_text(text) == shown


@given(st.text(st.characters(codec=None)))
def test_no_control_or_format_character_is_left(text):
    shown = safe_text(text)
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)


@given(st.text())
def test_text_that_is_visible_stays_as_it_is(text):
    if all(char.isascii() and char.isprintable() for char in text):
        assert safe_text(text) == text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        (" \t ::add-mask::x", " \t " + r"\x3a:add-mask::x"),
        ("\u3000::x", "\u3000" + r"\x3a:x"),
        ("\x1b[1m\x1b[31m::x\x1b[0m", "\x1b[1m\x1b[31m" + r"\x3a:x" + "\x1b[0m"),
        ("a ::error::x", "a ::error::x"),
        ("IPv6 is ::1", "IPv6 is ::1"),
        ("text ##[group]x", r"text \x23#[group]x"),
        ("##vso[task.setvariable]x", r"\x23#vso[task.setvariable]x"),
        ("Hello ##name##", "Hello ##name##"),
        ("### [x]", "### [x]"),
        ("section_start:1560896352:a", r"section\x5fstart:1560896352:a"),
        ("a section_end:1:a", r"a section\x5fend:1:a"),
        ("my_section_start", "my_section_start"),
    ],
)
def test_no_line_is_a_command_to_a_ci_runner(line, shown):
    assert neutralise(line) == shown
    assert neutralise(f"before\n{line}\nafter\n") == f"before\n{shown}\nafter\n"


@given(st.recursive(st.text(st.characters(codec=None)) | st.none(), st.lists))
def test_json_keeps_its_values_and_loses_what_is_risky(value):
    document = harmless_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(document) == value
    assert "##[" not in document
    assert safe_text(document.replace("\n", "")) == document.replace("\n", "")
