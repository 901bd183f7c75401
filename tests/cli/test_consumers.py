"""Programs of users over what commands print: every `reconciler … | jq …` that help and pages show.

Those of today, and those of the last release, which users have copied: `tests/released/consumers.txt`
is written again at a release, and only then: `RECONCILER_RECORD_RELEASE=1 pytest` this file.
"""

import json
import os
import re
import shlex
from pathlib import Path

import jq
import pytest

from reconciler.cli.app import Group, cli
from reconciler.render.documents import output_schema
from tests.support import documents

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RELEASED = ROOT / "tests" / "released" / "consumers.txt"
SHOWN = re.compile(r"reconciler [^`\n]*?\\?\| *jq (?:-\w+ )*(?:'[^'\n]*'|[^\s`|]+)")
ENDLESS = "webhook receive"
"""Prints a line a call until somebody stops it."""


def of_pages():
    for page in PAGES:
        for found in SHOWN.findall(page.read_text(encoding="utf-8")):
            yield found.replace("\\|", "|")


def of_help(command=cli):
    yield from (line for line, _ in command.examples if "| jq" in line)
    if isinstance(command, Group):
        context = command.make_context("reconciler", [], resilient_parsing=True)
        for name in command.list_commands(context):
            yield from of_help(command.get_command(context, name))


def today():
    return sorted({*of_pages(), *of_help()})


def lines():
    if os.environ.get("RECONCILER_RECORD_RELEASE"):
        RELEASED.write_text("".join(f"{line}\n" for line in today()), encoding="utf-8")
    return sorted({*today(), *RELEASED.read_text(encoding="utf-8").splitlines()})


def program(line):
    """The words of the command, and the program that reads what it prints."""
    command, _, consumer = line.partition("| jq ")
    words = [word for word in shlex.split(consumer) if not word.startswith("-")]
    return shlex.split(command)[1:], words[0]


def test_they_are_found():
    found = today()
    assert "reconciler state pull | jq .serial" in found
    assert "reconciler plan --output json | jq .summary" in found
    assert len(found) >= 6


@pytest.mark.parametrize("line", lines())
def test_a_program_finds_what_it_looks_for(line, run, project, monkeypatch):
    words, text = program(line)
    compiled = jq.compile(text)
    if line.startswith(f"reconciler {ENDLESS}"):
        assert text.removeprefix(".") in output_schema("webhook")["properties"]
        return
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    assert run("apply", "--emulate", "--auto-approve").code == 0
    result = run(*words)
    assert result.code in {0, 2}, result.err
    document = json.loads(result.out)
    documents.check(document)
    found = compiled.input_value(document).all()
    assert found
    assert None not in found
