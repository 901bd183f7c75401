"""Plans, asks and applies under the lock: the work of apply and destroy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.cli.opening.locking import begun
from reconciler.cli.opening.reading import configuration_of
from reconciler.cli.opening.session import opened_workspace
from reconciler.cli.parameters.order import Order
from reconciler.cli.runs import verifying
from reconciler.cli.runs.choosing import options_of
from reconciler.cli.runs.confirm import approve, require_a_way_to_ask, require_spelled
from reconciler.cli.runs.endings import ending_in_words
from reconciler.cli.runs.planning import show_plan, with_lint
from reconciler.cli.runs.policing import Policing, policing_of
from reconciler.cli.runs.verifying import require_recipients
from reconciler.cli.runs.watching import Listener, watching
from reconciler.cli.saved_plans.checking import refusals
from reconciler.cli.saved_plans.holding import check_same, use_of
from reconciler.cli.settings import Settings
from reconciler.engine.applying.applier import apply
from reconciler.engine.applying.freshness import Seen
from reconciler.engine.applying.gate import check
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.saving.holding import check_accounts
from reconciler.engine.settling.recovery import RecoveryReport, recover
from reconciler.engine.verifying import VerifyOptions
from reconciler.engine.workspace import Workspace
from reconciler.errors import ReconcilerError
from reconciler.exit_codes import ExitCode
from reconciler.model.change import Action
from reconciler.model.changes_digest import check_expected
from reconciler.model.plan import Plan, Source
from reconciler.model.resource import Configuration
from reconciler.model.result import ApplyReport, Status
from reconciler.model.verification import Check
from reconciler.render.commands.verification import verification_document, verification_text
from reconciler.render.envelope import Document, error_entry
from reconciler.render.json import report_document
from reconciler.render.plans.progress import ProgressView
from reconciler.render.plans.text import report_text
from reconciler.state.base import Run

if TYPE_CHECKING:
    import asyncio

_RECOVERY_GRACE = 5.0
"""Seconds that recovery, which may be writing, may go on after a signal."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What an apply or destroy came to."""

    plan: Plan
    report: ApplyReport
    undecided: bool
    """Whether recovery left something that the user must decide."""
    checks: tuple[Check, ...] | None = None
    """What verifying found out; `None` without `--verify`."""
    unverified: ReconcilerError | None = None
    """Why the changed objects could not be verified."""
    source: Source = Source.FRESH
    """What the plan was compared with: a saved plan, a digest, or nothing."""


def carry_out(settings: Settings, paths: Sequence[str], order: Order) -> int:
    """Carry out an order and return the exit code."""
    require_a_way_to_ask(
        settings,
        paths,
        auto_approve=order.approval.auto_approve,
        preview=order.previewing(paths),
        emulate=order.emulate,
    )
    configuration = _configuration(settings, paths, order)
    policing = policing_of(configuration, order.overrides, resources=not order.choice.destroy)
    policing.require(settings)
    environment = configuration.environment
    if order.approval.auto_approve:
        require_spelled(settings, environment)

    async def work(stop: asyncio.Event) -> Outcome:
        async with opened_workspace(
            settings, configuration, emulate=order.emulate, writes=True
        ) as workspace:
            if order.saved is not None:
                check_accounts(order.saved.binding, workspace)
            canaries = tuple(configuration.canaries.values()) if order.verify else ()
            require_recipients(workspace, VerifyOptions(canaries=canaries))
            outcome = await _locked(settings, workspace, order, policing, stop)
            return await _verified(settings, workspace, outcome) if order.verify else outcome

    outcome = settings.interrupts.run(work)
    _show_report(settings, outcome)
    if outcome.report.ended_by is not None:
        raise outcome.report.ended_by
    if outcome.unverified is not None:
        raise outcome.unverified
    settings.interrupts.check()
    return exit_code(outcome) or verifying.exit_code(outcome.checks or ())


def _configuration(settings: Settings, paths: Sequence[str], order: Order) -> Configuration:
    """Read the manifests; raises the first reason that a saved plan may not be applied."""

    @cache
    def read() -> Configuration:
        return configuration_of(settings, paths, emulate=order.emulate, policies=order.policies)

    if order.saved is not None:
        for refusal in refusals(settings, order.saved, read):
            raise refusal
    return read()


def exit_code(outcome: Outcome) -> ExitCode:
    """Return the exit code of an apply: pending decisions count before failures."""
    plan, report = outcome.plan, outcome.report
    unknown = report.count(Status.UNKNOWN)
    if outcome.undecided or plan.undecided or unknown or any(r.undecided for r in report.results):
        return ExitCode.UNDECIDED
    if not report.is_good:
        return ExitCode.PARTLY
    if plan.blocked:
        return ExitCode.PARTLY if report.results else ExitCode.ERROR
    return ExitCode.DONE


async def _verified(settings: Settings, workspace: Workspace, outcome: Outcome) -> Outcome:
    """Verify the changed objects and send their canaries, after the lock was released."""
    if outcome.report.ended_by is not None or settings.interrupts.number is not None:
        return outcome
    changed = frozenset(
        result.address
        for result in outcome.report.results
        if result.status is Status.DONE and result.action not in {Action.DELETE, Action.FORGET}
    )
    if not changed:
        return replace(outcome, checks=())
    canaries = verifying.canaries_of(workspace, changed, targets=changed)
    options = VerifyOptions(chosen=changed, canaries=canaries)
    try:
        checks = await verifying.verified(settings, workspace, options)
    except ReconcilerError as error:
        return replace(outcome, unverified=error)
    return replace(outcome, checks=tuple(checks))


async def _locked(
    settings: Settings,
    workspace: Workspace,
    order: Order,
    policing: Policing,
    stop: asyncio.Event,
) -> Outcome:
    options = options_of(order.choice, workspace)
    use = None if order.saved is None else use_of(order.saved.binding)
    command = order.command + order.overrides.words()
    with await begun(settings, workspace.store, command, plan=use) as run:
        with ending_in_words(run, workspace.store):
            with watching(settings.out) as progress:
                recovered = await _recover(settings, workspace, run, progress)

                started = time.monotonic()
                making = make_plan(
                    workspace, options, doubts=recovered.doubts, progress=progress.reading
                )
                plan = await settings.interrupts.unless_stopped(making)
            plan = policing.with_plan(with_lint(plan, workspace.configuration, order.choice))
            if order.saved is not None:
                check_same(settings, workspace, order.saved, plan)
            if settings.plain:
                show_plan(settings, plan, workspace, emulate=order.emulate)
            asked = _approved(settings, workspace, order, plan)

        seen = Seen(at=started, approved=asked, destroy=order.choice.destroy)
        with watching(settings.out) as progress:
            report = await _apply(
                workspace, plan, run, stop, progress, seen, wait_approval=order.wait_approval
            )
        if report.ended_by is None:
            run.finish(_outcome_word(settings, report), _counts(report))
    return Outcome(
        plan=plan, report=report, undecided=bool(recovered.undecided), source=order.source
    )


async def _recover(
    settings: Settings, workspace: Workspace, run: Run, progress: ProgressView
) -> RecoveryReport:
    recovering = recover(workspace, run, progress=progress.reading)
    report = await settings.interrupts.unless_stopped(recovering, grace=_RECOVERY_GRACE)
    for sentence in report.settled:
        settings.out.note(settings.out.note_style.clean(sentence))
    return report


def _approved(settings: Settings, workspace: Workspace, order: Order, plan: Plan) -> bool:
    """Check the plan and ask the user, if needed; tells whether the user was asked.

    Raises `PlanRefused`, `NotApproved` and `Stopped`.
    """
    if order.expect:
        check_expected(plan, order.expect)
    check(plan, workspace, allow_deletes=order.approval.allow_deletes)
    asks = plan.has_changes and not order.approval.auto_approve
    if asks:
        approve(settings, order.question, workspace.configuration.environment)
    settings.interrupts.check()
    return asks


async def _apply(
    workspace: Workspace,
    plan: Plan,
    run: Run,
    stop: asyncio.Event,
    progress: ProgressView,
    seen: Seen,
    *,
    wait_approval: float,
) -> ApplyReport:
    progress.applying(len(plan.changes))
    return await apply(
        workspace,
        plan,
        run,
        seen=seen,
        stop=stop,
        listener=Listener(progress, plan),
        progress=progress.reading,
        wait_approval=wait_approval,
    )


def _outcome_word(settings: Settings, report: ApplyReport) -> str:
    if settings.interrupts.number is not None:
        return "stopped"
    return "done" if report.is_good else "failed"


def _counts(report: ApplyReport) -> dict[str, int]:
    counts: dict[str, int] = {}
    for result in report.results:
        key = f"{result.action.value} {result.status.value}"
        counts[key] = counts.get(key, 0) + 1
    return counts


def _show_report(settings: Settings, outcome: Outcome) -> None:
    out = settings.out

    def text() -> None:
        if outcome.plan.has_changes:
            blocked = len(outcome.plan.blocked)
            out.result("\n" + report_text(outcome.report, out.style, blocked=blocked))
        if outcome.checks:
            out.result("\n" + verification_text(outcome.checks, out.style))

    settings.tell(lambda: _document(outcome), text)


def _document(outcome: Outcome) -> Document:
    document = report_document(outcome.report, outcome.plan, source=outcome.source)
    if outcome.checks is not None:
        document["checks"] = verification_document(outcome.checks)["checks"]
    if outcome.unverified is not None:
        document["error"] = error_entry(outcome.unverified)
    return document
