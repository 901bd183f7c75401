"""Golden cases: a case.py with a PLAN, REPORT or DRIFT, and what people and programs get to see.

Run with RECONCILER_UPDATE_CASES=1 to write the expected files again, and read their diff.
"""

import json
import os
import runpy
from pathlib import Path

import pytest

from reconciler.model.plan import Plan
from reconciler.render import json as documents
from reconciler.render.commands.drift import drift_text
from reconciler.render.envelope import dump
from reconciler.render.layout.safe_text import neutralise
from reconciler.render.layout.style import Style
from reconciler.render.plans.text import plan_text, report_text

CASES = Path(__file__).parents[2] / "cases" / "render"
NAMES = sorted(path.name for path in CASES.iterdir() if (path / "case.py").is_file())


def read(name):
    """Read a case; `LIKE` names another one, of which it only changes something."""
    case = runpy.run_path(str(CASES / name / "case.py"))
    return read(case["LIKE"]) | case if "LIKE" in case else case


def rendered(case):
    style = Style(colour=case.get("COLOUR", False), width=case.get("WIDTH", 80))
    heading, blocked = case.get("HEADING", ""), case.get("BLOCKED")
    if "PLAN" in case:
        plan = case["PLAN"]
        text = plan_text(
            plan,
            style,
            heading=heading,
            rates=case.get("RATES"),
            compact=case.get("COMPACT", False),
        )
        return text, documents.plan_document(plan)
    if "REPORT" in case:
        report = case["REPORT"]
        document = documents.report_document(report, Plan(changes=()))
        return report_text(report, style, blocked=blocked or 0), document
    drift = case["DRIFT"]
    text = drift_text(drift, style, heading=heading, blocked=blocked)
    return text, documents.drift_document(drift, blocked=blocked)


def expected(path, text):
    if os.environ.get("RECONCILER_UPDATE_CASES"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_case_is_rendered_as_expected(name):
    case = read(name)
    text, document = rendered(case)
    assert neutralise(text) == expected(CASES / name / "expected.txt", neutralise(text))
    if "tool" in document:
        document["tool"] = "0.0.0"
    dumped = dump(document) + "\n"
    assert dumped == expected(CASES / name / "expected.json", dumped)
    assert json.loads(dumped) == document


@pytest.mark.parametrize("name", NAMES)
def test_only_our_own_colours_leave(name):
    case = read(name) | {"COLOUR": True}
    text = neutralise(rendered(case)[0])
    for code in ("0", "1", "2", "31", "32", "33", "35", "36", "31;1"):
        text = text.replace(f"\x1b[{code}m", "")
    assert text.replace("\n", "").isprintable() or not [
        char for char in text if char != "\n" and ord(char) < 0xA0 and not char.isprintable()
    ]
    assert "\x1b" not in text
