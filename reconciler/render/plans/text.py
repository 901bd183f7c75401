"""A whole plan, the results of an apply, and findings, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.change import Change, Create, Delete
from reconciler.model.finding import Finding, Severity, about_words, ignored_words, with_fix
from reconciler.model.plan import Plan, RequestEstimate, state_only
from reconciler.model.result import ApplyReport, ChangeResult, Status
from reconciler.model.store_cost import StoreCost
from reconciler.render.layout.style import Colour, Style, count, duration
from reconciler.render.layout.wrapping import fold
from reconciler.render.plans.blocked import blocked_lines
from reconciler.render.plans.changes import change_lines, note_lines
from reconciler.render.plans.extent import left_out_lines, limits_lines, nothing_to_do
from reconciler.render.plans.order import order_lines
from reconciler.render.plans.overview import by_harm, is_large, overview_lines
from reconciler.render.plans.progress import MOST_NAMED
from reconciler.render.plans.words import DONE, NOT_DONE, TO_DO

SEVERITY_COLOURS = {
    Severity.INFO: Colour.CYAN,
    Severity.WARNING: Colour.YELLOW,
    Severity.ERROR: Colour.RED,
}
_RESULT_SIGNS = {
    Status.FAILED: ("✗", Colour.RED),
    Status.UNKNOWN: ("?", Colour.MAGENTA),
    Status.STALE: ("≠", Colour.YELLOW),
    Status.SKIPPED: ("-", Colour.YELLOW),
    Status.WAITING: ("…", Colour.YELLOW),
}
_MAIN = ("create", "update", "replace", "delete")
_RARE = ("adopt", "forget", "rename", "handOver")
_MOST_ALIKE = 8
"""Changes listed that were skipped for one reason; more are only counted."""


def plan_text(
    plan: Plan,
    style: Style,
    *,
    heading: str = "",
    rates: Mapping[str, float] | None = None,
    compact: bool = False,
) -> str:
    """Return a whole plan; `rates` are requests per second by provider, where known.

    A plan of many changes begins with an overview; with `compact` the overview replaces them.
    """
    blocks = [
        [
            *([style.bold(style.clean(heading))] if heading else []),
            *limits_lines(plan.extent, style),
        ],
        *_changes(plan, style, compact=compact),
        [*_state_only(plan, style)],
        [
            *blocked_lines(
                plan.blocked,
                style,
                undecided=plan.undecided,
                held=plan.held,
                unread=plan.unread,
            )
        ],
        [*finding_lines(plan.findings, style)],
        [] if compact else [*order_lines(plan, style)],
        [*_requests(plan.requests, style, rates or {}), *_store_cost(plan.store_cost)],
        [*left_out_lines(plan.extent, style), plan_summary(plan, style)],
    ]
    return page(blocks, style)


def _changes(plan: Plan, style: Style, *, compact: bool) -> Iterator[list[str]]:
    """Yield an overview, if asked for or needed, and the changes, short ones in one block."""
    large = is_large(plan)
    if compact or large:
        yield [*overview_lines(plan.changes, style)]
    if compact:
        return
    changes = by_harm(plan.changes) if large else plan.changes
    yield from short_together(_block(change, style, large=large) for change in changes)
    if large and any(isinstance(change, Create) for change in plan.changes):
        yield [style.dim("What is created is as its manifest says; --output json has all of it.")]


def _block(change: Change, style: Style, *, large: bool) -> tuple[list[str], bool]:
    """Return the lines of a change, and whether it joins other short ones: deletions always do."""
    brief = large and isinstance(change, Create)
    lines = [*change_lines(change, style, brief=brief)]
    return lines, len(lines) == 1 or isinstance(change, Delete)


def page(blocks: Iterable[Sequence[str]], style: Style) -> str:
    """Join blocks of lines with blank lines between them; lines too wide are broken."""
    page = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    return fold(page, style.width)


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
    parts += [
        f"{numbers[action]:,} to {TO_DO.get(action, action)}"
        for action in _RARE
        if numbers.get(action)
    ]
    parts.append(f"{numbers['none']:,} unchanged")
    if plan.blocked:
        parts.append(style.paint(f"{len(plan.blocked):,} blocked", Colour.RED))
    waiting = sum(1 for change in plan.changes if change.waits)
    aside = f"; {style.paint(f'{waiting:,} waiting', Colour.YELLOW)}" if waiting else ""
    return f"{style.bold('Plan:')} {', '.join(parts)}{aside}."


def finding_lines(findings: Sequence[Finding], style: Style) -> Iterator[str]:
    """Show findings, each with its severity, rule and place."""
    if not findings:
        return
    yield style.bold("Findings")
    for finding in findings:
        severity = severity_word(finding, style)
        about = about_words(finding)
        where = f" {style.clean(about)}" if about else ""
        asides = [style.clean(finding.rule)]
        if finding.origin is not None:
            asides.append(style.clean(finding.origin))
        if finding.ignored is not None:
            asides.append(style.clean(ignored_words(finding)))
        message = style.clean(with_fix(finding))
        yield f"  {severity}{where}: {message}  {style.dim(' · '.join(asides))}"


def severity_word(finding: Finding, style: Style) -> str:
    """Return a finding's severity, or that it is ignored or overridden."""
    if finding.ignored is not None:
        return style.dim("overridden" if finding.ignored.override else "ignored")
    return style.paint(finding.severity.value, SEVERITY_COLOURS[finding.severity])


def _requests(
    requests: Mapping[str, RequestEstimate], style: Style, rates: Mapping[str, float]
) -> Iterator[str]:
    if not any(each.reads or each.writes for each in requests.values()):
        return
    yield style.bold("Requests")
    for name, estimate in requests.items():
        if not (estimate.reads or estimate.writes):
            continue
        text = f"  {style.clean(name)}: {count(estimate.reads, 'read')} made"
        if estimate.writes:
            rate = f" at {rates[name]:g} requests/s" if name in rates else ""
            text += f", {count(estimate.writes, 'write')} to make"
            text += f", about {duration(max(0.1, estimate.seconds))}{rate}"
        yield text


def _store_cost(cost: StoreCost | None) -> Iterator[str]:
    if cost is None:
        return
    number = count(cost.number, cost.unit.value.removesuffix("s"))
    yield (
        f"  state: about {number} to make, {cost.milliseconds:g} ms each, "
        f"about {duration(max(0.1, cost.seconds))} beside the requests"
    )


def report_text(report: ApplyReport, style: Style, *, blocked: int = 0) -> str:
    """Return the results of an apply: changes that were not done by name, all others as counts."""
    blocks = [
        [*_remarks(report.results, style)],
        [*_not_done(report.results, style)],
        [*_where_results_are(report, style)],
        [report_summary(report, style, blocked=blocked)],
    ]
    return page(blocks, style)


def _where_results_are(report: ApplyReport, style: Style) -> Iterator[str]:
    number = len(report.results)
    if number > MOST_NAMED:
        way = style.clean(f"`reconciler state history --operations -n {number}`")
        yield style.dim(f"Single results: {way}, and --output json while applying.")


def _not_done(results: Iterable[ChangeResult], style: Style) -> Iterator[str]:
    """List the changes that were not done; a reason that several have comes once, below them."""
    skipped: dict[str, list[ChangeResult]] = {}
    others: dict[tuple[Status, str, str], list[ChangeResult]] = {}
    for result in results:
        if result.status is Status.SKIPPED:
            skipped.setdefault(result.error, []).append(result)
        elif result.status is not Status.DONE:
            others.setdefault((result.status, result.error, result.hint), []).append(result)
    for (status, *texts), alike in others.items():
        for result in alike:
            word = f"{result.action.value} {NOT_DONE[status]}"
            yield f"{_head(result, style)}  {style.paint(word, _RESULT_SIGNS[status][1])}"
        for text in texts:
            yield from (f"      {style.clean(line)}" for line in text.splitlines())
    for why, alike in skipped.items():
        yield from _skipped(alike, f": {style.clean(why)}" if why else "", style)


def _head(result: ChangeResult, style: Style) -> str:
    sign, colour = _RESULT_SIGNS[result.status]
    return f"{style.paint(f'{sign:>3}', colour)} {style.bold(style.clean(result.address))}"


def _skipped(alike: Sequence[ChangeResult], why: str, style: Style) -> Iterator[str]:
    sign, colour = _RESULT_SIGNS[Status.SKIPPED]
    outcome = style.paint(NOT_DONE[Status.SKIPPED], colour) + why
    if len(alike) > _MOST_ALIKE:
        yield f"{style.paint(f'{sign:>3}', colour)} {count(len(alike), 'change')} {outcome}"
    else:
        yield from (f"{_head(result, style)}  {outcome}" for result in alike)


def _remarks(results: Iterable[ChangeResult], style: Style) -> Iterator[str]:
    for result in results:
        if result.status is Status.DONE and result.notes:
            yield f"    {style.bold(style.clean(result.address))}"
            for note in result.notes:
                yield from note_lines(note, style)


def executed(report: ApplyReport) -> dict[str, int]:
    """Count the changes that were done by action, in the shape of a plan's summary."""
    numbers = dict.fromkeys((*_MAIN, *_RARE[:2]), 0)
    for result in report.results:
        if result.status is Status.DONE and result.action.value in numbers:
            numbers[result.action.value] += 1
    numbers["none"] = report.unchanged
    return numbers | state_only(report.moves, report.hand_overs)


def report_summary(report: ApplyReport, style: Style, *, blocked: int = 0) -> str:
    """Return the last line of an apply."""
    numbers = executed(report)
    parts = [f"{numbers[action]:,} {DONE[action]}" for action in _MAIN]
    parts += [f"{numbers[action]:,} {DONE[action]}" for action in _RARE if numbers.get(action)]
    parts.append(f"{report.unchanged:,} unchanged")
    for status, word in NOT_DONE.items():
        if number := report.count(status):
            parts.append(style.paint(f"{number:,} {word}", _RESULT_SIGNS[status][1]))
    if blocked:
        parts.append(style.paint(f"{blocked:,} blocked", Colour.RED))
    good = report.is_good and not blocked
    lead = style.paint("Done:", Colour.GREEN if good else Colour.RED, Colour.BOLD)
    if not good:
        lead = style.paint("Not everything was done:", Colour.RED, Colour.BOLD)
    made = count(sum(report.requests.values()), "request")
    return f"{lead} {', '.join(parts)} ({duration(report.seconds)}, {made})."


def short_together(blocks: Iterable[tuple[list[str], bool]]) -> Iterator[list[str]]:
    """Yield blocks of lines; successive short ones are joined into one block."""
    short: list[str] = []
    for lines, is_short in blocks:
        if is_short:
            short += lines
            continue
        yield short
        short = []
        yield lines
    yield short
