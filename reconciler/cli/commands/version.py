"""`reconciler version`."""

from __future__ import annotations

import platform

from reconciler import VERSION
from reconciler.cli.app import declare
from reconciler.cli.settings import Settings
from reconciler.render.envelope import FORMAT_VERSION


@declare(
    "version",
    examples=(
        ("reconciler version", "For people."),
        ("reconciler version --output json | jq -r .version", "For scripts."),
    ),
)
def command(settings: Settings) -> int:
    """Show the version, and that of Python."""
    if settings.json:
        settings.out.document(
            {
                "formatVersion": FORMAT_VERSION,
                "version": VERSION,
                "python": platform.python_version(),
            }
        )
    else:
        settings.out.result(f"reconciler {VERSION} (Python {platform.python_version()})\n")
    return 0
