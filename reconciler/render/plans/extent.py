"""How much of the project a plan or drift covers, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from reconciler.model.plan import Extent, Plan
from reconciler.render.layout.style import Colour, Style, count


def limits_lines(extent: Extent, style: Style) -> Iterator[str]:
    """Say what the command line limited a plan to, if anything."""
    limits = [f"--target {style.clean(target)}" for target in extent.targets]
    labels = [f"--selector {style.clean(f'{k}={v}')}" for k, v in extent.selector.items()]
    if labels:
        limits.append(f"{'or ' * bool(limits)}{' '.join(labels)}")
    if extent.paths and not extent.whole:
        limits += [f"the manifests in {style.clean(path)}" for path in extent.paths]
    if limits:
        text = f"Limited to {', '.join(limits)}"
        yield from wrap(text, style.width, subsequent_indent="  ", break_on_hyphens=False)


def left_out_lines(extent: Extent, style: Style) -> Iterator[str]:
    """Count the owned objects that were left out, and say why."""
    if extent.outside:
        number = count(extent.outside, "owned object")
        verb = "was" if extent.outside == 1 else "were"
        yield style.dim(f"{number} of manifests outside these paths {verb} not looked at.")
    if extent.kept:
        number = count(extent.kept, "owned object")
        verb = "has no manifest and was" if extent.kept == 1 else "have no manifest and were"
        yield style.dim(f"{number} {verb} left alone: nothing is pruned.")


def among_what(extent: Extent, noun: str) -> str:
    """Return what to add to a sentence about a part of the project; "" where it was all of it."""
    if extent.complete:
        return ""
    return f" among the {count(extent.looked_at, noun)} looked at (of {extent.of:,})"


def none_of(extent: Extent, noun: str, *, otherwise: str) -> str:
    """Return why a run looked at nothing; `otherwise` is the reason where there is nothing."""
    return f"none of the {count(extent.of, noun)} was looked at" if extent.of else otherwise


def nothing_to_do(plan: Plan, style: Style) -> str:
    """Return the last line of a plan without changes; of a partial plan, it says so."""
    extent = plan.extent
    among = among_what(extent, "owned object" if extent.destroy else "resource")
    if extent.destroy:
        what = f"Nothing to destroy{among}"
        aside = "" if extent.of or among else " State owns nothing."
        return style.paint(f"{what}.", Colour.GREEN) + aside
    if not (extent.looked_at or plan.unchanged):
        nothing = "manifests have no resource, and state owns no object"
        return f"No changes: {none_of(extent, 'resource', otherwise=nothing)}."
    if among:
        return style.paint("No changes", Colour.GREEN) + f"{among}."
    return style.paint("No changes.", Colour.GREEN) + " Live state matches the manifests."


def extent_document(extent: Extent) -> dict[str, Any]:
    """Return the extent of a plan or drift, for its document."""
    return {
        "complete": extent.complete,
        "lookedAt": extent.looked_at,
        "of": extent.of,
        "outsidePaths": extent.outside,
        "notPruned": extent.kept,
        "targets": [str(target) for target in extent.targets],
        "selector": dict(extent.selector),
        "paths": list(extent.paths),
    }
