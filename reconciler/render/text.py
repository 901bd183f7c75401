"""Plans, reports and drift for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from reconciler.model.address import Address
from reconciler.model.change import Cause, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Extent, Plan, RequestEstimate
from reconciler.model.result import ApplyReport, ChangeResult, Drift, DriftStatus, Status
from reconciler.render.changes import change_lines, field_lines, members_text, note_lines
from reconciler.render.extent import among_what, left_out_lines, limits_lines, nothing_to_do
from reconciler.render.order import order_lines
from reconciler.render.style import Colour, Style, count, duration

SEVERITY_COLOURS = {
    Severity.INFO: Colour.CYAN,
    Severity.WARNING: Colour.YELLOW,
    Severity.ERROR: Colour.RED,
}
_NOT_DONE = {
    Status.FAILED: ("✗", Colour.RED, "failed"),
    Status.UNKNOWN: ("?", Colour.MAGENTA, "outcome unknown"),
    Status.SKIPPED: ("-", Colour.YELLOW, "skipped"),
}
_DRIFT = {
    DriftStatus.CHANGED: ("~", Colour.YELLOW, "changed"),
    DriftStatus.MISSING: ("-", Colour.RED, "missing"),
    DriftStatus.UNVERIFIABLE: ("?", Colour.DIM, "cannot be read back"),
    DriftStatus.UNMANAGED: ("+", Colour.CYAN, "not managed"),
    DriftStatus.DEGRADED: ("!", Colour.YELLOW, "degraded"),
}
_MAIN = ("create", "update", "replace", "delete")
_RARE = ("adopt", "forget", "rename")
_DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "adopted",
    "forget": "forgotten",
    "rename": "renamed",
}
_MOST_ALIKE = 8
"""More changes that were skipped for the same reason are counted, not listed."""


def plan_text(
    plan: Plan, style: Style, *, heading: str = "", rates: Mapping[str, float] | None = None
) -> str:
    """Return a whole plan; `rates` are requests per second by provider, where known."""
    blocks = [
        [
            *([style.bold(style.clean(heading))] if heading else []),
            *limits_lines(plan.extent, style),
        ],
        *([*change_lines(change, style)] for change in plan.changes),
        [*_state_only(plan, style)],
        [*blocked_lines(plan.blocked, style, undecided=plan.undecided)],
        [*finding_lines(plan.findings, style)],
        [*order_lines(plan, style)],
        [*_requests(plan.requests, style, rates or {})],
        [*left_out_lines(plan.extent, style), plan_summary(plan, style)],
    ]
    return _page(blocks)


def _page(blocks: Iterable[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _state_only(plan: Plan, style: Style) -> Iterator[str]:
    for move in plan.moves:
        arrow = f"{style.clean(move.source)} → {style.clean(move.target)}"
        yield f"{style.paint('  =', Colour.CYAN)} {arrow}  {style.dim('renamed in state only')}"
    for each in plan.hand_overs:
        arrow = f"{style.clean(each.source)} → {style.clean(each.target)}"
        aside = style.dim(f"{style.clean(each.part)}: handed over in state only")
        yield f"{style.paint('  =', Colour.CYAN)} {arrow}  {aside}"
    for address in plan.gone:
        aside = style.dim("gone already; leaves state")
        yield f"{style.paint('  x', Colour.DIM)} {style.clean(address)}  {aside}"
    if plan.restated:
        rows = count(plan.restated, "object")
        yield style.dim(f"State is brought up to date for {rows}; nothing is sent for that.")


def plan_summary(plan: Plan, style: Style) -> str:
    """Return the plan's last line."""
    numbers = plan.summary()
    if not plan.has_changes and not plan.blocked:
        return nothing_to_do(plan, style)
    parts = [f"{numbers[action]:,} to {action}" for action in _MAIN]
    parts += [f"{numbers[action]:,} to {action}" for action in _RARE if numbers.get(action)]
    if plan.hand_overs:
        parts.append(f"{len(plan.hand_overs):,} to hand over")
    parts.append(f"{numbers['none']:,} unchanged")
    if plan.blocked:
        parts.append(style.paint(f"{len(plan.blocked):,} blocked", Colour.RED))
    return f"{style.bold('Plan:')} {', '.join(parts)}."


def blocked_lines(
    blocked: Mapping[Address, str], style: Style, *, undecided: Sequence[Address] = ()
) -> Iterator[str]:
    """Show what could not be compared, and the way out of it."""
    if not blocked:
        return
    yield style.paint("Blocked", Colour.RED, Colour.BOLD)
    waiting = frozenset(undecided)
    for address, reason in blocked.items():
        sign = style.paint("  ?" if address in waiting else "  !", Colour.RED)
        yield f"{sign} {style.bold(style.clean(address))}"
        yield f"      {style.clean(reason)}"


def finding_lines(findings: Sequence[Finding], style: Style) -> Iterator[str]:
    """Show findings, each with its severity, rule and place."""
    if not findings:
        return
    yield style.bold("Findings")
    for finding in findings:
        severity = style.paint(finding.severity.value, SEVERITY_COLOURS[finding.severity])
        where = f" {style.clean(finding.address)}" if finding.address else ""
        asides = [style.clean(finding.rule)]
        if finding.origin is not None:
            asides.append(style.clean(finding.origin))
        said = style.clean(finding.message)
        yield f"  {severity}{where}: {said}  {style.dim(' · '.join(asides))}"


def _requests(
    requests: Mapping[str, RequestEstimate], style: Style, rates: Mapping[str, float]
) -> Iterator[str]:
    if not requests:
        return
    yield style.bold("Requests")
    for name, estimate in requests.items():
        text = f"  {style.clean(name)}: {count(estimate.reads, 'read')} made"
        if estimate.writes:
            rate = f" at {rates[name]:g} requests/s" if name in rates else ""
            text += f", {count(estimate.writes, 'write')} to make"
            text += f", about {duration(max(0.1, estimate.seconds))}{rate}"
        yield text


def report_text(report: ApplyReport, style: Style, *, blocked: int = 0) -> str:
    """Return what an apply did: everything that is not done by name, the rest as counts."""
    blocks = [
        [*_remarks(report.results, style)],
        [*_not_done(report.results, style)],
        [report_summary(report, style, blocked=blocked)],
    ]
    return _page(blocks)


def _not_done(results: Iterable[ChangeResult], style: Style) -> Iterator[str]:
    skipped: dict[str, list[ChangeResult]] = {}
    for result in results:
        if result.status is Status.SKIPPED:
            skipped.setdefault(result.error, []).append(result)
        elif result.status is not Status.DONE:
            _, colour, word = _NOT_DONE[result.status]
            yield f"{_head(result, style)}  {style.paint(f'{result.action.value} {word}', colour)}"
            for text in (result.error, result.hint):
                yield from (f"      {style.clean(line)}" for line in text.splitlines())
    for why, alike in skipped.items():
        yield from _skipped(alike, f": {style.clean(why)}" if why else "", style)


def _head(result: ChangeResult, style: Style) -> str:
    sign, colour, _ = _NOT_DONE[result.status]
    return f"{style.paint(f'{sign:>3}', colour)} {style.bold(style.clean(result.address))}"


def _skipped(alike: Sequence[ChangeResult], why: str, style: Style) -> Iterator[str]:
    sign, colour, word = _NOT_DONE[Status.SKIPPED]
    said = style.paint(word, colour) + why
    if len(alike) > _MOST_ALIKE:
        yield f"{style.paint(f'{sign:>3}', colour)} {count(len(alike), 'change')} {said}"
    else:
        yield from (f"{_head(result, style)}  {said}" for result in alike)


def _remarks(results: Iterable[ChangeResult], style: Style) -> Iterator[str]:
    for result in results:
        if result.status is Status.DONE and result.notes:
            yield f"    {style.bold(style.clean(result.address))}"
            for note in result.notes:
                yield from note_lines(note, style)


def executed(report: ApplyReport) -> dict[str, int]:
    """Count what was done by action, in the shape of a plan's summary."""
    numbers = dict.fromkeys((*_MAIN, *_RARE[:2]), 0)
    for result in report.results:
        if result.status is Status.DONE and result.action.value in numbers:
            numbers[result.action.value] += 1
    renamed = {"rename": len(report.moves)} if report.moves else {}
    return {**numbers, "none": report.unchanged, **renamed}


def report_summary(report: ApplyReport, style: Style, *, blocked: int = 0) -> str:
    """Return the last line of an apply."""
    numbers = executed(report)
    parts = [f"{numbers[action]:,} {_DONE[action]}" for action in _MAIN]
    parts += [f"{numbers[action]:,} {_DONE[action]}" for action in _RARE if numbers.get(action)]
    if report.hand_overs:
        parts.append(f"{len(report.hand_overs):,} handed over")
    parts.append(f"{report.unchanged:,} unchanged")
    for status, (_, colour, word) in _NOT_DONE.items():
        if number := report.count(status):
            parts.append(style.paint(f"{number:,} {word}", colour))
    if blocked:
        parts.append(style.paint(f"{blocked:,} blocked", Colour.RED))
    good = len(report.results) == report.count(Status.DONE) and not blocked
    lead = style.paint("Done:", Colour.GREEN if good else Colour.RED, Colour.BOLD)
    if not good:
        lead = style.paint("Not everything was done:", Colour.RED, Colour.BOLD)
    made = count(sum(report.requests.values()), "request")
    return f"{lead} {', '.join(parts)} ({duration(report.seconds)}, {made})."


def drift_text(
    drift: Sequence[Drift],
    style: Style,
    *,
    heading: str = "",
    findings: Sequence[Finding] = (),
    blocked: Mapping[Address, str] | None = None,
    extent: Extent | None = None,
) -> str:
    """Return how live differs from what was last applied."""
    extent = extent or Extent()
    blocks = [
        [
            *([style.bold(style.clean(heading))] if heading else []),
            *limits_lines(extent, style),
        ],
        *([*_drift_lines(each, style)] for each in drift),
        [*blocked_lines(blocked or {}, style)],
        [*finding_lines(findings, style)],
        [
            *left_out_lines(extent, style),
            _drift_summary(drift, style, extent, incomplete=bool(blocked)),
        ],
    ]
    return _page(blocks)


def _drift_lines(drift: Drift, style: Style) -> Iterator[str]:
    sign, colour, word = _DRIFT[drift.status]
    head = f"{style.paint(f'{sign:>3}', colour)} {style.bold(style.clean(drift.address))}"
    why = f": {style.clean(drift.reason)}" if drift.reason else ""
    yield f"{head}  {style.paint(word, colour)}{why}"
    yield from field_lines([_plain(field) for field in drift.fields], style)
    if drift.members is not None:
        yield f"      {members_text(drift.members, style)}"


def _plain(field: FieldChange) -> FieldChange:
    """Leave out that it was changed outside: here everything was."""
    return replace(field, cause=Cause.MANIFEST) if field.cause is Cause.DRIFT else field


def _drift_summary(
    drift: Sequence[Drift], style: Style, extent: Extent, *, incomplete: bool
) -> str:
    if not drift:
        if incomplete:
            return style.paint("Not everything could be compared.", Colour.RED)
        among = among_what(extent, "owned object")
        if among:
            return style.paint("No drift", Colour.GREEN) + f"{among}."
        return style.paint("No drift.", Colour.GREEN) + " Live state is as it was last applied."
    numbers = {status: sum(each.status is status for each in drift) for status in DriftStatus}
    parts = [f"{number:,} {_DRIFT[status][2]}" for status, number in numbers.items() if number]
    return f"{style.bold('Drift:')} {', '.join(parts)}."
