"""Plans, asks and applies, under the lock: what apply and destroy do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from reconciler.cli.confirm import approve
from reconciler.cli.endings import ending_in_words
from reconciler.cli.planning import Choice, show_plan, with_lint
from reconciler.cli.settings import Settings
from reconciler.model.result import ApplyReport, Status

if TYPE_CHECKING:
    import asyncio

    from reconciler.engine.applying.freshness import Seen
    from reconciler.engine.settling.recovery import RecoveryReport
    from reconciler.engine.workspace import Workspace
    from reconciler.model.plan import Plan
    from reconciler.model.resource import Configuration
    from reconciler.render.progress import Progress
    from reconciler.state.base import Run

_RECOVERY_GRACE = 5.0
"""Recovery may be writing; a signal gives it so many seconds."""


class Order(Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    command: str
    choice: Choice
    question: str
    auto_approve: bool
    allow_deletes: int | None
    emulate: bool


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of it."""

    plan: Plan
    report: ApplyReport
    undecided: bool
    """Whether recovery left something that a person must decide."""


def carry_out(settings: Settings, configuration: Configuration, order: Order) -> int:
    """Do it all and return the exit code."""

    async def work(stop: asyncio.Event) -> Outcome:
        from reconciler.cli.session import opened_workspace

        async with opened_workspace(
            settings, configuration, emulate=order.emulate, writes=True
        ) as workspace:
            return await _locked(settings, workspace, order, stop)

    outcome = settings.interrupts.run(work)
    _show_report(settings, outcome)
    if outcome.report.ended_by is not None:
        raise outcome.report.ended_by
    settings.interrupts.check()
    return exit_code(outcome)


def exit_code(outcome: Outcome) -> int:
    """Return what an apply's exit code is: decisions first, then failures."""
    plan, report = outcome.plan, outcome.report
    unknown = report.count(Status.UNKNOWN)
    if outcome.undecided or plan.undecided or unknown or any(r.undecided for r in report.results):
        return 4
    if report.count(Status.DONE) < len(report.results):
        return 3
    if plan.blocked:
        return 3 if report.results else 1
    return 0


async def _locked(
    settings: Settings, workspace: Workspace, order: Order, stop: asyncio.Event
) -> Outcome:
    from reconciler.cli.watching import watching

    options = order.choice.options(workspace)
    with workspace.store.begin(order.command) as run:
        with ending_in_words(run, workspace.store):
            with watching(settings.out) as progress:
                recovered = await _recover(settings, workspace, run, progress)
                from reconciler.engine.planning.planner import make_plan

                begun = time.monotonic()
                making = make_plan(workspace, options, progress=progress.reading)
                plan = await settings.interrupts.unless_stopped(making)
            plan = with_lint(plan, workspace.configuration, order.choice)
            if not settings.json:
                show_plan(settings, plan, workspace, emulate=order.emulate)
            asked = _agree(settings, workspace, order, plan)
        from reconciler.engine.applying.freshness import Seen

        seen = Seen(at=begun, approved=asked, destroy=order.choice.destroy)
        with watching(settings.out) as progress:
            report = await _apply(workspace, plan, run, stop, progress, seen)
        if report.ended_by is None:
            run.finish(_outcome_word(settings, report), _counts(report))
    return Outcome(plan=plan, report=report, undecided=bool(recovered.undecided))


async def _recover(
    settings: Settings, workspace: Workspace, run: Run, progress: Progress
) -> RecoveryReport:
    from reconciler.engine.settling.recovery import recover

    recovering = recover(workspace, run, progress=progress.reading)
    report = await settings.interrupts.unless_stopped(recovering, grace=_RECOVERY_GRACE)
    for sentence in report.settled:
        settings.out.note(settings.out.note_style.clean(sentence))
    return report


def _agree(settings: Settings, workspace: Workspace, order: Order, plan: Plan) -> bool:
    """Check and ask; tells whether somebody was asked. Raises `PlanRefused` and `Stopped`."""
    from reconciler.engine.applying.gate import check

    check(plan, workspace, allow_deletes=order.allow_deletes)
    asks = plan.has_changes and not order.auto_approve
    if asks:
        approve(settings, order.question)
    settings.interrupts.check()
    return asks


async def _apply(
    workspace: Workspace,
    plan: Plan,
    run: Run,
    stop: asyncio.Event,
    progress: Progress,
    seen: Seen,
) -> ApplyReport:
    from reconciler.cli.watching import Listener
    from reconciler.engine.applying.applier import apply

    progress.applying(len(plan.changes))
    return await apply(
        workspace,
        plan,
        run,
        seen=seen,
        stop=stop,
        listener=Listener(progress, plan),
        progress=progress.reading,
    )


def _outcome_word(settings: Settings, report: ApplyReport) -> str:
    if settings.interrupts.number is not None:
        return "stopped"
    return "done" if report.count(Status.DONE) == len(report.results) else "failed"


def _counts(report: ApplyReport) -> dict[str, int]:
    counts: dict[str, int] = {}
    for result in report.results:
        key = f"{result.action.value} {result.status.value}"
        counts[key] = counts.get(key, 0) + 1
    return counts


def _show_report(settings: Settings, outcome: Outcome) -> None:
    out = settings.out
    if settings.json:
        from reconciler.render.json import report_document

        out.document(report_document(outcome.report, outcome.plan))
    elif outcome.plan.has_changes:
        from reconciler.render.text import report_text

        blocked = len(outcome.plan.blocked)
        out.result("\n" + report_text(outcome.report, out.style, blocked=blocked))
