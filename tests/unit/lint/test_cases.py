"""Every folder of tests/cases/lint is a project; expected.txt has its findings, one a line.

`RECONCILER_UPDATE_CASES=1 pytest tests/unit/lint/test_cases.py` writes them anew, for review.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.lint import all_rules, lint
from reconciler.manifests import load
from reconciler.manifests.project import read_project
from reconciler.render.faults import findings_text
from reconciler.render.layout.style import Style

CASES = Path(__file__).parents[2] / "cases" / "lint"
FOLDERS = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("name", FOLDERS)
def test_what_the_rules_find_in_a_project(name):
    loaded = load([], cwd=CASES / name)
    found = lint(loaded.configuration, complete=not loaded.faults)
    text = findings_text(found, Style())
    expected = CASES / name / "expected.txt"
    if os.environ.get("RECONCILER_UPDATE_CASES"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def test_only_the_case_for_faults_has_faults():
    faulty = [name for name in FOLDERS if load([], cwd=CASES / name).faults]
    assert faulty == ["012-faults-leave-whole-rules-out"]


def test_every_rule_but_the_one_of_a_thousand_templates_has_a_case():
    texts = [(CASES / name / "expected.txt").read_text(encoding="utf-8") for name in FOLDERS]
    missing = [rule.id for rule in all_rules() if not any(f"[{rule.id}]" in text for text in texts)]
    assert missing == ["nhn-template-count"]


def test_no_finding_shows_a_secret_or_a_phone_number():
    for name in FOLDERS:
        text = (CASES / name / "expected.txt").read_text(encoding="utf-8")
        assert "hunter2" not in text
        assert "1234-5678" not in text
        assert "12345678" not in text or name == "008-senders"


def test_examples_and_valid_manifests_have_no_finding():
    root = Path(__file__).parents[3]
    for folder in sorted((root / "examples").glob("[0-9]*")):  # the others are no projects
        for name in list(read_project(folder, []).environments) or [""]:
            loaded = load([], cwd=folder, environment=name)
            assert not loaded.faults
            assert lint(loaded.configuration) == (), folder.name
