"""`reconciler validate`."""

from __future__ import annotations

from collections.abc import Sequence

import click
from msgspec.structs import replace

from reconciler import clock
from reconciler.cli.app import declare
from reconciler.cli.opening.reading import Reader, Reading, members_of
from reconciler.cli.parameters.options import paths_argument, policy_option
from reconciler.cli.parameters.reports import report_options
from reconciler.cli.runs.policing import offline
from reconciler.cli.settings import Settings
from reconciler.exit_codes import ExitCode
from reconciler.lint import lint, rate, without_needed_elsewhere
from reconciler.manifests import member_faults
from reconciler.manifests.fault import in_order
from reconciler.model.finding import Severity
from reconciler.render.commands.validation import (
    Checked,
    Excess,
    excess_of,
    faults_by_place,
    findings_by_place,
    policies_count,
)
from reconciler.render.commands.validation import document as validation_document
from reconciler.render.faults import faults_text, findings_count, findings_text
from reconciler.render.layout.style import count


@declare(
    "validate",
    examples=(
        ("reconciler validate", "Check the project in this folder, for all its environments."),
        ("reconciler validate nhn.yaml - < made.yaml", "A file, and manifests from stdin."),
        ("reconciler validate --output json messaging/", "For an editor or a bot: faults as JSON."),
    ),
)
@paths_argument
@report_options("validate")
@policy_option
@click.option(
    "--max-warnings",
    type=click.IntRange(min=0),
    metavar="N",
    help="Exit code 1 with more warnings.  [default: spec.lint.maxWarnings]",
)
def command(
    settings: Settings,
    paths: tuple[str, ...],
    policies: tuple[str, ...],
    max_warnings: int | None,
) -> int:
    """Check manifests offline.

    Reads YAML and JSON, checks them against the schemas, resolves references, finds cycles and
    manifests that claim the same thing. Needs no account and no network. All faults are shown in
    one run, as file:line:column: address: message. After them come the findings of lint rules, as
    file:line:column: severity: address: message [rule].

    A project with environments is checked for all of them, or for the one that --env names. What
    is so in some of them only says in which.

    How bad a rule's findings are, and how many warnings there may be, spec.lint of reconciler.yaml
    says; what is meant so in one manifest, its metadata.ignoreRules. Policies, those of the project
    and of --policy, are compiled, their tests are run, and those on: resource judge.

    Exit codes: 0 no fault, no finding of severity error and not too many warnings, 1 otherwise.
    """
    reader = Reader(paths, policies=policies)
    all_checked = _checked(reader, settings.environment)
    excess = excess_of(all_checked, reader.project.lint.max_warnings, max_warnings)
    out = settings.out

    def text() -> None:
        faults = faults_by_place(all_checked)
        blocks = [
            faults_text(faults, out.style) if faults else "",
            findings_text(findings_by_place(all_checked), out.style),
            "" if faults else _summary(all_checked, excess),
        ]
        out.result("\n".join(block for block in blocks if block))

    settings.tell(lambda: validation_document(all_checked, excess), text)
    wrong = excess is not None or any(map(_has_errors, all_checked))
    return ExitCode.ERROR if wrong else ExitCode.DONE


def _checked(reader: Reader, environment: str) -> list[Checked]:
    """Check one environment, or all: then an `ignoreRules` entry is needed if one needs it."""
    readings = reader.read_all(environment)
    all_read = len(readings) == len(reader.project.environments or [""])
    found = [_check(reading, whole=all_read) for reading in readings]
    if len(found) == 1:
        return found
    findings = without_needed_elsewhere([(each.configuration, each.findings) for each in found])
    return [replace(each, findings=few) for each, few in zip(found, findings, strict=True)]


def _check(reading: Reading, *, whole: bool) -> Checked:
    """Check one environment; `whole` allows to report `ignoreRules` entries that nothing needs."""
    configuration = reading.configuration
    faults = [*reading.faults, *member_faults(configuration, members_of(configuration))]
    findings = lint(configuration, complete=not faults)
    whole = whole and configuration.whole and not faults
    findings = rate(findings, configuration, today=clock.now().date(), whole=whole)
    policies = offline(configuration)
    return Checked(
        configuration=configuration,
        faults=in_order((*faults, *policies.faults)) if policies.faults else tuple(faults),
        findings=(*findings, *policies.findings),
        policies=policies.policies,
    )


def _has_errors(checked: Checked) -> bool:
    return bool(checked.faults) or any(f.counts_as is Severity.ERROR for f in checked.findings)


def _summary(all_checked: Sequence[Checked], excess: Excess | None) -> str:
    """Return a line for each environment, with counts of its resources and findings."""
    lines = []
    for checked in all_checked:
        configuration = checked.configuration
        parts = [
            count(len(configuration.resources), "resource"),
            count(len(configuration.accounts), "provider"),
            policies_count(len(configuration.policies)),
            findings_count(checked.findings),
        ]
        word = "Not valid" if excess or _has_errors(checked) else "Valid"
        where = f" in {configuration.environment.name}" if configuration.environment.name else ""
        lines.append(f"{word}{where}: {', '.join(part for part in parts if part)}.\n")
    return "".join([*lines, *([f"{excess.words}\n"] if excess else [])])
