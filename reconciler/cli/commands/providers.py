"""`reconciler providers`."""

from __future__ import annotations

from reconciler.cli.app import declare
from reconciler.cli.settings import Settings
from reconciler.providers.registry import provider_class, provider_types
from reconciler.render.commands.capabilities import capabilities_document, capabilities_text


@declare(
    "providers",
    examples=(
        ("reconciler providers", "What is there?"),
        ("reconciler providers --output json", "For generated documentation."),
    ),
)
def command(settings: Settings) -> int:
    """List provider types and what they can do.

    The table comes from the code of the providers. `reconciler explain KIND` tells a kind's fields.
    """
    classes = [provider_class(name) for name in provider_types()]
    out = settings.out
    if settings.json:
        out.document(capabilities_document(classes))
    else:
        out.result(capabilities_text(classes, out.style))
    return 0
