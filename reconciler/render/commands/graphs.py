"""The graph of references in drawing languages, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from reconciler.model.address import Address
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.safe_text import safe_text

Edge = tuple[Address, Address]
"""A resource, and another one that it refers to."""


def mermaid(nodes: Sequence[Address], edges: Iterable[Edge]) -> str:
    """Return a Mermaid flowchart with a box around each provider."""
    names = {address: f"n{number}" for number, address in enumerate(nodes)}
    lines = ["flowchart LR"]
    for number, (provider, members) in enumerate(groupby(nodes, lambda a: a.provider)):
        lines.append(f'  subgraph p{number}["{_in_mermaid(provider)}"]')
        lines += [f'    {names[a]}["{_in_mermaid(f"{a.kind}/{a.name}")}"]' for a in members]
        lines.append("  end")
    lines += [f"  {names[one]} --> {names[other]}" for one, other in edges if other in names]
    return "\n".join(lines) + "\n"


def _in_mermaid(text: str) -> str:
    """Escape characters that would end a quoted label, or be HTML in it."""
    escapes = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "&": "#amp;", "`": "#96;"}
    return "".join(escapes.get(char, char) for char in safe_text(text))


def dot(nodes: Sequence[Address], edges: Iterable[Edge]) -> str:
    """Return a Graphviz digraph with a box around each provider."""
    known = set(nodes)
    lines = ["digraph reconciler {", "  rankdir=LR;", "  node [shape=box];"]
    for number, (provider, members) in enumerate(groupby(nodes, lambda a: a.provider)):
        lines.append(f"  subgraph cluster_{number} {{")
        lines.append(f"    label={_in_dot(provider)};")
        lines += [
            f"    {_in_dot(str(a))} [label={_in_dot(f'{a.kind}/{a.name}')}];" for a in members
        ]
        lines.append("  }")
    lines += [f"  {_in_dot(str(a))} -> {_in_dot(str(b))};" for a, b in edges if b in known]
    return "\n".join([*lines, "}"]) + "\n"


def _in_dot(text: str) -> str:
    escaped = safe_text(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def graph_document(nodes: Iterable[Address], edges: Iterable[Edge]) -> Document:
    """Return the graph as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "nodes": [
            {"address": str(a), "provider": a.provider, "kind": a.kind, "name": a.name}
            for a in nodes
        ],
        "edges": [{"from": str(one), "to": str(other)} for one, other in edges],
    }
