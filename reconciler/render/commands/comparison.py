"""What differs between two environments, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from reconciler.manifests.comparing import Difference
from reconciler.model.change import Cause, FieldChange
from reconciler.model.personal import mask_personal
from reconciler.providers.registry import personal_fields
from reconciler.render.envelope import FORMAT_VERSION, Document
from reconciler.render.layout.style import Colour, Style, count
from reconciler.render.plans.changes import field_lines

_SIGNS = {
    "changed": ("~", Colour.YELLOW),
    "removed": ("-", Colour.RED),
    "added": ("+", Colour.GREEN),
}


class Comparison(Struct, frozen=True, kw_only=True):
    """Two environments and their differences."""

    before: str
    after: str
    differences: Sequence[Difference]
    alike: int
    """How many manifests are the same in both."""


def comparison_document(comparison: Comparison) -> Document:
    """Return a comparison as JSON."""
    return {
        "formatVersion": FORMAT_VERSION,
        "from": comparison.before,
        "to": comparison.after,
        "differences": [_difference(each) for each in comparison.differences],
        "alike": comparison.alike,
    }


def _difference(difference: Difference) -> Document:
    return {
        "address": difference.address,
        "kind": difference.kind,
        "status": _status(difference),
        "fields": [
            {"path": field.path, "before": field.before, "after": field.after}
            for field in _fields(difference)
        ],
    }


def comparison_text(comparison: Comparison, style: Style) -> str:
    """Return a comparison: what turns the first environment into the second."""
    names = f"from {comparison.before} to {comparison.after}"
    lines = [style.bold(style.clean(f"Compare: {names}")), ""]
    for difference in comparison.differences:
        lines += [*_lines(difference, comparison, style), ""]
    return "\n".join([*lines, _summary(comparison)]) + "\n"


def _lines(difference: Difference, comparison: Comparison, style: Style) -> Iterator[str]:
    status = _status(difference)
    sign, colour = _SIGNS[status]
    only = {"removed": comparison.before, "added": comparison.after}.get(status)
    aside = "" if only is None else "  " + style.dim(style.clean(f"only in {only}"))
    address = style.bold(style.clean(difference.address))
    yield f"{style.paint(f'{sign:>3}', colour)} {address}{aside}"
    if status != "removed":
        added = status == "added"
        yield from field_lines(
            _fields(difference), style, created=added, causes={Cause.MANIFEST: ""}
        )


def _fields(difference: Difference) -> list[FieldChange]:
    """Return the differing fields, personal data masked."""
    personal = personal_fields()
    return [
        FieldChange(path=path, before=mask_personal(before), after=mask_personal(after))
        if (difference.kind, path.split(".")[0]) in personal
        else FieldChange(path=path, before=before, after=after)
        for path, before, after in difference.fields
    ]


def _status(difference: Difference) -> str:
    if difference.before is None:
        return "added"
    return "removed" if difference.after is None else "changed"


def _summary(comparison: Comparison) -> str:
    statuses = [_status(each) for each in comparison.differences]
    if not statuses and not comparison.alike:
        return (
            f"Nothing was compared: neither {comparison.before} nor {comparison.after} has such a "
            "manifest."
        )
    if not statuses:
        manifests = count(comparison.alike, "manifest")
        return f"{comparison.before} and {comparison.after} are alike: {manifests}."
    return (
        f"{statuses.count('changed')} changed, "
        f"{statuses.count('removed')} only in {comparison.before}, "
        f"{statuses.count('added')} only in {comparison.after}, {comparison.alike} alike."
    )
