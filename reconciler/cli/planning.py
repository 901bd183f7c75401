"""What plan, apply and destroy have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.cli.choosing import chosen_labels, chosen_targets, declared_elsewhere
from reconciler.cli.settings import Settings

if TYPE_CHECKING:
    from reconciler.engine.planning.options import PlanOptions
    from reconciler.engine.workspace import Workspace
    from reconciler.model.plan import Extent, Plan
    from reconciler.model.resource import Configuration


class Choice(Struct, frozen=True, kw_only=True):
    """What the command line said about a plan."""

    targets: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    no_prune: bool = False
    adopt: bool = False
    allow_empty_remote: bool = False
    destroy: bool = False
    ignored: tuple[str, ...] = ()
    """Rules whose errors are to stop nothing."""

    def options(self, workspace: Workspace) -> PlanOptions:
        """Return the planner's options; raises `UsageError` for a wrong address or label."""
        from reconciler.engine.planning.options import PlanOptions

        configuration = workspace.configuration
        return PlanOptions(
            adopt=self.adopt,
            prune=configuration.project.prune and not self.no_prune,
            targets=chosen_targets(self.targets, workspace),
            selector=chosen_labels(self.selectors, workspace),
            destroy=self.destroy,
            elsewhere=declared_elsewhere(workspace),
            allow_empty_remote=self.allow_empty_remote,
        )


def with_lint(plan: Plan, configuration: Configuration, choice: Choice) -> Plan:
    """Return the plan with what lint rules find; of a part of the manifests, about that part."""
    from reconciler.engine.planning.verdicts import judged
    from reconciler.lint import lint

    if choice.destroy:
        return plan
    found = lint(configuration)
    if choice.targets or choice.selectors:
        planned = {change.address for change in plan.changes}
        found = tuple(finding for finding in found if finding.address in planned)
    return judged(replace(plan, findings=(*plan.findings, *found)), ignored=choice.ignored)


def heading(
    what: str,
    workspace: Workspace,
    *,
    emulate: bool,
    owned: bool = False,
    extent: Extent | None = None,
) -> str:
    """Return the first line of a plan: what it is about. `owned` counts state, not manifests."""
    from reconciler.render.style import count

    total = len(workspace.store.objects() if owned else workspace.configuration.resources)
    number = count(total, "owned object" if owned else "resource")
    if extent is not None and not extent.complete:
        number = (
            f"{extent.looked_at:,} of {count(extent.of, 'owned object' if owned else 'resource')}"
        )
    names = ", ".join(workspace.providers) or "no provider"
    suffix = " (emulated)" if emulate else ""
    return f"{what}: {number} at {names}{suffix}"


def show_plan(settings: Settings, plan: Plan, workspace: Workspace, *, emulate: bool) -> None:
    """Write a plan for people."""
    from reconciler.render.text import plan_text

    destroy = plan.extent.destroy
    what = "Destroy" if destroy else "Plan"
    title = heading(what, workspace, emulate=emulate, owned=destroy, extent=plan.extent)

    rates = {n: p.requests_per_second for n, p in workspace.providers.items()}
    out = settings.out
    out.result(plan_text(plan, out.style, heading=title, rates=rates, compact=settings.compact))
