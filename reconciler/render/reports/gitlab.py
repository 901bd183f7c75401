"""The reports of two widgets of GitLab: code quality, and the counts of a Terraform plan."""

from __future__ import annotations

import json
from collections import Counter

from reconciler.render.reports.report import Location, Report
from reconciler.render.reports.sarif import fingerprint

MOST = 999_999
_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def codequality(report: Report) -> str:
    """Return findings as a list of issues (GitLab, "Code quality report format").

    GitLab shows only the first of equal fingerprints, so repetitions are numbered. Ignored findings
    are left out, as the format has no ignored issues.
    """
    seen: Counter[str] = Counter()
    issues = []
    for problem in (each for each in report.problems() if not each.ignored):
        mark = fingerprint(problem)
        seen[mark] += 1
        place = problem.place or Location(file="reconciler.yaml")
        about = f"{problem.address}: " if problem.address else ""
        issues.append(
            {
                "description": f"{about}{problem.message}",
                "check_name": problem.rule,
                "fingerprint": mark if seen[mark] == 1 else f"{mark}-{seen[mark]}",
                "severity": _SEVERITIES[problem.severity],
                "location": {
                    "path": place.file.removeprefix("./"),
                    "lines": {"begin": place.line},
                },
            }
        )
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def terraform(report: Report) -> str:
    """Return the three counts that GitLab's Terraform widget shows.

    A replacement counts as created and deleted, an adoption as updated; forgetting is not counted.
    """
    counts = report.counts()
    numbers = {
        "create": counts["create"] + counts["replace"],
        "update": counts["update"] + counts["adopt"],
        "delete": counts["delete"] + counts["replace"],
    }
    return json.dumps({name: min(MOST, number) for name, number in numbers.items()}) + "\n"
