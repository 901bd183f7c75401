"""The table in this folder's README is complete, and what it names exists."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
ROWS = 28
TEST = re.compile(r"`([^`]+\.py)::(test_\w+)`")


def table():
    """Row number to what is said of it."""
    lines = (HERE / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [re.fullmatch(r"\| S(\d+) \| (.+?) \| (.+) \|", line) for line in lines]
    return {int(row[1]): row[3] for row in rows if row}


def names_in(path):
    """The names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_has_its_tests_or_a_reason():
    rows = table()
    assert list(rows) == list(range(1, ROWS + 1))
    for number, said in rows.items():
        assert TEST.search(said) or said.endswith("."), f"S{number}: neither a test nor a sentence"


def test_every_test_that_is_named_exists():
    for number, said in table().items():
        for file, name in TEST.findall(said):
            assert name in names_in((HERE / file).resolve()), f"S{number}: {file} has no {name}"


def test_every_test_here_belongs_to_a_row():
    named = {name for said in table().values() for _, name in TEST.findall(said)}
    ours = {
        name
        for path in HERE.glob("test_*.py")
        if path != Path(__file__)
        for name in names_in(path)
        if name.startswith("test_")
    }
    assert ours - named == {"test_the_search_finds_what_it_looks_for"}
