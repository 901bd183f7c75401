"""`reconciler schema`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler import manifests
from reconciler.cli.app import declare
from reconciler.cli.parameters.completing import complete_kind
from reconciler.cli.parameters.kinds import find_kind
from reconciler.cli.settings import Settings
from reconciler.errors import UsageError
from reconciler.manifests.project import find_root, read_project
from reconciler.manifests.schema.files import Schema
from reconciler.manifests.schema.variables import Variables
from reconciler.model.values import JsonValue
from reconciler.render.documents import document_names, output_schema
from reconciler.render.envelope import dump
from reconciler.suggestions import did_you_mean


@declare(
    "schema",
    examples=(
        (
            "reconciler schema > .reconciler.schema.json",
            "Then in a manifest: # yaml-language-server: $schema=.reconciler.schema.json",
        ),
        ("reconciler schema nhncloud-sms/Template", "One kind alone: its `spec`."),
        ("reconciler schema --document plan", "Of what `plan --output json` prints."),
    ),
)
@click.argument("kind", required=False, metavar="[KIND]", shell_complete=complete_kind)
@click.option(
    "--document",
    metavar="NAME",
    help="Instead, of what --output json prints: plan, apply, drift, validate, error, …",
)
def command(settings: Settings, kind: str | None, document: str | None) -> int:
    """Print the JSON Schema of manifests, for editors.

    Without KIND it is one schema that covers every manifest; JSON Schema 2020-12, nothing in it
    refers to another file. In a project with variables, `${var.name}` may stand for any value of a
    spec, and the names are offered.
    """
    if document is not None:
        if kind is not None:
            raise UsageError("KIND and --document are two schemas; ask for one")
        schema = _of_document(document)
    else:
        schema = _of_manifests(kind)
    settings.out.raw(dump(schema) + "\n")
    return 0


def _of_document(name: str) -> Schema:
    known = document_names()
    if name not in known:
        raise UsageError(
            f"there is no document {name!r}",
            hint=did_you_mean(name, known) or f"documents: {', '.join(known)}",
        )
    return output_schema(name)


def _of_manifests(kind: str | None) -> Schema:
    if kind == "Project":
        return manifests.project_schema()
    variables = Variables(_variables())
    if kind is None:
        return variables.in_manifests(manifests.manifest_schema())
    if kind == "Policy":
        return manifests.policy_schema()
    if kind == "Canary":
        return variables.in_spec(manifests.canary_schema())
    found = find_kind(kind)
    if len(found) > 1:
        raise UsageError(
            f"several provider types have a {kind}",
            hint="Choose one: " + ", ".join(f"{t}/{k}" for t, k in found) + ".",
        )
    return variables.in_spec(manifests.schema_of(*found[0]))


def _variables() -> dict[str, JsonValue]:
    """Return the variables of the current folder's project, as far as its file has no faults."""
    project = read_project(find_root((), Path.cwd()), [])
    environments = project.environments.values()
    return {name: each.value for env in environments for name, each in env.values.items()}
