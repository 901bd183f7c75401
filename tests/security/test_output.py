"""Text that providers hold stays text: no escape sequences, no commands to a CI runner."""

import json
import re
import unicodedata

import pytest

from tests.support.answers import every_text, rewritten

CLIPBOARD = "\x1b]52;c;ZXZpbA==\x07"
LINK = "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\"
ATTACKS = {
    "an escape sequence": "\x1b[2J\x1b[1;1Hevil",
    "an 8-bit escape sequence": "\x9b2Jevil",
    "a link": LINK,
    "the clipboard": CLIPBOARD,
    "a carriage return": "good\rNo changes.   ",
    "a backspace": "good\x08\x08\x08\x08evil",
    "a reversal": "a\u202eb\u2066c",
    "invisible characters": "a\u200bb\u200dc\ufeffd\u2060e\u3164f",
    "letters without ink": "a\u034fb\u115fc\u1160d\u17b4e\u17b5f\u2800g\u3164h\uffa0i",
    "a colour": "a\x1b[8mb\x1b[31mc\x1b[0m",
    "a line separator": "a\u2028::error::b",
    "a GitHub command": "x\n::add-path::/tmp\n::set-output name=a::b",
    "a GitHub command with space before it": "x\n   ::error::b",
    "an Azure command": "x\n##vso[task.setvariable variable=a]b ##[error]c",
    "a GitLab section": "x\nsection_start:1:evil[collapsed=true]\r\x1b[0Kc",
    "a surrogate": "a\ud800b",
    "a NUL": "a\x00b",
}
HARMLESS = {"\n"}
NO_INK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks, says Unicode, of which a reader sees nothing."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
COMMANDS = re.compile(r"^\s*::|##\[|##vso\[|section_(start|end):", re.MULTILINE)

NAMES = {"categoryName", "categoryDesc", "tagName", "body", "title", "templateName", "url", "URL"}


def is_risky(char):
    hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return char not in HARMLESS and (hidden or char in NO_INK)


def faults(text, *, coloured=False):
    """What a terminal or a CI runner could take for more than text."""
    plain = COLOURS.sub("", text) if coloured else text
    bad = [f"U+{ord(char):04X}" for char in sorted(set(plain)) if is_risky(char)]
    bad += ["conceals"] * ("\x1b[8m" in text)
    return bad + [match.group() for match in COMMANDS.finditer(plain)]


def poisoned(attack):
    """Put an attack into every text that a plan or a drift shows."""

    def change(name, text):
        return text + attack if name in NAMES else text

    return rewritten(lambda answer: every_text(answer, change))


@pytest.mark.parametrize(
    "attack",
    # Half a surrogate pair is no JSON: a read is tried five times.
    [pytest.param(each, marks=[pytest.mark.slow] * (each == "a surrogate")) for each in ATTACKS],
)
def test_live_values_cannot_be_more_than_text_when_they_hold(applied, attack):
    applied.port.around = poisoned(ATTACKS[attack])
    applied.environ |= {"FORCE_COLOR": "1", "GITHUB_ACTIONS": "true"}
    shown = ""
    for words in (("plan",), ("drift", "--unmanaged")):
        result = applied.run(*words)
        assert "internal error" not in result.err, result.err
        masks = [line for line in result.err.splitlines() if line.startswith("::add-mask::")]
        shown += result.out + "\n".join(x for x in result.err.splitlines() if x not in masks)
    assert "updated" in shown or "~" in shown or "cannot be" in shown or "not valid" in shown
    assert faults(shown, coloured=True) == []


def test_a_json_document_holds_no_risky_character_as_it_is(applied):
    attacks = "".join(text for text in ATTACKS.values() if "\ud800" not in text)
    applied.port.around = poisoned(attacks)
    plan = applied.run("plan", "--output", "json")
    assert attacks in [field["before"][-len(attacks) :] for field in texts(json.loads(plan.out))]
    # GitLab wants a bare carriage return and ESC behind `section_start:`, which JSON never holds.
    assert [fault for fault in faults(plan.out) if not fault.startswith("section_")] == []


def texts(plan):
    """The fields of a plan that have a text so far."""
    fields = [field for change in plan["changes"] for field in change["fields"]]
    return [field for field in fields if isinstance(field["before"], str)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_error_messages_of_a_provider_cannot_be_more_than_text_when_they_hold(site, attack):
    text = ATTACKS[attack]
    body = {
        "header": {"isSuccessful": False, "resultCode": -1000, "resultMessage": text},
        "Success": False,
        "ErrorCode": 99998,
        "ErrorText": text,
        "message": text,
    }
    answer = {"fault": "status-before", "status": 400, "text": json.dumps(body)}
    site.port.app.state.faults.replace([answer])
    result = site.run("plan", "-vv")
    assert result.code == 1
    assert faults(result.both) == []


def test_manifests_cannot_send_commands_to_a_ci_runner(site):
    """A pull request's text is somebody else's as well."""
    site.edit(
        "manifests/sms/templates.yaml",
        "displayName: Order shipped",
        'displayName: "##vso[task.x]y ##[error]z"',
    )
    site.edit("manifests/sms/templates.yaml", "    Hello ##name##,", "    ::add-path::/tmp")
    result = site.run("plan")
    assert "add-path" in result.out
    assert "vso" in result.out
    assert faults(result.both) == []
    site.edit("manifests/sms/templates.yaml", "type: mms", 'type: "a\\n::error::b\\e[2J\\u202e"')
    result = site.run("validate")
    assert result.code == 1
    assert faults(result.both) == []
