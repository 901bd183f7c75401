"""`reconciler deprecations`."""

from __future__ import annotations

from reconciler.cli.app import declare
from reconciler.cli.settings import Settings
from reconciler.render.commands.deprecations import (
    deprecations_document,
    deprecations_text,
    entries,
)


@declare(
    "deprecations",
    examples=(
        ("reconciler deprecations", "What is to be written in another way, before an upgrade."),
        ("reconciler deprecations --output json | jq '.deprecations | length'", "How much it is."),
    ),
)
def command(settings: Settings) -> int:
    """List what is still accepted and has a better name.

    Flags, words that a flag takes, and fields of manifests. Whatever uses one is told: a run on
    stderr, a manifest by a finding of the rule deprecated-field. With
    RECONCILER_FAIL_ON_DEPRECATION=1 the finding is an error, and such a flag ends the run with exit
    code 64.
    """
    found = entries()
    if settings.json:
        settings.out.document(deprecations_document(found))
    else:
        settings.out.result(deprecations_text(found, settings.out.style))
    return 0
