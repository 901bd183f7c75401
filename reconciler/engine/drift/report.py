"""Finds drift: reads live state, compares it with state, and reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.engine.drift.comparing import DriftComparison
from reconciler.engine.drift.unmanaged import unmanaged_objects
from reconciler.engine.drift.unverified import unverified_domains
from reconciler.engine.live.absence import NOTHING_KNOWN, wait_for_listing
from reconciler.engine.live.delivered import learn_delivered
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.live.observer import Selection, collections_of, observe
from reconciler.engine.live.review_findings import review_findings
from reconciler.engine.planning.accounts import check_accounts
from reconciler.engine.planning.frame import Choice
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.unread import unread
from reconciler.engine.settling import leftovers
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address, CollectionKey
from reconciler.model.finding import NOTHING_OWNED, POSSIBLE_DUPLICATE, Finding, Severity
from reconciler.model.live import LiveObject, Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Extent, Unread
from reconciler.model.result import Drift, DriftStatus
from reconciler.providers.kind import Capability
from reconciler.providers.task import Progress, no_progress


class DriftReport(Struct, frozen=True, kw_only=True):
    """All drift of one run."""

    drift: tuple[Drift, ...]
    findings: tuple[Finding, ...] = ()
    blocked: Mapping[Address, str] = field(default_factory=dict)
    """Owned objects that could not be compared, and why."""
    unread: tuple[Unread, ...] = ()
    """Why accounts could not be read; the addresses are among the blocked ones."""
    extent: Extent = Extent()
    compared: frozenset[Address] = frozenset()
    """The owned objects that could be compared, changed or not."""
    live: Mapping[Address, LiveObject] = field(default_factory=dict)
    """The objects that changed, as they are now."""

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings of policies that make a command fail."""
        return tuple(f for f in self.findings if f.policy and f.counts_as is Severity.ERROR)

    @property
    def drifted(self) -> bool:
        """Tell whether there is any drift; fields that cannot be read do not count."""
        return any(each.status is not DriftStatus.UNVERIFIABLE for each in self.drift) or any(
            finding.rule == POSSIBLE_DUPLICATE for finding in self.findings
        )

    def without(self, accepted: Iterable[Drift]) -> DriftReport:
        """Return the report without the drift that was accepted."""
        gone = {each.address for each in accepted}
        return replace(self, drift=tuple(d for d in self.drift if d.address not in gone))


async def find_drift(
    workspace: Workspace,
    options: PlanOptions | None = None,
    *,
    unmanaged: bool = False,
    progress: Progress = no_progress,
) -> DriftReport:
    """Read live state and compare it with state. Writes nothing.

    The `options` choose the objects. With `unmanaged`, also lists live objects that state does not
    own, of every kind that can be listed. Raises `PlanRefused` if a provider name stands for
    another account than in state.
    """
    check_accounts(workspace)
    learn_delivered(workspace)
    rows = workspace.store.objects()
    choice = Choice(
        configuration=workspace.configuration, rows=rows, options=options or PlanOptions()
    )
    chosen = choice.owned()
    selection = Selection(
        desired=workspace.configuration.resources,
        owned=rows,
        collections=collections_of(chosen)
        | (_all_collections(workspace) if unmanaged else frozenset()),
        whole=unmanaged,
        progress=progress,
    )
    observations, comparison, found = await _compared(workspace, selection, rows, chosen)
    index = LiveIndex(observations)
    owned = {address: rows[address] for address in chosen}
    unverified = list(unverified_domains(workspace, owned, index))
    if unmanaged:
        found.extend(unmanaged_objects(workspace, observations, rows))
    return DriftReport(
        drift=tuple(sorted(found, key=lambda each: each.address)),
        findings=(
            *_nothing_owned(workspace, rows),
            *_other_findings(observations, unverified),
            *unverified,
            *review_findings(workspace, owned, index),
            *(f for f in leftovers.duplicates(workspace, rows, index) if f.address in chosen),
            *(f for f in leftovers.returned(workspace, rows, index) if f.address in chosen),
        ),
        blocked=comparison.blocked,
        unread=unread(workspace, comparison.unread),
        extent=choice.extent({}, chosen),
        compared=chosen - comparison.blocked.keys(),
        live={each.address: live for each, live in _changed(found, index)},
    )


def _nothing_owned(workspace: Workspace, rows: Mapping[Address, OwnedObject]) -> Iterator[Finding]:
    """Warn of an empty state: a nightly job with the wrong state would never find any drift."""
    if rows or not workspace.configuration.resources:
        return
    yield Finding(
        severity=Severity.WARNING,
        rule=NOTHING_OWNED,
        message="the state owns no object, though the manifests have some",
        fix="Run `reconciler apply`, or name the state that it wrote with --state or `spec.state`.",
    )


def _changed(found: Iterable[Drift], index: LiveIndex) -> Iterator[tuple[Drift, LiveObject]]:
    for each in found:
        live = index.owned(each.address, each.id) if each.status is DriftStatus.CHANGED else None
        if live is not None:
            yield each, live


def _other_findings(
    observations: Mapping[str, Observation], unverified: Iterable[Finding]
) -> Iterator[Finding]:
    """Yield the providers' findings, but no notes on domains that have a finding already."""
    covered = {finding.address for finding in unverified}
    for finding in (each for one in observations.values() for each in one.findings):
        if finding.severity is not Severity.INFO or finding.address not in covered:
            yield finding


async def _compared(
    workspace: Workspace,
    selection: Selection,
    rows: Mapping[Address, OwnedObject],
    chosen: frozenset[Address],
) -> tuple[Mapping[str, Observation], DriftComparison, list[Drift]]:
    """Read and compare until nothing is missing, or two listings in a row lack the same objects."""
    earlier = NOTHING_KNOWN
    listings = 1
    while True:
        observations = await observe(workspace, selection)
        comparison = DriftComparison(workspace, LiveIndex(observations), rows, earlier=earlier)
        found = comparison.compare_all(chosen)
        if not (again := comparison.look_again):
            return observations, comparison, found
        listings += 1
        earlier = await wait_for_listing(workspace, rows, again, listing=listings)


def _all_collections(workspace: Workspace) -> frozenset[CollectionKey]:
    return frozenset(
        (name, kind.name)
        for name, provider in workspace.providers.items()
        for kind in provider.kinds.values()
        if Capability.LIST in kind.capabilities
    )
