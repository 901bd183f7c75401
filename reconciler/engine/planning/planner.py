"""Makes the plan: what would have to be done so that live state is as manifests say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.engine import graph
from reconciler.engine.live.absence import Absence, TooEarly
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, observe, places
from reconciler.engine.planning.comparison import Comparison
from reconciler.engine.planning.desired import Identities
from reconciler.engine.planning.estimate import estimate
from reconciler.engine.planning.hand_overs import Redistribution, redistribute
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.refusals import refuse_to_take_along
from reconciler.engine.planning.removal import Removal
from reconciler.engine.planning.result import Planned
from reconciler.engine.planning.unread import unread
from reconciler.engine.settling import unsettled
from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanRefused, UsageError
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.live import Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Move, Plan
from reconciler.model.resource import Resource
from reconciler.providers.task import Progress, no_progress


async def make_plan(
    workspace: Workspace, options: PlanOptions, *, progress: Progress = no_progress
) -> Plan:
    """Read live state and compare. Writes nothing, neither to a provider nor to state.

    Raises `PlanRefused` when a provider name stands for another account than in state.
    """
    check_accounts(workspace)
    frame = Frame.of(workspace, options)
    selection = Selection(
        desired={} if options.destroy else workspace.configuration.resources,
        owned=frame.all_rows,
        collections=places(frame.desired, frame.rows),
        also=unsettled.collections(workspace.store),
        progress=progress,
    )
    try:
        return plan_from(workspace, frame, await observe(workspace, selection))
    except TooEarly as early:
        await asyncio.sleep(early.seconds)
        doubted = early.addresses
    return plan_from(workspace, frame, await observe(workspace, selection), doubted=doubted)


def check_accounts(workspace: Workspace) -> None:
    """Refuse when a provider name stands for another account than the one in state."""
    known = workspace.store.accounts()
    for name in workspace.providers:
        if name in known and known[name] != workspace.fingerprint(name):
            message = f"provider {name} is another account than the one this state belongs to"
            hint = (
                "Use the credentials and baseUrl it was applied with, or another --state. If the "
                f"account is the same and only its key changed: reconciler state trust {name}. "
                "(The built-in emulator of --emulate is an account of its own.)"
            )
            raise PlanRefused(message, hint=hint)


class Frame(Struct, frozen=True, kw_only=True):
    """What a plan is about, before anything is read."""

    options: PlanOptions
    desired: Mapping[Address, Resource]
    """The resources to plan, in dependency order."""
    rows: Mapping[Address, OwnedObject]
    """The state rows to plan for, as they are after moves and hand-overs."""
    all_rows: Mapping[Address, OwnedObject]
    """All state rows, chosen or not: what a provider may need to find its way."""
    moves: tuple[Move, ...]
    handed: Redistribution
    limited: bool
    """The command line chose some resources."""

    def concerns(self, address: Address) -> bool:
        """Tell whether the plan is about an address."""
        return not self.limited or address in self.desired or address in self.rows

    @classmethod
    def of(cls, workspace: Workspace, options: PlanOptions) -> Frame:
        """Apply moves, the command line's selection and hand-overs within it."""
        resources = workspace.configuration.resources
        rows, moves = _moved(workspace.store.objects(), resources)
        unknown = sorted(map(str, options.targets - resources.keys() - rows.keys()))
        if unknown:
            message = f"--target {unknown[0]}: neither manifests nor state have it"
            raise UsageError(message, hint="`reconciler state list` shows what state has.")
        wanted = {} if options.destroy else dict(resources)
        limited = bool(options.targets or options.selector)
        chosen = _chosen(resources, options) if limited else frozenset(wanted)
        desired = {a: wanted[a] for a in graph.resource_order(wanted) if a in chosen}
        others = frozenset(rows.keys() - chosen - options.targets) if limited else frozenset()
        handed = redistribute(workspace, desired, rows, frozen=others)
        rows = handed.applied_to(rows)
        return cls(
            options=options,
            desired=desired,
            rows={a: row for a, row in rows.items() if a not in others},
            all_rows=rows,
            moves=moves,
            handed=handed,
            limited=limited,
        )


def _moved(
    rows: Mapping[Address, OwnedObject], resources: Mapping[Address, Resource]
) -> tuple[dict[Address, OwnedObject], tuple[Move, ...]]:
    moved = dict(rows)
    moves: list[Move] = []
    for address, resource in resources.items():
        before = resource.lifecycle.moved_from
        if before is None or address in moved:
            continue
        source = Address(address.provider, address.kind, before)
        if source in moved and source not in resources:
            moved[address] = replace(moved.pop(source), address=address)
            moves.append(Move(source=source, target=address))
    return moved, tuple(moves)


def _chosen(resources: Mapping[Address, Resource], options: PlanOptions) -> frozenset[Address]:
    labelled = {
        address
        for address, resource in resources.items()
        if options.selector
        and all(resource.labels.get(key) == value for key, value in options.selector.items())
    }
    waiting = [*labelled, *(options.targets & resources.keys())]
    chosen: set[Address] = set()
    while waiting:
        address = waiting.pop()
        if address not in chosen:
            chosen.add(address)
            waiting.extend(r.target for r in resources[address].references)
    return frozenset(chosen)


def plan_from(
    workspace: Workspace,
    frame: Frame,
    observations: Mapping[str, Observation],
    *,
    doubted: frozenset[Address] | None = None,
) -> Plan:
    """Compare what was read with what is wanted. Pure but for the state's keyed digest.

    Raises `TooEarly` when something is missing that was made only just now; `doubted` is what that
    was, once it has been waited for.
    """
    index = LiveIndex(observations)
    questions = unsettled.read_only(workspace, frame.all_rows, index)
    rows = {**frame.all_rows, **questions.rows}
    rows = {a: row for a, row in rows.items() if a not in questions.gone}
    known = Identities(live_key=index.key_of)
    for address, row in rows.items():
        known.names[(address.provider, address.kind, row.remote_id)] = address.name
        known.keys[address] = row.key
    planned = Planned(
        blocked={a: why for a, why in questions.blocked.items() if frame.concerns(a)},
        undecided={a for a in questions.undecided if frame.concerns(a)},
    )
    absence = Absence(
        workspace=workspace,
        index=index,
        rows=rows,
        allow_empty_remote=frame.options.allow_empty_remote,
        waited=doubted is not None,
        doubted=doubted or frozenset(),
    )
    comparison = Comparison(
        workspace=workspace,
        options=frame.options,
        index=index,
        rows=rows,
        known=known,
        absence=absence,
        out=planned,
    )
    for resource in frame.desired.values():
        comparison.compare(resource)
    removal = Removal(
        workspace=workspace,
        options=frame.options,
        index=index,
        absence=absence,
        out=planned,
        names=known.names,
    )
    removal.plan(
        {a: row for a, row in rows.items() if a not in frame.desired and frame.concerns(a)}
    )
    refuse_to_take_along(workspace, index, rows, planned)
    if absence.early:
        raise TooEarly(absence.early, frozenset(absence.waiting))
    changes = graph.in_order({change.address: change for change in planned.changes})
    return Plan(
        changes=tuple(_with_dependencies(changes)),
        unchanged=planned.unchanged,
        findings=(
            *(f for o in observations.values() for f in o.findings),
            *unsettled.undelivered(workspace),
            *unsettled.twins(workspace, rows, index),
            *planned.findings,
        ),
        requests=estimate(workspace, changes, observations),
        moves=frame.moves,
        hand_overs=frame.handed.hand_overs,
        refresh=(*frame.handed.rows.values(), *planned.refresh),
        restated=planned.restated,
        gone=tuple(planned.gone),
        emptied=frame.handed.emptied,
        blocked=planned.blocked,
        held=planned.held,
        unread=unread(workspace, planned.unread),
        undecided=tuple(sorted(planned.undecided)),
        refused=tuple(sorted(planned.refused)),
        accounts={name: workspace.fingerprint(name) for name in observations},
        manifests_digest=workspace.configuration.digest,
        lineage=workspace.store.lineage,
        serial=workspace.store.serial,
    )


def _with_dependencies(changes: list[Change]) -> list[Change]:
    waits = graph.work_graph(changes)
    before: dict[Address, set[Address]] = {change.address: set() for change in changes}
    for work, needed in waits.items():
        before[work.address] |= {each.address for each in needed} - {work.address}
    return [replace(change, depends_on=tuple(sorted(before[change.address]))) for change in changes]
