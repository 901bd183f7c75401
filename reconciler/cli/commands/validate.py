"""`reconciler validate`."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.cli.app import declare
from reconciler.cli.options import paths_argument, report_options
from reconciler.cli.reading import members_of, read
from reconciler.cli.settings import Settings
from reconciler.exit_codes import ExitCode
from reconciler.lint import lint
from reconciler.manifests import Loaded, member_faults
from reconciler.model.finding import Finding, Severity
from reconciler.render.faults import faults_document, faults_text, findings_count, findings_text
from reconciler.render.style import count


@declare(
    "validate",
    examples=(
        ("reconciler validate", "Check the project in this folder."),
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

    Exit codes: 0 no fault and no finding of severity error, 1 otherwise.
    """
    loaded, faults = read(paths)
    faults += member_faults(loaded.configuration, members_of(loaded.configuration))
    findings = lint(loaded.configuration, complete=not faults)
    out = settings.out

    def text() -> None:
        blocks = [
            faults_text(faults, out.style) if faults else "",
            findings_text(findings, out.style),
            "" if faults else _summary(loaded, findings),
        ]
        out.result("\n".join(block for block in blocks if block))

    settings.tell(lambda: faults_document(faults, findings), text)
    wrong = faults or any(finding.severity is Severity.ERROR for finding in findings)
    return ExitCode.ERROR if wrong else ExitCode.DONE


def _summary(loaded: Loaded, findings: Sequence[Finding]) -> str:
    configuration = loaded.configuration
    parts = [
        count(len(configuration.resources), "resource"),
        count(len(configuration.accounts), "provider"),
        findings_count(findings),
    ]
    wrong = any(finding.severity is Severity.ERROR for finding in findings)
    return f"{'Not valid' if wrong else 'Valid'}: {', '.join(part for part in parts if part)}.\n"
