"""The docstring of a package is the map of what is in it: nothing is missing, nothing is made up."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "reconciler"
SMALL = 4
"""A package of so many modules needs no table."""
PACKAGES = [pytest.param(path, id=str(path.parent.name)) for path in PACKAGE.rglob("__init__.py")]


def contents(package: Path) -> set[str]:
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    return modules | {path.parent.name for path in package.glob("*/__init__.py")}


def rows(init: Path) -> list[str]:
    text = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
    head = r"^\| (?:module|folder).*\n\|---.*\n"
    table = re.search(head + r"((?:\|.*(?:\n|$))+)", text, re.MULTILINE)
    return table[1].splitlines() if table else []


def named(init: Path) -> list[str]:
    words = [word for row in rows(init) for word in re.findall(r"`([^`]+)`", row.split("|")[1])]
    return [word.removesuffix("/") for word in words if not word.startswith("<")]


@pytest.mark.parametrize("init", PACKAGES)
def test_a_table_names_every_module_once_and_nothing_else(init):
    if rows(init):
        assert sorted(named(init)) == sorted(contents(init.parent))


@pytest.mark.parametrize("init", PACKAGES)
def test_a_package_of_many_modules_has_a_table(init):
    modules = [path for path in init.parent.glob("*.py") if path != init]
    assert rows(init) or len(modules) <= SMALL


def test_the_tree_of_errors_names_every_class():
    package = PACKAGE / "errors"
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    tree = said.split("```")[1]
    defined = {
        node.name
        for path in package.glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    assert defined - set(re.findall(r"\w+", tree)) == set()


@pytest.mark.parametrize("title", ["Where it is decided", "What to touch"])
def test_the_page_for_newcomers_names_files_that_are_there(title):
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
    files = re.findall(r"`([\w./]*/[\w./]+)`", section)
    assert len(files) > 12
    for file in files:
        assert (PACKAGE / file).exists() or (PACKAGE.parent / file).exists(), file


def test_the_page_for_newcomers_names_functions_that_are_there():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)`: (`\w+`(?:, `\w+`)*)", page)
    assert len(named) > 12
    for file, names in named:
        text = (PACKAGE / file).read_text(encoding="utf-8")
        for name in re.findall(r"\w+", names):
            assert re.search(
                rf"^\s*(?:async def|def|class) {name}\b|^{name} =", text, re.MULTILINE
            ), name
