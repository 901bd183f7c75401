"""Every row of the catalogue of faults has tests, and they are there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.faults.rows import BEYOND, ROWS

TESTS = Path(__file__).parents[1]


@cache
def _tests_of(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


@pytest.mark.parametrize("number", ROWS)
def test_a_row_names_tests_that_exist(number):
    assert ROWS[number].tests
    for path, names in ROWS[number].tests.items():
        assert names
        assert set(names) <= _tests_of(path), path


def test_no_row_is_left_out():
    assert list(ROWS) == list(range(1, 36))


def test_every_file_of_this_folder_belongs_to_a_row_or_is_listed_beyond_them():
    named = {path for row in ROWS.values() for path in row.tests}
    here = {f"faults/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert here - named - {"faults/test_rows.py"} == BEYOND.keys() - named
    assert BEYOND.keys() <= here
