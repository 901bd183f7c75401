"""`reconciler validate`."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.cli.app import declare
from reconciler.cli.options import paths_argument, report_options
from reconciler.cli.reading import Reader, Reading, members_of
from reconciler.cli.settings import Settings
from reconciler.exit_codes import ExitCode
from reconciler.lint import lint
from reconciler.manifests import member_faults
from reconciler.model.finding import Severity
from reconciler.render.faults import faults_text, findings_count, findings_text
from reconciler.render.style import count
from reconciler.render.validation import Checked, faults_by_place, findings_by_place
from reconciler.render.validation import document as validation_document


@declare(
    "validate",
    examples=(
        ("reconciler validate", "Check the project in this folder, for all its environments."),
        ("reconciler validate nhn.yaml - < made.yaml", "A file, and manifests from stdin."),
        ("reconciler validate --output json messaging/", "For an editor or a bot: faults as JSON."),
    ),
)
@paths_argument
@report_options
def command(settings: Settings, paths: tuple[str, ...]) -> int:
    """Check manifests offline.

    Reads YAML and JSON, checks them against the schemas, resolves references, finds cycles and
    manifests that claim the same thing. Needs no account and no network. All faults are shown in
    one run, as file:line:column: address: message. After them come the findings of lint rules, as
    file:line:column: severity: address: message [rule].

    A project with environments is checked for all of them, or for the one that --env names. What
    is so in some of them only says in which.

    Exit codes: 0 no fault and no finding of severity error, 1 otherwise.
    """
    all_checked = [_check(reading) for reading in Reader(paths).read_all(settings.environment)]
    out = settings.out

    def text() -> None:
        faults = faults_by_place(all_checked)
        blocks = [
            faults_text(faults, out.style) if faults else "",
            findings_text(findings_by_place(all_checked), out.style),
            "" if faults else _summary(all_checked),
        ]
        out.result("\n".join(block for block in blocks if block))

    settings.tell(lambda: validation_document(all_checked), text)
    return ExitCode.ERROR if any(map(_wrong, all_checked)) else ExitCode.DONE


def _check(reading: Reading) -> Checked:
    configuration = reading.configuration
    faults = [*reading.faults, *member_faults(configuration, members_of(configuration))]
    return Checked(
        configuration=configuration,
        faults=tuple(faults),
        findings=lint(configuration, complete=not faults),
    )


def _wrong(checked: Checked) -> bool:
    return bool(checked.faults) or any(f.severity is Severity.ERROR for f in checked.findings)


def _summary(all_checked: Sequence[Checked]) -> str:
    """Say of each environment what it has."""
    lines = []
    for checked in all_checked:
        configuration = checked.configuration
        parts = [
            count(len(configuration.resources), "resource"),
            count(len(configuration.accounts), "provider"),
            findings_count(checked.findings),
        ]
        word = "Not valid" if _wrong(checked) else "Valid"
        where = f" in {configuration.environment.name}" if configuration.environment.name else ""
        lines.append(f"{word}{where}: {', '.join(part for part in parts if part)}.\n")
    return "".join(lines)
