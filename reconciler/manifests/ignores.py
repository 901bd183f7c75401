"""Reads `metadata.ignoreRules`: the findings that a manifest declares intended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from reconciler.manifests.document import Document
from reconciler.manifests.fault import Fault, shown
from reconciler.model.lint import Ignore

_PLACE = ("metadata", "ignoreRules")


def ignores_of(document: Document) -> tuple[Ignore, ...]:
    """Return the entries of a document that fits its schema and has none of `ignore_faults`."""
    return tuple(
        Ignore(
            rule=entry["rule"],
            reason=entry["reason"],
            until=_day(entry["until"]) if "until" in entry else None,
            origin=document.locator((*_PLACE, index, "rule")),
        )
        for index, entry in _entries(document)
    )


def ignore_faults(document: Document, address: str) -> Iterator[Fault]:
    """Yield a fault for each day that no calendar has, which a pattern cannot tell."""
    for index, entry in _entries(document):
        if "until" in entry and _day(entry["until"]) is None:
            yield Fault(
                origin=document.locator((*_PLACE, index, "until")),
                address=address,
                message=f"no calendar has the day {shown(entry['until'])}",
            )


def _entries(document: Document) -> Iterator[tuple[int, Mapping[str, Any]]]:
    yield from enumerate(document.value["metadata"].get("ignoreRules", ()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
