"""GitHub Actions: the step's summary, its outputs, and annotations of the changed files.

From "Workflow commands for GitHub Actions": a summary over 1,024 KiB is dropped whole, and a step
shows ten annotations of each level.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from reconciler.exit_codes import ExitCode
from reconciler.render.layout.safe_text import safe_text
from reconciler.render.reports.markdown import markdown
from reconciler.render.reports.report import Problem, Report

SUMMARY_BYTES = 900_000
_MOST = 10
_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def summary(report: Report) -> str:
    """Return what is appended to `GITHUB_STEP_SUMMARY`."""
    return markdown(report, characters=SUMMARY_BYTES, size=SUMMARY_BYTES)


def outputs(report: Report, *, delimiter: str, plan_file: str = "") -> str:
    """Return what is appended to `GITHUB_OUTPUT`; the delimiter must be unguessable."""
    counts = report.counts()
    values = {
        "exit-code": str(report.exit_code),
        "has-changes": str(report.has_changes).lower(),
        **{name: str(counts[name]) for name in ("create", "update", "replace", "delete")},
        "changes-digest": str(report.document.get("changesDigest", "")),
        "plan-file": plan_file,
        "decision-needed": str(report.exit_code == ExitCode.UNDECIDED).lower(),
    }
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())


def workflow_commands(report: Report, *, first: Collection[str] = ()) -> Iterator[str]:
    """Yield annotations: up to ten of each level; of more, nine and a count of the others.

    Problems in the files `first`, paths in the repository, come before the others.
    """

    def elsewhere(problem: Problem) -> bool:
        return problem.place is None or problem.place.file not in first

    problems = sorted((each for each in report.problems() if not each.ignored), key=elsewhere)
    for severity, level in _LEVELS.items():
        some = [each for each in problems if each.severity == severity]
        yield from _of_level(level, some)


def _of_level(level: str, problems: Sequence[Problem]) -> Iterator[str]:
    shown = problems if len(problems) <= _MOST else problems[: _MOST - 1]
    for problem in shown:
        place = problem.place
        where = (
            {"file": place.file, "line": str(place.line), "col": str(place.column)} if place else {}
        )
        named = {**where, "title": problem.address or problem.rule}
        properties = ",".join(f"{name}={_property(value)}" for name, value in named.items())
        yield f"::{level} {properties}::{_data(problem.message)}"
    if len(shown) < len(problems):
        yield f"::{level} ::… and {len(problems) - len(shown):,} more: see the summary"


def _data(text: str) -> str:
    return safe_text(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
