"""Drift as text: live values beside those last applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.change import Cause
from reconciler.model.finding import Finding
from reconciler.model.moment import moment_text
from reconciler.model.plan import Extent, Unread
from reconciler.model.result import Drift, DriftStatus
from reconciler.render.layout.style import Colour, Style, cells, count, pad
from reconciler.render.plans.blocked import blocked_lines
from reconciler.render.plans.changes import field_lines, members_text, object_line
from reconciler.render.plans.extent import among_what, left_out_lines, limits_lines, none_of
from reconciler.render.plans.text import finding_lines, page, short_together

_DRIFT = {
    DriftStatus.CHANGED: ("~", Colour.YELLOW, "changed"),
    DriftStatus.MISSING: ("-", Colour.RED, "missing"),
    DriftStatus.UNVERIFIABLE: ("?", Colour.DIM, "cannot be read back"),
    DriftStatus.UNMANAGED: ("+", Colour.CYAN, "not managed"),
    DriftStatus.UNDELIVERED: ("!", Colour.RED, "undelivered"),
    DriftStatus.DEGRADED: ("!", Colour.YELLOW, "degraded"),
}

_CAUSES = {
    Cause.MANIFEST: "",
    Cause.DRIFT: "applied → live",
    Cause.BOTH: "applied → live",
    Cause.UNVERIFIABLE: "cannot be read back",
}
_WITHOUT_UNREADABLE = {**_CAUSES, Cause.UNVERIFIABLE: ""}
_RESTORED = frozenset({DriftStatus.CHANGED, DriftStatus.MISSING})


def drift_text(
    drift: Sequence[Drift],
    style: Style,
    *,
    heading: str = "",
    findings: Sequence[Finding] = (),
    blocked: Mapping[Address, str] | None = None,
    unread: Sequence[Unread] = (),
    extent: Extent | None = None,
    compact: bool = False,
    now: float = 0.0,
) -> str:
    """Return how live state differs from what was last applied; `compact` only counts objects.

    An object that was seen to drift before `now` (seconds since the epoch) says since when.
    """
    extent = extent or Extent()
    blocks = [
        [
            *([style.bold(style.clean(heading))] if heading else []),
            *limits_lines(extent, style),
        ],
        *([[*_overview(drift, style)]] if compact else _objects(drift, style, now)),
        [*blocked_lines(blocked or {}, style, unread=unread)],
        [*finding_lines(findings, style)],
        [
            *left_out_lines(extent, style),
            _summary(drift, style, extent, incomplete=bool(blocked)),
        ],
    ]
    return page(blocks, style)


def _overview(drift: Sequence[Drift], style: Style) -> Iterator[str]:
    counts = Counter((each.status, each.address.provider, each.address.kind) for each in drift)
    names = {key: style.clean(f"{key[1]}/{key[2]}") for key in counts}
    width = max(map(cells, names.values()), default=0)
    for key, number in sorted(counts.items()):
        sign, colour, word = _DRIFT[key[0]]
        yield f"{style.paint(f'{sign:>3}', colour)} {pad(names[key], width)}  {number:,} {word}"


def _objects(drift: Sequence[Drift], style: Style, now: float) -> Iterator[list[str]]:
    """Yield a block for each object; short ones are joined, and so are unmanaged ones."""
    owned = (each for each in drift if each.status is not DriftStatus.UNMANAGED)
    blocks = ([*_lines(each, style, now)] for each in owned)
    yield from short_together((lines, len(lines) == 1) for lines in blocks)
    unmanaged = [each for each in drift if each.status is DriftStatus.UNMANAGED]
    yield [line for each in unmanaged for line in _lines(each, style, now)]


def _lines(drift: Drift, style: Style, now: float) -> Iterator[str]:
    sign, colour, word = _DRIFT[drift.status]
    head = f"{style.paint(f'{sign:>3}', colour)} {style.bold(style.clean(drift.address))}"
    why = f": {style.clean(drift.reason)}" if drift.reason else ""
    place = "" if drift.origin is None else f"{drift.origin.file}:{drift.origin.line}"
    aside = f"  {style.dim(style.clean(place))}" if place else ""
    yield f"{head}  {style.paint(word, colour)}{why}{aside}"
    if drift.since is not None and drift.since < now:
        yield f"      {style.dim(f'first seen {moment_text(drift.since)}')}"
    if drift.status is DriftStatus.UNMANAGED:
        values = [(field.path, field.after) for field in drift.fields if not field.sensitive]
        yield from object_line(drift.id, values, style)
        return
    unreadable = drift.status is DriftStatus.UNVERIFIABLE
    yield from field_lines(
        drift.fields, style, causes=_WITHOUT_UNREADABLE if unreadable else _CAUSES
    )
    if drift.members is not None:
        yield f"      {members_text(drift.members, style)}"


def _summary(drift: Sequence[Drift], style: Style, extent: Extent, *, incomplete: bool) -> str:
    numbers = {status: sum(each.status is status for each in drift) for status in DriftStatus}
    unreadable = numbers[DriftStatus.UNVERIFIABLE]
    if not (extent.looked_at or drift or incomplete):
        none = none_of(extent, "owned object", otherwise="the state owns no object")
        return f"Nothing was compared: {none}."
    if unreadable == len(drift) and not incomplete:
        return _no_drift(unreadable, style, among_what(extent, "owned object"))
    if not drift:
        return style.paint("Not everything could be compared.", Colour.RED)
    parts = [f"{number:,} {_DRIFT[status][2]}" for status, number in numbers.items() if number]
    way = ""
    if any(numbers[status] for status in _RESTORED):
        way = style.clean(" `reconciler apply` restores what was changed or is missing.")
    return f"{style.bold('Drift:')} {', '.join(parts)}.{way}"


def _no_drift(unreadable: int, style: Style, among: str) -> str:
    if unreadable:
        cannot = f"{count(unreadable, 'object')} cannot be, or not wholly"
        aside = f" in what can be read back; {cannot}{among}."
        return style.paint("No drift", Colour.GREEN) + aside
    if among:
        return style.paint("No drift", Colour.GREEN) + f"{among}."
    return style.paint("No drift.", Colour.GREEN) + " Live state is as it was last applied."
