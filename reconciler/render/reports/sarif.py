"""Findings as SARIF 2.1.0, for code scanning (OASIS, and GitHub's "SARIF support").

GitHub takes 25,000 results and shows 5,000: more are counted in one note.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from reconciler import VERSION
from reconciler.model.finding import POLICY
from reconciler.render.reports.report import Location, Problem, Report

MOST_RESULTS = 5_000
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_HOME = "https://reconciler.example"
_ROOT = "%SRCROOT%"


def sarif(report: Report) -> str:
    """Return one run with its results, errors first."""
    problems = sorted(report.problems(), key=lambda each: list(_LEVELS).index(each.severity))
    kept = _capped(problems)
    rules = sorted({problem.rule for problem in kept})
    run = {
        "tool": {"driver": _driver(rules, kept)},
        "automationDetails": {"id": f"reconciler/{report.command}/{report.environment or '-'}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [
            {"executionSuccessful": report.error is None, "exitCode": report.exit_code}
        ],
        "results": [_result(problem, rules.index(problem.rule)) for problem in kept],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _capped(problems: Sequence[Problem]) -> list[Problem]:
    if len(problems) <= MOST_RESULTS:
        return list(problems)
    left = len(problems) - MOST_RESULTS + 1
    message = f"{left:,} more results are not listed: the JSON report has all of them"
    more = Problem(rule="more-results", severity="info", message=message)
    return [*problems[: MOST_RESULTS - 1], more]


def _driver(rules: Sequence[str], problems: Sequence[Problem]) -> dict[str, Any]:
    levels = {problem.rule: _LEVELS[problem.severity] for problem in reversed(problems)}
    return {
        "name": "reconciler",
        "semanticVersion": VERSION,
        "informationUri": _HOME,
        "rules": [_rule(rule, levels[rule]) for rule in rules],
    }


def _rule(rule: str, level: str) -> dict[str, Any]:
    words = rule.replace("-", " ").replace("/", " ")
    name = "".join(word.capitalize() for word in words.split())
    text = f"`reconciler explain {rule}` says what it looks for, and why."
    if rule.startswith(POLICY):
        text = "A policy: a rule of the project's own, or of who runs the checks."
    return {
        "id": rule,
        "name": name,
        "shortDescription": {"text": f"{words.capitalize()}."},
        "fullDescription": {"text": f"{words.capitalize()}. {text}"},
        "help": {"text": text, "markdown": text},
        "helpUri": f"{_HOME}/rules#{quote(rule)}",
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["configuration", "messaging"]},
    }


def _result(problem: Problem, index: int) -> dict[str, Any]:
    kind = "external" if problem.overridden else "inSource"
    suppressed = {
        "suppressions": [{"kind": kind, "status": "accepted", "justification": problem.ignored}]
    }
    return {
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": _LEVELS[problem.severity],
        "message": {"text": problem.message},
        "locations": [_location(problem)],
        "partialFingerprints": {"reconcilerFinding/v1": fingerprint(problem)},
        **(suppressed if problem.ignored else {}),
    }


def _location(problem: Problem) -> dict[str, Any]:
    place = problem.place or Location(file="reconciler.yaml")
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file), "uriBaseId": _ROOT},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
    if problem.address:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.address, "kind": "resource"}]
    return location


def fingerprint(problem: Problem) -> str:
    """Return a digest of rule, address and field, which stays when lines move."""
    # Without an address, the message distinguishes problems.
    about = problem.address or problem.message
    text = f"{problem.rule}\0{about}\0{problem.path}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
