"""Makes the plan: the changes that bring live state to what manifests say.

Comparing may find that more must be known before there is a plan: that is a value (`Unfinished`),
and the loop in `_plan_of` reads what is missing and compares again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine import graph
from reconciler.engine.live.absence import (
    NOTHING_KNOWN,
    Absence,
    Earlier,
    LookAgain,
    wait_for_listing,
)
from reconciler.engine.live.delivered import learn_delivered
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, collections_of, observe, observe_more
from reconciler.engine.live.review_findings import review_findings
from reconciler.engine.planning.accounts import check_accounts
from reconciler.engine.planning.along import Along, Join
from reconciler.engine.planning.comparison import Comparison
from reconciler.engine.planning.desired import Identities
from reconciler.engine.planning.estimate import estimate
from reconciler.engine.planning.frame import Frame
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.refusals import ReadMore, refuse_to_take_along
from reconciler.engine.planning.removal import Removal
from reconciler.engine.planning.result import Planned
from reconciler.engine.planning.store_cost import store_cost
from reconciler.engine.planning.unread import unread
from reconciler.engine.planning.use import with_usage
from reconciler.engine.planning.waiting import with_waits
from reconciler.engine.settling import leftovers, unsettled
from reconciler.engine.settling.unsettled import OpenQuestions
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Adopt
from reconciler.model.live import Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Plan
from reconciler.providers.task import Progress, no_progress

if TYPE_CHECKING:
    from reconciler.engine.settling.decision import Unsettled

NO_DOUBTS: Mapping[Address, Unsettled] = MappingProxyType({})

Unfinished = ReadMore | LookAgain | Join
"""What must be done before there is a plan: read more, list again, or plan for more."""


async def make_plan(
    workspace: Workspace,
    options: PlanOptions,
    *,
    doubts: Mapping[Address, Unsettled] = NO_DOUBTS,
    seen: Mapping[str, Observation] | None = None,
    progress: Progress = no_progress,
    now: Callable[[], float] = time.time,
) -> Plan:
    """Read live state and compare. Writes nothing, neither to a provider nor to state.

    `doubts` are what recovery of the same run could not settle; `seen` is what was read a moment
    ago, of all that the plan is about. Raises `PlanRefused` when a provider name stands for
    another account than in state.
    """
    check_accounts(workspace)
    learn_delivered(workspace)
    frame = Frame.of(workspace, options)
    while isinstance(plan := await _plan_of(workspace, frame, doubts, seen, progress), Join):
        frame = frame.with_joined(workspace, plan.addresses)
    return replace(plan, made_at=now())


async def _plan_of(
    workspace: Workspace,
    frame: Frame,
    doubts: Mapping[Address, Unsettled],
    seen: Mapping[str, Observation] | None,
    progress: Progress,
) -> Plan | Join:
    """Read what a frame is about and compare until there is a plan, or the frame is too narrow."""
    selection = Selection(
        desired={} if frame.options.destroy else workspace.configuration.resources,
        owned=frame.all_rows,
        collections=collections_of(frame.desired, frame.rows),
        also=unsettled.collections(workspace.store),
        progress=progress,
    )
    observations = await observe(workspace, selection) if seen is None else seen
    earlier = NOTHING_KNOWN
    listings = 1
    while True:
        match plan_from(workspace, frame, observations, doubts=doubts, earlier=earlier):
            case Plan() as plan:
                return await with_usage(workspace, plan)
            case Join() as join:
                return join
            case LookAgain() as again:
                listings += 1
                earlier = await wait_for_listing(workspace, frame.all_rows, again, listing=listings)
                observations = await observe(workspace, selection)
            case ReadMore(collections=more):
                observations = await observe_more(workspace, selection, more, observations)
                selection = replace(selection, also=selection.also | more)


class _Ground(Struct, frozen=True, kw_only=True):
    """What a plan is made from: what was read, and state including open intents."""

    workspace: Workspace
    frame: Frame
    observations: Mapping[str, Observation]
    index: LiveIndex
    questions: OpenQuestions
    rows: Mapping[Address, OwnedObject]


def plan_from(
    workspace: Workspace,
    frame: Frame,
    observations: Mapping[str, Observation],
    *,
    doubts: Mapping[Address, Unsettled] = NO_DOUBTS,
    earlier: Earlier = NOTHING_KNOWN,
) -> Plan | Unfinished:
    """Compare what was read with what is desired. Pure but for the state's keyed digest.

    There is no plan yet when something is missing that the listing before, of which `earlier`
    tells, did not lack (`LookAgain`), when a deletion touches what the frame is not about (`Join`),
    or when there may be in it what nobody has looked at (`ReadMore`).
    """
    index = LiveIndex(observations)
    questions = unsettled.open_questions(workspace, frame.all_rows, index, doubts)
    rows = {**frame.all_rows, **questions.rows}
    ground = _Ground(
        workspace=workspace,
        frame=frame,
        observations=observations,
        index=index,
        questions=questions,
        rows={a: row for a, row in rows.items() if a not in questions.gone},
    )
    found = _compared(ground, earlier)
    return _assembled(ground, found) if isinstance(found, Planned) else found


def _identities(ground: _Ground) -> Identities:
    """Return the identities that state remembers."""
    known = Identities(live_key=ground.index.key_of)
    for address, row in ground.rows.items():
        known.names[(address.provider, address.kind, row.remote_id)] = address.name
        known.keys[address] = row.key
    return known


def _compared(ground: _Ground, earlier: Earlier) -> Planned | Unfinished:
    """Plan desired resources, then removals, then what removals take along."""
    workspace, frame, rows = ground.workspace, ground.frame, ground.rows
    absence = Absence(
        workspace=workspace,
        index=ground.index,
        rows=rows,
        allow_empty_remote=frame.options.allow_empty_remote,
        destroy=frame.options.destroy,
        earlier=earlier,
    )
    planned = _changes(ground, absence)
    unfinished = (
        refuse_to_take_along(workspace, ground.index, rows, planned)
        or absence.look_again
        or Along(workspace=workspace, frame=frame, rows=rows, out=planned).check()
    )
    return unfinished or planned


def _changes(ground: _Ground, absence: Absence) -> Planned:
    workspace, frame, rows = ground.workspace, ground.frame, ground.rows
    questions = ground.questions
    planned = Planned(
        blocked={a: why for a, why in questions.blocked.items() if frame.concerns(a)},
        undecided={a for a in questions.blocked if frame.concerns(a)},
    )
    known = _identities(ground)
    comparison = Comparison(
        workspace,
        frame.options,
        index=ground.index,
        rows=rows,
        known=known,
        absence=absence,
        out=planned,
        sealed=questions.sealed,
    )
    for resource in frame.desired.values():
        comparison.compare(resource)
    removal = Removal(
        workspace=workspace,
        options=frame.options,
        index=ground.index,
        absence=absence,
        out=planned,
        names=known.names,
    )
    removal.plan(
        {a: row for a, row in rows.items() if a not in frame.desired and frame.concerns(a)}
    )
    return planned


def _assembled(ground: _Ground, planned: Planned) -> Plan:
    workspace, frame = ground.workspace, ground.frame
    rows = {a: row for a, row in ground.rows.items() if frame.concerns(a)}
    changes = with_waits(workspace, graph.in_order(planned.changes), ground.index, ground.rows)
    taken = [(each.address, each.live) for each in changes if isinstance(each, Adopt)]
    requests = estimate(workspace, changes, ground.observations)
    refresh = (*frame.hand_overs.rows.values(), *planned.refresh)
    outdated = bool(frame.moves or refresh or planned.gone or frame.hand_overs.emptied)
    return Plan(
        changes=graph.with_dependencies(changes),
        order=graph.rounds(changes),
        unchanged=planned.unchanged,
        findings=(
            *(f for o in ground.observations.values() for f in o.findings),
            *leftovers.key_beside_secrets(workspace),
            *leftovers.encrypted_otherwise(workspace),
            *leftovers.undelivered(workspace),
            *leftovers.duplicates(workspace, ground.rows, ground.index),
            *leftovers.returned(workspace, ground.rows, ground.index),
            *review_findings(workspace, rows, ground.index, taken),
            *planned.findings,
        ),
        requests=requests,
        store_cost=store_cost(workspace, changes, requests, outdated=outdated),
        moves=frame.moves,
        hand_overs=frame.hand_overs.parts,
        refresh=refresh,
        restated=planned.restated,
        gone=tuple(planned.gone),
        emptied=frame.hand_overs.emptied,
        blocked=planned.blocked,
        held=planned.held,
        unread=unread(workspace, planned.unread),
        undecided=tuple(sorted(planned.undecided)),
        refused=tuple(sorted(planned.refused)),
        extent=frame.extent,
        accounts={name: workspace.fingerprint(name) for name in ground.observations},
        lineage=workspace.store.lineage,
        serial=workspace.store.serial,
    )
