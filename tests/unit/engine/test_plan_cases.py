"""Every folder of tests/cases/plan is a project with a state and an account; its README tells all.

`RECONCILER_UPDATE_CASES=1 pytest tests/unit/engine/test_plan_cases.py` writes the plans anew, for
review.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler.model.change import Action, Cause
from tests.support.plan_cases import dump, planned

CASES = Path(__file__).parents[2] / "cases" / "plan"
FOLDERS = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("name", FOLDERS)
def test_the_plan_of_manifests_state_and_live_objects(name, tmp_path):
    plan = planned(CASES / name, tmp_path)
    expected = CASES / name / "plan.json"
    if os.environ.get("RECONCILER_UPDATE_CASES"):
        expected.write_text(f"{dump(plan)}\n", encoding="utf-8")
    assert plan == json.loads(expected.read_text(encoding="utf-8"))


def plans():
    return [json.loads((CASES / name / "plan.json").read_text("utf-8")) for name in FOLDERS]


def changes():
    return [change for plan in plans() for change in plan.get("changes", {}).values()]


def test_there_is_a_case_of_every_action_and_every_cause():
    assert {change["action"] for change in changes()} == set(Action)
    fields = [field for change in changes() for field in change.get("fields", {}).values()]
    assert {field["cause"] for field in fields} == set(Cause)


def test_there_is_a_case_of_everything_that_a_plan_can_tell():
    told = {part for plan in plans() for part in plan}
    assert told == {
        "summary", "listings", "changes", "blocked", "unread", "moves", "handOvers", "emptied",
        "gone", "restated", "leftAlone", "findings", "gate",
    }  # fmt: skip
    stopped = {each["stops"] for plan in plans() for each in plan.get("blocked", {}).values()}
    assert stopped == {"this", "this, until it is decided", "the whole plan"}


def test_every_case_says_in_its_first_line_what_it_shows():
    for name in FOLDERS:
        assert (CASES / name / "manifests.yaml").read_text("utf-8").startswith("# "), name
