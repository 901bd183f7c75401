"""`reconciler schema`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.completing import complete_kind
from reconciler.cli.settings import Settings
from reconciler.errors import UsageError


@declare(
    "schema",
    examples=(
        (
            "reconciler schema > .reconciler.schema.json",
            "Then in a manifest: # yaml-language-server: $schema=.reconciler.schema.json",
        ),
        ("reconciler schema nhncloud-sms/Template", "One kind alone: its `spec`."),
    ),
)
@click.argument("kind", required=False, metavar="[KIND]", shell_complete=complete_kind)
def command(settings: Settings, kind: str | None) -> int:
    """Print the JSON Schema of manifests, for editors.

    Without KIND it is one schema that covers every manifest; JSON Schema 2020-12, nothing in it
    refers to another file.
    """
    from reconciler import manifests
    from reconciler.cli.kinds import find_kind
    from reconciler.render.json import dump

    if kind is None:
        schema = manifests.manifest_schema()
    elif kind == "Project":
        schema = manifests.project_schema()
    elif kind == "Canary":
        schema = manifests.canary_schema()
    else:
        found = find_kind(kind)
        if len(found) > 1:
            raise UsageError(
                f"several provider types have a {kind}",
                hint="Choose one: " + ", ".join(f"{t}/{k}" for t, k in found) + ".",
            )
        schema = manifests.schema_of(*found[0])
    settings.out.raw(dump(schema) + "\n")
    return 0
