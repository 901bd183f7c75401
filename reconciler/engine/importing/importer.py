"""Runs an import: prepares and proves it, then lands it under the lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec.structs import replace

from reconciler.engine.importing.drafting import Drafting
from reconciler.engine.importing.drafts import Draft
from reconciler.engine.importing.filing import Filing
from reconciler.engine.importing.options import ImportOptions
from reconciler.engine.importing.prepared import Prepared
from reconciler.engine.importing.proof import UNOWNED, afterwards, not_proved, wrong_with
from reconciler.engine.importing.reading import Observations, read, read_again
from reconciler.engine.importing.reporting import report_of
from reconciler.engine.importing.rows import rows_of, with_rows
from reconciler.engine.importing.scope import scope_of
from reconciler.engine.importing.secrets import Deliveries
from reconciler.engine.importing.selecting import is_anonymous, select
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.planning.accounts import check_accounts, unbound
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.workspace import Workspace
from reconciler.errors import ImportNotEmpty, ManifestError, ReconcilerError
from reconciler.manifests.writing.staging import Staging
from reconciler.model.address import Address
from reconciler.model.finding import UNDELIVERED
from reconciler.model.imported import ImportReport
from reconciler.model.live import LiveObject
from reconciler.model.plan import Plan
from reconciler.model.resource import Configuration
from reconciler.providers.task import Progress, no_progress
from reconciler.state.base import Drop, Put, Run

Reload = Callable[[Mapping[str, str]], Configuration]
"""Reads all manifests with full checks, some files in place of others; raises `ManifestError`."""


class Step(StrEnum):
    """How far an import has come: a run may be killed after any of them."""

    STAGED = "staged"
    PROVED = "proved"
    LOOKED_AGAIN = "looked again"
    MOVED = "moved"
    REMEMBERED = "remembered"


def _unobserved(_step: Step) -> None:
    """Do nothing after a step."""


class Importer:
    """One import: `prepare`, then `land` under the lock; in the end, `close` in any case."""

    def __init__(
        self,
        workspace: Workspace,
        options: ImportOptions,
        folder: Path,
        reload: Reload,
        *,
        keep: bool = False,
        reached: Callable[[Step], None] = _unobserved,
        progress: Progress = no_progress,
    ) -> None:
        """Write manifests below `folder`, an absolute path; call `reached` after every step.

        With `keep`, the files of an import whose proof fails are kept for people to look at.
        """
        self._keep = keep
        self._workspace, self._options, self._folder = workspace, options, folder
        self._reload, self._reached, self._progress = reload, reached, progress
        self._staging = Staging(folder)

    def close(self) -> None:
        """Remove the files that were written for the trial."""
        self._staging.close()

    async def prepare(self) -> Prepared:
        """Read, name, write aside, and prove that a plan with the new manifests changes nothing.

        Raises `ImportIncomplete`, `ImportNotEmpty`, `NeedsDecision` and `UsageError`.
        """
        workspace, options = self._workspace, self._options
        check_accounts(workspace)
        scope = scope_of(workspace, options)
        seen = await read(workspace, scope, self._progress)
        before = await make_plan(workspace, UNOWNED, seen=seen)
        selected = select(workspace, options, scope, seen, before)
        drafts, left = Drafting(workspace, options, scope, selected, seen).draft()
        filing = Filing(workspace, options, self._folder, self._staging.beside)
        prepared = Prepared(
            scope=scope,
            selected=selected,
            drafts=drafts,
            skipped=(*selected.skipped, *left),
            filed=filing.file([*drafts.values()]),
            before=before,
            seen=seen,
            configuration=workspace.configuration,
            taken=selected.described,
            rows={},
            serial=workspace.store.serial,
        )
        return await self._proved(prepared)

    async def _proved(self, prepared: Prepared) -> Prepared:
        """Write the files aside, load all manifests, and compare the plans."""
        if prepared.drafts:
            instead = self._staging.write(prepared.filed.files)
            self._reached(Step.STAGED)
            prepared = replace(prepared, configuration=self._loaded(prepared, instead))
        workspace = self._with(prepared.configuration)
        seen = await self._grouped(workspace, prepared)
        taken = {**prepared.selected.described, **_found(prepared.drafts, seen)}
        rows, drafts = rows_of(workspace, taken), prepared.drafts
        anonymous = {
            a: rows[a] for a, draft in drafts.items() if is_anonymous(draft.candidate.kind)
        }
        trial = replace(workspace, store=with_rows(workspace.store, anonymous))
        after = await make_plan(trial, UNOWNED, seen=seen)
        self._refuse(prepared, after, frozenset(anonymous))
        self._reached(Step.PROVED)
        rows = rows if self._options.state else {}
        return replace(prepared, seen=seen, taken=taken, rows=rows)

    def _loaded(self, prepared: Prepared, instead: Mapping[str, str]) -> Configuration:
        try:
            return self._reload(instead)
        except ManifestError as error:
            raise self._fault("the new manifests are not valid", prepared, error.details) from error

    async def _grouped(self, workspace: Workspace, prepared: Prepared) -> Observations:
        """Read collections again whose objects manifests group: the new ones group them anew."""
        kinds = {
            each.candidate.collection: each.candidate.kind for each in prepared.drafts.values()
        }
        parts = frozenset(each for each, kind in kinds.items() if kind.claims is not None)
        if not parts:
            return prepared.seen
        return await read_again(workspace, prepared.scope, parts, prepared.seen)

    def _refuse(self, prepared: Prepared, after: Plan, owned: frozenset[Address]) -> None:
        wrong = wrong_with(prepared.before, after, prepared.drafts, owned)
        if wrong:
            what = "a plan right after would not leave everything as it is"
            raise self._fault(what, prepared, wrong)

    def _fault(self, what: str, prepared: Prepared, details: Sequence[str]) -> ImportNotEmpty:
        """Return the error; with `--keep`, after keeping the files."""
        kept = self._staging.keep(prepared.filed.files) if self._keep else None
        return not_proved(what, details, kept)

    def preview(self, prepared: Prepared) -> ImportReport:
        """Return what landing would do."""
        return report_of(self._workspace, prepared, self._folder)

    async def land(self, prepared: Prepared, run: Run | None) -> ImportReport:
        """Read again, move the files into place, write the rows, and plan from what is on disk.

        `run` holds the lock; `None` if state is not to own the objects. Raises `ImportNotEmpty` if
        the plan is not empty or if something was changed meanwhile. Everything is then as before,
        except that secrets stay where they were delivered: the error names their places.
        """
        self._refuse_other_state(prepared)
        seen = await self._look_again(prepared)
        self._reached(Step.LOOKED_AGAIN)
        report = report_of(self._workspace, prepared, self._folder)
        workspace = self._with(prepared.configuration)
        deliveries = Deliveries(workspace)
        try:
            rows = await deliveries.deliver_shown(prepared.rows, prepared.taken)
            prepared = replace(prepared, rows=rows)
            self._staging.move(prepared.filed.files)
            self._reached(Step.MOVED)
            if run is not None:
                await self._remember(prepared, run)
            self._reached(Step.REMEMBERED)
            workspace = self._with(self._on_disk(prepared))
            after = await make_plan(workspace, UNOWNED, seen=seen)
            self._refuse(prepared, after, frozenset(prepared.rows))
        except BaseException as error:
            if isinstance(error, ReconcilerError):
                deliveries.add_to(error)
            await self._take_back(prepared, run)
            raise
        rest = afterwards(workspace, after, frozenset(prepared.drafts))
        missing = (
            each
            for each in after.findings
            if each.rule == UNDELIVERED and each.address in prepared.drafts
        )
        return replace(report, afterwards=rest, findings=(*report.findings, *missing))

    def _refuse_other_state(self, prepared: Prepared) -> None:
        if self._workspace.store.serial != prepared.serial:
            raise ImportNotEmpty(
                "another run changed the state while this import was under way",
                hint="Nothing was imported. Import again.",
            )

    async def _look_again(self, prepared: Prepared) -> Observations:
        """Read again the objects to be taken over; raises `ImportNotEmpty` if one has changed."""
        workspace = self._with(prepared.configuration)
        collections = frozenset(address[:2] for address in prepared.taken)
        seen = await read_again(workspace, prepared.scope, collections, prepared.seen)
        index = LiveIndex(seen)
        changed = [
            f"{address}: it is not as it was read"
            for address, live in prepared.taken.items()
            if not _is_same(live, index.owned(address, live.id))
        ]
        if changed:
            raise ImportNotEmpty(
                "live objects were changed while this import was under way",
                details=changed,
                hint="Nothing was imported. Import again.",
            )
        return seen

    def _on_disk(self, prepared: Prepared) -> Configuration:
        """Return the configuration of the manifests that are in place now.

        They are loaded again only if the new files differ from those that were tried.
        """
        if self._staging.as_tried(prepared.filed.files):
            return prepared.configuration
        return self._loaded(prepared, {})

    async def _remember(self, prepared: Prepared, run: Run) -> None:
        names = sorted({address.provider for address in prepared.rows})
        for name, fingerprint in unbound(self._workspace, names).items():
            run.set_account(name, fingerprint)
        await run.settle_all([Put(row=row) for row in prepared.rows.values()])

    async def _take_back(self, prepared: Prepared, run: Run | None) -> None:
        owned = self._workspace.store.objects().keys() & prepared.rows.keys()
        if run is not None and owned:
            await run.settle_all([Drop(address=address) for address in owned])
        self._staging.take_back()

    def _with(self, configuration: Configuration) -> Workspace:
        return replace(self._workspace, configuration=configuration)


def _found(drafts: Mapping[Address, Draft], seen: Observations) -> dict[Address, LiveObject]:
    """Return the live object of each draft, as manifests group it."""
    index = LiveIndex(seen)
    return {
        address: index.owned(address, draft.candidate.live.id) or draft.candidate.live
        for address, draft in drafts.items()
    }


def _is_same(before: LiveObject, now: LiveObject | None) -> bool:
    if now is None or before.key != now.key or before.members != now.members:
        return False
    return dict(before.fields) == dict(now.fields)
