"""`reconciler validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.app import declare
from reconciler.cli.options import paths_argument
from reconciler.cli.settings import Settings

if TYPE_CHECKING:
    from reconciler.manifests import Loaded


@declare(
    "validate",
    examples=(
        ("reconciler validate", "Check the project in this folder."),
        ("reconciler validate --output json messaging/", "For an editor or a bot: faults as JSON."),
    ),
)
@paths_argument
def command(settings: Settings, paths: tuple[str, ...]) -> int:
    """Check manifests offline.

    Reads YAML and JSON, checks them against the schemas, resolves references, finds cycles and
    manifests that claim the same thing. Needs no account and no network. All faults are shown in
    one run, as file:line:column: address: message.

    Exit codes: 0 all is well, 1 faults.
    """
    from reconciler.cli.session import read
    from reconciler.render.faults import faults_document, faults_text

    loaded, faults = read(paths)
    out = settings.out
    if settings.json:
        out.document(faults_document(faults))
    elif faults:
        out.result(faults_text(faults, out.style))
    else:
        out.result(_all_well(loaded))
    return 1 if faults else 0


def _all_well(loaded: Loaded) -> str:
    from reconciler.render.style import count

    configuration = loaded.configuration
    resources = count(len(configuration.resources), "resource")
    return f"Valid: {resources}, {count(len(configuration.accounts), 'provider')}.\n"
