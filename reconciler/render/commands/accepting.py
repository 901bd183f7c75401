"""What `drift --accept` writes into manifests, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.change import Cause
from reconciler.model.result import Drift
from reconciler.render.layout.style import Colour, Style, count
from reconciler.render.plans.changes import field_lines

_NOTHING = dict.fromkeys(Cause, "")


def acceptance_text(accepted: Sequence[Drift], style: Style, *, files: int) -> str:
    """Return what would be written, object by object, with old and new values."""
    lines = [style.bold("Into the manifests:")]
    for each in accepted:
        lines += ["", *_lines(each, style)]
    values = sum(len(each.fields) for each in accepted)
    summary = (
        f"{count(values, 'value')} in {count(files, 'file')}; nothing is sent to any provider."
    )
    return "\n".join([*lines, "", summary])


def accepted_text(accepted: Sequence[Drift], style: Style) -> str:
    """Return what was written, in a sentence."""
    if not accepted:
        return "Nothing to accept: what was named has not drifted.\n"
    values = sum(len(each.fields) for each in accepted)
    what = f"{count(values, 'live value')} of {count(len(accepted), 'object')}"
    done, are = style.paint("Accepted", Colour.GREEN), "is" if values == 1 else "are"
    return f"{done}: {what} {are} in the manifests now.\n"


def _lines(drift: Drift, style: Style) -> Iterator[str]:
    place = "" if drift.origin is None else f"  {drift.origin.file}:{drift.origin.line}"
    sign = style.paint("  ~", Colour.YELLOW)
    yield f"{sign} {style.bold(style.clean(drift.address))}{style.dim(style.clean(place))}"
    yield from field_lines(drift.fields, style, causes=_NOTHING)
