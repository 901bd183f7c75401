"""JUnit XML with a case for each resource, which CI systems show as tests.

There is no standard; this is the form that Jenkins, GitLab and GitHub's reporters read. XML 1.0
cannot hold most control characters, so Unicode's pictures of them are written instead.

Written with the standard library: junitparser would write those characters unchanged, and would
have to be installed and loaded for every report. Tests read our reports with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct

from reconciler.render.envelope import Document
from reconciler.render.reports.report import Location, Problem, Report

MOST_CASES = 5_000
"""With more cases, all that passed become one."""

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PICTURES = 0x2400
"""The first of Unicode's pictures of control characters."""


class Case(Struct, frozen=True, kw_only=True):
    """The outcome of one resource, or of something else such as a DNS record."""

    address: str
    place: Location | None = None
    outcome: str = ""
    """`failure`, `error` or `skipped`; empty when it passed."""
    type: str = ""
    message: str = ""


def junit(report: Report) -> str:
    """Return one suite for each provider."""
    suites: dict[str, list[Case]] = {}
    for case in _capped(list(_cases(report))):
        suites.setdefault(case.address.partition("/")[0] or "-", []).append(case)
    root = Element("testsuites", _counts([each for suite in suites.values() for each in suite]))
    for provider, cases in suites.items():
        words = (report.command, report.environment, provider)
        name = _text(" ".join(word for word in words if word))
        suite = SubElement(root, "testsuite", {"name": name, **_counts(cases)})
        for case in cases:
            _add(suite, case)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    def number(outcome: str) -> str:
        return str(sum(case.outcome == outcome for case in cases))

    return {
        "tests": str(len(cases)),
        "failures": number("failure"),
        "errors": number("error"),
        "skipped": number("skipped"),
    }


def _add(suite: Element, case: Case) -> None:
    provider, _, rest = case.address.partition("/")
    kind = rest.partition("/")[0]
    names = {"classname": f"{provider}.{kind}".strip(".") or "-", "name": case.address or "-"}
    if case.place is not None:
        names |= {"file": case.place.file, "line": str(case.place.line)}
    element = SubElement(suite, "testcase", {name: _text(value) for name, value in names.items()})
    if case.outcome:
        attributes = {"type": _text(case.type), "message": _text(case.message)}
        if case.outcome == "skipped":
            del attributes["type"]
        SubElement(element, case.outcome, attributes).text = _text(case.message)


def _capped(cases: list[Case]) -> list[Case]:
    if len(cases) <= MOST_CASES:
        return cases
    wrong = [case for case in cases if case.outcome]
    return [*wrong, Case(address=f"{len(cases) - len(wrong):,} others")]


def _cases(report: Report) -> Iterator[Case]:
    problems = [
        each for each in report.problems() if each.severity == "error" or each.rule == "drift"
    ]
    yield from (_problem_case(problem) for problem in problems)
    yield from (_result(result) for result in report.document.get("results", ()))
    if report.command in {"plan", "show"}:
        reported = {problem.address for problem in problems}
        changes = (change for change in report.changes if change["address"] not in reported)
        yield from (_passed(report, change) for change in changes)
        yield from (Case(address=each.target) for each in report.state_only)
    for record in report.records:
        if record.get("status") == "ok":
            yield Case(address=f"{record['for'][0]} {record['fqdn']} {record['type']}")
    if report.error is not None and not problems:
        message = f"{report.error['message']}\n" + "\n".join(report.error.get("details", ()))
        yield Case(address="", outcome="error", type=report.error["code"], message=message.strip())


def _problem_case(problem: Problem) -> Case:
    outcome = "error" if problem.rule in {"blocked", "decision-needed"} else "failure"
    return Case(
        address=problem.address,
        place=problem.place,
        outcome="skipped" if problem.ignored else outcome,
        type=problem.rule,
        message=f"{problem.message} ({problem.ignored})" if problem.ignored else problem.message,
    )


_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "done": ("", ""),
    "failed": ("failure", "failed"),
    "skipped": ("skipped", ""),
    "waiting": ("skipped", ""),
    "unknown": ("error", "outcome-unknown"),
    "plan-stale": ("failure", "plan-stale"),
}


def _result(result: Document) -> Case:
    outcome, type_ = _OUTCOMES[result["status"]]
    message = result.get("error", "") or (result["status"] if outcome else "")
    return Case(address=result["address"], outcome=outcome, type=type_, message=message)


def _passed(report: Report, change: Document) -> Case:
    return Case(address=change["address"], place=report.place(change.get("source")))


def _text(value: str) -> str:
    """Return a text with the characters replaced that XML cannot hold."""
    return _NO_XML.sub(_picture, value)


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(_PICTURES + code) if code < 0x20 else "\ufffd"
