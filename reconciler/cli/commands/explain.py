"""`reconciler explain`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.completing import complete_topic
from reconciler.cli.settings import Settings


@declare(
    "explain",
    examples=(
        ("reconciler explain Template", "Every kind of that name."),
        ("reconciler explain octeth/Webhook", "The one of a provider type."),
        ("reconciler explain surenotify/Provider", "How to write an account."),
    ),
)
@click.argument("kind", metavar="KIND|TYPE/KIND", shell_complete=complete_topic)
def command(settings: Settings, kind: str) -> int:
    """Explain the fields of a kind: type, default, limits, what a change does, and an example."""
    from reconciler import manifests
    from reconciler.cli.kinds import find_kind
    from reconciler.cli.session import kinds_of
    from reconciler.render.explanation import explanation_document, explanation_text

    found = [
        (
            provider_type,
            name,
            manifests.schema_of(provider_type, name),
            kinds_of(provider_type).get(name),
        )
        for provider_type, name in find_kind(kind)
    ]
    out = settings.out
    if settings.json:
        out.document(explanation_document(found))
    else:
        out.result("\n".join(explanation_text(*each, out.style) for each in found))
    return 0
