"""What provider types and their kinds can do, from their own declarations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.providers.kind import Capability, Kind
from reconciler.providers.provider import Provider
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.style import Style
from reconciler.render.layout.tables import pairs, table

_TICK = {True: "yes", False: "-"}


def capabilities_text(classes: Sequence[type[Provider]], style: Style) -> str:
    """Return a block for each provider type: how to reach it, then its kinds."""
    return "\n".join(_block(each, style) for each in classes)


def _block(chosen: type[Provider], style: Style) -> str:
    credentials = [*chosen.required_credentials]
    credentials += [f"{name} (optional)" for name in chosen.optional_credentials]
    defaults = chosen.defaults
    facts: list[tuple[str, object]] = [
        ("baseUrl", defaults.base_url or "none: a manifest must name it"),
        ("credentials", ", ".join(credentials)),
        ("limits", f"{defaults.concurrency} at once, {defaults.requests_per_second:g} requests/s"),
    ]
    rows = [_row(kind) for kind in chosen.kinds.values()]
    headings = ("kind", *(capability.value for capability in Capability), "replaced", "secrets to")
    body = pairs(facts, style) + "\n" + table(headings, rows, style)
    indented = "".join(f"  {line}".rstrip() + "\n" for line in body.splitlines())
    return f"{style.bold(style.clean(chosen.type))}  {style.clean(chosen.title)}\n{indented}"


def _row(kind: Kind) -> tuple[str, ...]:
    return (
        kind.name,
        *(_TICK[capability in kind.capabilities] for capability in Capability),
        kind.replace.value.replace("-", " ") + (" or beside" if kind.beside else ""),
        ", ".join(kind.sinks),
    )


def capabilities_document(classes: Iterable[type[Provider]]) -> Document:
    """Return the same as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "providers": [
            {
                "type": chosen.type,
                "title": chosen.title,
                "baseUrl": chosen.defaults.base_url,
                "credentials": {
                    "required": list(chosen.required_credentials),
                    "optional": list(chosen.optional_credentials),
                },
                "kinds": [
                    {
                        "kind": kind.name,
                        "capabilities": sorted(c.value for c in kind.capabilities),
                        "replace": kind.replace.value,
                        "beside": kind.beside,
                        "sinks": list(kind.sinks),
                    }
                    for kind in chosen.kinds.values()
                ],
            }
            for chosen in classes
        ],
    }
