"""What is deprecated, and until when it is kept."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler import deprecations
from reconciler.manifests.deprecated import all_deprecated_fields
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.style import Style
from reconciler.render.layout.tables import table

_FLAG, _WORD, _FIELD = "flag", "word", "field"
_ALWAYS = "reconciler/v1 lasts"
"""A field can go only with a new `apiVersion`."""


def entries() -> list[Document]:
    """Return all deprecations: first of the command line, then of manifests."""
    typed: list[Document] = [
        {
            "what": _WORD if " " in each.name else _FLAG,
            "name": each.name,
            "replacedBy": each.replaced_by,
            "since": each.since,
            "keptUntil": each.kept_until.isoformat(),
        }
        for each in deprecations.DEPRECATIONS
    ]
    fields: list[Document] = [
        {"what": _FIELD, "name": f"{where} {each.name}", "replacedBy": each.successor}
        for where, each in all_deprecated_fields()
    ]
    return [*typed, *fields]


def deprecations_document(found: Sequence[Document]) -> Document:
    """Return deprecations as JSON."""
    return {"formatVersion": FORMAT_VERSION, "deprecations": list(found)}


def deprecations_text(found: Sequence[Document], style: Style) -> str:
    """Return deprecations as text."""
    if not found:
        return "Nothing is deprecated.\n"
    rows = [
        (
            each["name"],
            each["replacedBy"] or "nothing: leave it out",
            each.get("since", ""),
            each.get("keptUntil", _ALWAYS),
        )
        for each in found
    ]
    return table(("deprecated", "write instead", "since", "kept while or until"), rows, style)
