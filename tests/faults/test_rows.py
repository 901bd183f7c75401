"""Every row of the catalogue of faults has tests, and they are there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.faults.rows import ROWS

ROOT = Path(__file__).parents[2]


@cache
def _tests_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


@pytest.mark.parametrize("number", ROWS)
def test_a_row_names_tests_that_exist(number):
    tests = ROWS[number].tests
    assert tests
    assert len(set(tests)) == len(tests)
    for test in tests:
        path, name = test.split("::")
        assert name in _tests_of(path), f"row {number}: there is no {test}"


def test_no_row_is_left_out():
    assert list(ROWS) == list(range(1, 36))


def test_every_test_of_this_folder_belongs_to_a_row_or_is_a_way_out():
    named = {test for row in ROWS.values() for test in row.tests}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.name in {"test_rows.py", "test_ways_out.py"}:
            continue
        place = path.relative_to(ROOT).as_posix()
        found = {f"{place}::{name}" for name in _tests_of(place) if name.startswith("test_")}
        assert found & named, f"{place} belongs to no row"
