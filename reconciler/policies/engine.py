"""Compiles and evaluates CEL with Google's C++ engine, in the package cel-expr-python.

The package is young, so it is pinned, and used in this module only. Three things about it are worth
knowing: a missing key does not raise, but gives a value of type ERROR; every evaluation has a
budget of steps; and regular expressions are RE2's, which take linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.errors import PolicyEngineMissing
from reconciler.model.policy import On
from reconciler.policies import functions

if TYPE_CHECKING:
    from cel_expr_python import cel

_PROBLEM = re.compile(
    r"ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?= \[INVALID_ARGUMENT\]\s*$|\n \||\nERROR: |\Z)",
    re.DOTALL,
)
_STATUS = re.compile(r"^[A-Z_]+: (.*?)(?: \[[A-Z_]+\])?$", re.DOTALL)
_EXPECTING = re.compile(r" expecting [{'].*", re.DOTALL)
_NO_KEY = re.compile(r'Key not found in map : "?(.*?)"?$', re.DOTALL)
_LONGEST = 300
"""Characters kept of the engine's messages, which may quote all of their input."""
_BUDGET = "Iteration budget exceeded"


class Problem(Exception):
    """A fault of an expression; line and column inside the expression, from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Unevaluated(Exception):
    """An expression has no value for its input; the text says why."""


class Expression:
    """A compiled expression."""

    def __init__(self, compiled: cel.Expression) -> None:
        self._compiled = compiled

    def holds(self, activation: cel.Activation) -> bool:
        """Tell whether the expression is true; raises `Unevaluated`."""
        try:
            value = self._compiled.eval(activation)
        except RuntimeError as error:
            raise Unevaluated(_why(str(error))) from None
        kind = value.type().name()
        if kind == "ERROR":
            raise Unevaluated(_why(str(value.value())))
        if kind != "BOOL":
            raise Unevaluated(f"its value is of type {kind.lower()}, not true or false")
        return bool(value.value())


class Engine:
    """Compiles the expressions of policies on one sort of element."""

    def __init__(self, on: On) -> None:
        """Load CEL; raises `PolicyEngineMissing` if it is not installed."""
        try:
            from cel_expr_python import cel
            from cel_expr_python.ext import ext_optional
        except ImportError as error:
            raise PolicyEngineMissing(
                "policies need an engine that is not installed",
                hint='Install it: pip install "reconciler[policy]" (cel-expr-python 0.1.3).',
            ) from error
        document = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
        self._environment = cel.NewEnv(
            variables={
                on.value: document,
                "environment": document,
                "now": cel.Type.TIMESTAMP,
                "actor": cel.Type.STRING,
            },
            extensions=[ext_optional.ExtOptional()],
            functions=_declared(cel),
        )

    def compile(self, text: str) -> Expression:
        """Compile an expression; raises `Problem`."""
        try:
            compiled = self._environment.compile(text)
        except (RuntimeError, TypeError) as error:  # TypeError: invalid Unicode
            raise _problem(str(error)) from None
        kind = compiled.return_type().name()
        if kind not in {"BOOL", "DYN"}:
            raise Problem(f"its value is of type {kind.lower()}, and must be true or false")
        return Expression(compiled)

    def activation(self, variables: Mapping[str, Any]) -> cel.Activation:
        """Return variables with which expressions are evaluated."""
        return self._environment.Activation(variables)


def _declared(cel: Any) -> list[Any]:
    kinds = cel.Type
    table: tuple[tuple[str, Callable[..., Any], Any, int], ...] = (
        ("byteLength", functions.byte_length, kinds.INT, 2),
        ("host", functions.host, kinds.STRING, 1),
        ("cidrContains", functions.cidr_contains, kinds.BOOL, 2),
        ("isE164", functions.is_e164, kinds.BOOL, 1),
    )
    return [
        cel.FunctionDecl(
            name,
            [
                cel.Overload(
                    f"{name}_string",
                    return_type=returned,
                    parameters=[kinds.STRING] * count,
                    impl=function,
                )
            ],
        )
        for name, function, returned, count in table
    ]


def _problem(text: str) -> Problem:
    """Return the first problem in the engine's message; the others mostly follow from it."""
    found = _PROBLEM.search(text)
    if found is None:
        return Problem(_why(text))
    line, column, message = found.groups()
    problem = _EXPECTING.sub("", message.strip()).replace("Syntax error: ", "syntax error: ")
    problem = problem.replace(" (in container '')", "")
    return Problem(problem, max(1, int(line)), max(1, int(column)))


def _why(text: str) -> str:
    """Return the engine's message without its status codes."""
    found = _STATUS.match(text.strip())
    message = found[1] if found else text.strip()
    if _BUDGET in message:
        return "it takes too many steps: the engine's budget is spent"
    missing = _NO_KEY.fullmatch(message)
    if missing:
        return f'there is no key "{missing[1]}": ask `"{missing[1]}" in …` first'
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
