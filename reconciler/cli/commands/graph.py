"""`reconciler graph`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.opening.reading import Reader
from reconciler.cli.parameters.options import paths_argument
from reconciler.cli.settings import Settings
from reconciler.errors import EnvironmentMissing
from reconciler.manifests.fault import raise_faults
from reconciler.model.address import Address
from reconciler.model.resource import Configuration
from reconciler.render.commands.graphs import Edge, dot, graph_document, mermaid

_FORMATS = {"mermaid": mermaid, "dot": dot}


@declare(
    "graph",
    examples=(
        ("reconciler graph", "Mermaid, which GitHub and GitLab draw in Markdown."),
        ("reconciler graph --format dot | dot -Tsvg > graph.svg", "With Graphviz."),
    ),
)
@paths_argument
@click.option(
    "--format",
    "form",
    type=click.Choice([*_FORMATS]),
    default="mermaid",
    show_default=True,
    help="The drawing language.",
)
def command(settings: Settings, paths: tuple[str, ...], form: str) -> int:
    """Draw what refers to what.

    An arrow leads from a resource to what it refers to, which is made first. Offline.

    A project with environments needs --env only where their graphs differ.
    """
    nodes, edges = _graph(settings, paths)
    if settings.json:
        settings.out.document(graph_document(nodes, edges))
    else:
        settings.out.result(_FORMATS[form](nodes, edges))
    return 0


def _graph(settings: Settings, paths: tuple[str, ...]) -> tuple[list[Address], list[Edge]]:
    """Return the graph of the chosen environment, or of all if they have the same.

    Raises `EnvironmentMissing` where their graphs differ.
    """
    readings = Reader(paths).read_all(settings.environment)
    raise_faults([fault for reading in readings for fault in reading.faults])
    first, *others = [_graph_of(reading.configuration) for reading in readings]
    if any(other != first for other in others):
        names = ", ".join(reading.configuration.environment.name for reading in readings)
        raise EnvironmentMissing(
            "the graph is not the same in all environments, and none is named",
            hint=f"Choose one with --env or RECONCILER_ENV: {names}.",
        )
    return first


def _graph_of(configuration: Configuration) -> tuple[list[Address], list[Edge]]:
    resources = configuration.resources
    edges = [
        (address, target)
        for address, resource in sorted(resources.items())
        for target in sorted({reference.target for reference in resource.references})
    ]
    return sorted(resources), edges
