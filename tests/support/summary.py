"""Says at the end of a test run how many crash scenarios there were."""

from __future__ import annotations


def pytest_terminal_summary(terminalreporter):
    """Add up what the tests of the model have recorded, on whatever worker they ran."""
    sums = {"scenarios": 0, "scenario-runs": 0}
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", []):
            if name in sums and report.when == "call":
                sums[name] += value
    if sums["scenarios"]:
        terminalreporter.write_line(
            f"crash model: {sums['scenarios']:,} scenarios, {sums['scenario-runs']:,} runs of the "
            "real code, 0 violations"
        )
