"""Print the figures that the code base is held to, beside their bounds: `make figures`.

What is counted: `reconciler/` without what is generated. A function's length is its lines without
decorators and docstring.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "reconciler"
GENERATED = {PACKAGE / "state" / "database" / "sql.py"}
TABLES = {"upgrade"}
"""Functions that are tables, which may be long."""

BRANCHES = (
    *(ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.Assert),
    ast.match_case,
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Figure:
    """One measured value and what it is held to."""

    name: str
    value: float
    most: float

    def __str__(self) -> str:
        """Return it as a row of the table."""
        verdict = "" if self.value <= self.most else "  above"
        return f"{self.name:<58} {self.value:>7.4g}   at most {self.most:g}{verdict}"


@dataclass(frozen=True)
class Module:
    """One file, read once."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """Count all lines."""
        return self.text.count("\n")

    def functions(self) -> Iterator[Function]:
        """Yield functions and methods, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node


def modules(folder: Path) -> list[Module]:
    """Read all modules below a folder."""
    paths = sorted(set(folder.rglob("*.py")) - GENERATED)
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    return [Module(path, text, ast.parse(text)) for path, text in texts.items()]


def length(function: Function) -> int:
    """Count the lines of a function without its docstring."""
    first = function.body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    told = (first.end_lineno or 0) - first.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - told


def comparisons_with_none(module: Module) -> int:
    """Count `is None` and `is not None`."""
    return sum(
        isinstance(right, ast.Constant) and right.value is None
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Compare)
        for right in node.comparators
    )


def inner_imports(module: Module) -> int:
    """Count imports inside functions."""
    imports = {
        id(node)
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return len(imports)


def complexity(function: Function) -> int:
    """Count the ways through a function: one, and one more for each branch and each `and`/`or`."""
    ways = 1
    for node in ast.walk(function):
        if isinstance(node, ast.BoolOp):
            ways += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            ways += 1 + len(node.ifs)
        elif isinstance(node, BRANCHES):
            ways += 1
    return ways


def per_thousand(number: int, among: list[Module]) -> float:
    """Return a count per 1,000 lines."""
    return 1000 * number / sum(module.lines for module in among)


def figures() -> Iterator[Figure]:
    """Measure everything."""
    every, engine = modules(PACKAGE), modules(PACKAGE / "engine")
    functions = [function for module in every for function in module.functions()]
    lengths = [length(function) for function in functions]
    others = [length(each) for each in functions if each.name not in TABLES]
    sizes = [module.lines for module in every]
    yield Figure("lines of a function, median", median(lengths), 7)
    yield Figure("lines of a function, 90 of 100 have at most", quantiles(lengths, n=10)[-1], 19)
    yield Figure("lines of the longest function", max(others), 50)
    yield Figure("lines of a module, median", median(sizes), 115)
    yield Figure("lines of the longest module", max(sizes), 400)
    share = 100 * sum(complexity(each) > 10 for each in functions) / len(functions)
    yield Figure("functions with a complexity above 10, of 100", share, 2)
    nones = sum(map(comparisons_with_none, engine))
    yield Figure("`is None` in engine/, per 1,000 lines", per_thousand(nones, engine), 24)
    inner = sum(map(inner_imports, every))
    yield Figure("imports inside functions, per 1,000 lines", per_thousand(inner, every), 1.5)


if __name__ == "__main__":
    for figure in figures():
        print(figure)
