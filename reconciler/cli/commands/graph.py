"""`reconciler graph`."""

from __future__ import annotations

import click

from reconciler.cli.app import declare
from reconciler.cli.options import paths_argument
from reconciler.cli.reading import configuration_of
from reconciler.cli.settings import Settings
from reconciler.render.graphs import dot, graph_document, mermaid


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
    type=click.Choice(["mermaid", "dot"]),
    default="mermaid",
    show_default=True,
    help="The drawing language.",
)
def command(settings: Settings, paths: tuple[str, ...], form: str) -> int:
    """Draw what refers to what.

    An arrow leads from a resource to what it refers to, which is made first. Offline.
    """
    resources = configuration_of(paths).resources
    edges = [
        (address, target)
        for address, resource in sorted(resources.items())
        for target in sorted({reference.target for reference in resource.references})
    ]
    if settings.json:
        settings.out.document(graph_document(sorted(resources), edges))
    else:
        draw = mermaid if form == "mermaid" else dot
        settings.out.result(draw(sorted(resources), edges))
    return 0
