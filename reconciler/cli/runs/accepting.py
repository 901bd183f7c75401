"""`drift --accept`: writes live values into manifests, and records them in state as applied."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence

from reconciler.cli.opening.locking import begun
from reconciler.cli.parameters.addresses import typed_address
from reconciler.cli.parameters.choice import Acceptance
from reconciler.cli.runs.confirm import approve, require_a_way_to_ask
from reconciler.cli.settings import Settings
from reconciler.engine.drift import DriftReport
from reconciler.engine.drift.accepting import Acceptances, accepted_rows, remember
from reconciler.engine.workspace import Workspace
from reconciler.errors import AcceptRefused, UsageError
from reconciler.manifests.writing.rewriting import rewritten
from reconciler.manifests.writing.saving import saved
from reconciler.model.address import Address
from reconciler.model.environment import Environment
from reconciler.model.resource import Configuration
from reconciler.model.result import Drift
from reconciler.render.commands.accepting import acceptance_text
from reconciler.suggestions import did_you_mean


def check(
    settings: Settings, paths: Sequence[str], acceptance: Acceptance, *, emulate: bool
) -> None:
    """Refuse options that contradict each other, before anything is read; raises `UsageError`."""
    if acceptance.auto_approve and not acceptance.accept:
        raise UsageError(
            "--auto-approve is about --accept", hint="Name what is accepted: --accept ADDR."
        )
    if acceptance.accept:
        require_a_way_to_ask(
            settings,
            paths,
            auto_approve=acceptance.auto_approve,
            preview=shlex.join(["drift", *paths]),
            emulate=emulate,
            shown="the drift",
        )


async def accept(
    settings: Settings,
    workspace: Workspace,
    report: DriftReport,
    acceptance: Acceptance,
    read_again: Callable[[], Configuration],
) -> tuple[Drift, ...]:
    """Write live values into manifests, after asking; returns the drift that was written.

    If any of it is refused, nothing is written.

    Files are written before the state. After a crash in between, the next `drift --accept` finds
    the manifests already right and updates the state. Raises `AcceptRefused` and `NotApproved`.
    """
    serial = workspace.store.serial
    chosen = _chosen(acceptance.accept, workspace)
    _refuse_blocked(report, chosen)
    known = Acceptances(workspace, report)
    acceptances = known.of(chosen)
    rewritings, faults = rewritten(value for each in acceptances for value in each.values)
    _refuse([*known.faults, *map(str, faults)])
    if not acceptances:
        return ()
    drift = [each.drift for each in acceptances]
    if not acceptance.auto_approve:
        out = settings.out
        out.note(acceptance_text(drift, out.note_style, files=len(rewritings)))
        approve(settings, "Write these values into the manifests?", Environment())
    with await begun(settings, workspace.store, "drift --accept") as run:
        _refuse_other_state(workspace, serial)
        with saved(rewritings):
            configuration = read_again()
            await remember(run, accepted_rows(workspace, acceptances, configuration))
            run.finish("done", {"accept done": len(acceptances)})
    return tuple(drift)


def _refuse_other_state(workspace: Workspace, serial: int) -> None:
    if workspace.store.serial != serial:
        raise AcceptRefused(
            "another run changed the state while this one looked and asked",
            hint="Nothing was written. Look at the drift again.",
        )


def _chosen(accepted: Iterable[str], workspace: Workspace) -> frozenset[Address]:
    """Read the addresses of `--accept`; raises `UsageError` for one that state does not own."""
    chosen = frozenset(map(typed_address, accepted))
    owned = workspace.store.objects()
    for address in sorted(chosen - owned.keys()):
        hint = did_you_mean(str(address), map(str, owned))
        hint = hint or "`reconciler state list` shows addresses."
        raise UsageError(f"state owns no {address}", hint=hint)
    return chosen


def _refuse_blocked(report: DriftReport, chosen: Iterable[Address]) -> None:
    blocked = sorted(each for each in chosen if each in report.blocked)
    _refuse([f"{each}: {report.blocked[each]}" for each in blocked])


def _refuse(reasons: Sequence[str]) -> None:
    if reasons:
        raise AcceptRefused(
            "not everything can be accepted, so nothing was written:",
            details=reasons,
            hint="Leave these out, or put them right as said.",
        )
