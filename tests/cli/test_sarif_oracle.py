"""SARIF reports, judged by Microsoft's own validator, where `SARIF_MULTITOOL` names it."""

import json
import os
import re
import subprocess

import pytest

TOOL = os.environ.get("SARIF_MULTITOOL", "")
RULES = "Sarif;Ghas"
"""Those of the format, and those of GitHub's code scanning."""


@pytest.fixture(autouse=True)
def _at_hand():
    if not TOOL:
        pytest.skip("SARIF_MULTITOOL names no Sarif.Multitool: npm has it, see .ci/run")


def judged(path):
    """What is wrong with a file; the tool ends with 0 either way."""
    done = subprocess.run(
        [TOOL, "validate", str(path), "--rule-kind", RULES],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    assert "1 files scanned" in done.stdout, done.stdout + done.stderr
    return re.findall(r"\): (?:error|warning) (\w+)", done.stdout)


@pytest.mark.parametrize(
    "command", [("validate",), ("plan", "--emulate"), ("drift", "--emulate")], ids=lambda c: c[0]
)
def test_a_report_is_sound(run, applied, edit, tmp_path, command):
    edit("sender: 15446859", 'sender: "1544"')
    edit("Welcome to the shop.", "Bell \\x07, right to left \u202e, a tag <script> and 한글")
    path = tmp_path / "report.sarif"
    run(*command, "--report", f"sarif={path}")
    assert json.loads(path.read_text())["runs"]
    assert judged(path) == []


def test_a_fault_would_show(run, project, edit, tmp_path):
    edit("sender: 15446859", 'sender: "1544"')
    path = tmp_path / "report.sarif"
    run("validate", "--report", f"sarif={path}")
    text = re.sub(r'"startLine": ?\d+', '"startLine": 0', path.read_text())
    path.write_text(text)
    assert "JSON1008" in judged(path)
