"""The states of environments; moved, copied and compared states: as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from reconciler.model.moment import moment_text
from reconciler.render.commands.state import run_document
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.style import Style
from reconciler.render.layout.tables import table
from reconciler.render.layout.wrapping import fold
from reconciler.state.base import RunRecord
from reconciler.state.content import Content, short

_NAMED = 20
"""Addresses named of one sort; the rest is counted."""


class Whereabouts(Struct, frozen=True, kw_only=True):
    """The state of one environment: its place, and its latest serial and run."""

    name: str
    """The environment; `default` in a project without environments."""
    place: str
    """The URL of the state."""
    lineage: str = ""
    """Empty where there is no state yet, or the state cannot be read."""
    serial: int = 0
    objects: int = 0
    last: RunRecord | None = None
    problem: str = ""
    """Why the state cannot be read."""


def environments_text(found: Sequence[Whereabouts], style: Style) -> str:
    """Return a table of states, followed by the problems of those that cannot be read."""
    rows = [
        (
            each.name,
            each.lineage[:12] or ("" if each.problem else "none yet"),
            each.serial if each.lineage else "",
            each.objects if each.lineage else "",
            moment_text(each.last.started_at) if each.last else "",
            each.place,
        )
        for each in found
    ]
    headings = ("environment", "lineage", "serial", "objects", "last run", "state")
    problems = [f"{each.name}: {each.problem}" for each in found if each.problem]
    return table(headings, rows, style) + "".join(
        fold(style.clean(problem), style.width) + "\n" for problem in problems
    )


def environments_document(found: Sequence[Whereabouts]) -> Document:
    """Return states by environment."""
    return {"formatVersion": FORMAT_VERSION, "states": [_entry(each) for each in found]}


def _entry(found: Whereabouts) -> Document:
    return {
        "environment": found.name,
        "state": found.place,
        "lineage": found.lineage or None,
        "serial": found.serial if found.lineage else None,
        "objects": found.objects if found.lineage else None,
        "lastRun": run_document(found.last) if found.last else None,
        "problem": found.problem or None,
    }


def moved_text(content: Content, target: str, style: Style, *, environment: str = "") -> str:
    """Return the text about a state that was moved, with the setting that names its place.

    A state of an `environment` is named there: `spec.state` would be that of all of them.
    """
    setting = f"{{state: {_scalar(target)}}}"
    if environment:
        setting = f"{{environments: {{{environment}: {setting}}}}}"
    lines = (
        f"Moved to {target}: serial {content.serial}, {_count(content)}, journal and history.",
        f"Read again there, with the same digest: {short(content.digest)}.",
        "At the old place every run is refused from now on. In reconciler.yaml:",
        f"  spec: {setting}",
    )
    return "".join(f"{style.clean(line)}\n" for line in lines)


def _scalar(url: str) -> str:
    """Return a URL as a YAML flow scalar: in quotes if it has a comma between hosts."""
    return f'"{url}"' if "," in url else url


def moved_document(content: Content, target: str) -> Document:
    """Return the document about a state that was moved."""
    return {
        "formatVersion": FORMAT_VERSION,
        "movedTo": target,
        "lineage": content.lineage,
        "serial": content.serial,
        "objects": len(_objects(content)),
        "digest": content.digest,
    }


def copied_text(content: Content, path: Path) -> str:
    """Return the text about a copy that was written."""
    return f"Written: {path}, serial {content.serial}, {_count(content)}."


def difference_text(now: Content, then: Content, style: Style, *, what: str = "copy") -> str:
    """Return which objects would come back, be forgotten or change if a copy is restored."""
    here, there = _objects(now), _objects(then)
    lines = [f"The {what} is serial {then.serial}, the state {now.serial}."]
    for word, addresses in (
        ("known again", there.keys() - here.keys()),
        ("no more known", here.keys() - there.keys()),
        ("as they were", {each for each in there.keys() & here if there[each] != here[each]}),
    ):
        lines += [f"  {word}: {each}" for each in sorted(addresses)[:_NAMED]]
        if len(addresses) > _NAMED:
            lines.append(f"  {word}: {len(addresses) - _NAMED} more")
    if len(lines) == 1:
        lines.append("  The same objects.")
    return "\n".join(map(style.clean, lines))


def _objects(content: Content) -> dict[str, tuple[object, ...]]:
    return {str(row[0]): row[1:] for row in content.tables["objects"].rows}


def _count(content: Content) -> str:
    count = len(_objects(content))
    return "1 object" if count == 1 else f"{count} objects"
