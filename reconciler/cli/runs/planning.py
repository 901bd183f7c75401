"""Adds lint findings to a plan, and shows it: for plan, apply and destroy."""

from __future__ import annotations

from msgspec.structs import replace

from reconciler import clock
from reconciler.cli.parameters.choice import Choice
from reconciler.cli.settings import Settings
from reconciler.engine.planning.verdicts import judged
from reconciler.engine.workspace import Workspace
from reconciler.lint import judges_entries, lint, rate
from reconciler.model.plan import Extent, Plan
from reconciler.model.resource import Configuration
from reconciler.render.layout.style import count
from reconciler.render.plans.text import plan_text


def with_lint(plan: Plan, configuration: Configuration, choice: Choice) -> Plan:
    """Return the plan with lint findings: on all resources, or on the chosen ones alone."""
    part = bool(choice.targets or choice.selectors)
    found = () if choice.destroy else lint(configuration)
    if part:
        planned = {change.address for change in plan.changes}
        found = tuple(finding for finding in found if finding.address in planned)
    findings = rate(
        (*plan.findings, *found),
        configuration,
        today=clock.now().date(),
        whole=judges_entries(configuration) and not part and not choice.destroy,
    )
    return judged(replace(plan, findings=findings), ignored=choice.ignored)


def heading(
    what: str,
    workspace: Workspace,
    *,
    emulate: bool,
    owned: bool = False,
    extent: Extent | None = None,
) -> str:
    """Return the first line of a plan: its subject. `owned` counts objects in state."""
    total = len(workspace.store.objects() if owned else workspace.configuration.resources)
    number = count(total, "owned object" if owned else "resource")
    if extent is not None and not extent.complete:
        number = (
            f"{extent.looked_at:,} of {count(extent.of, 'owned object' if owned else 'resource')}"
        )
    names = ", ".join(workspace.providers) or "no provider"
    suffix = " (emulated)" if emulate else ""
    name = workspace.configuration.environment.name
    where = f" for {name}" if name else ""
    return f"{what}{where}: {number} at {names}{suffix}"


def show_plan(settings: Settings, plan: Plan, workspace: Workspace, *, emulate: bool) -> None:
    """Write a plan as text."""
    destroy = plan.extent.destroy
    what = "Destroy" if destroy else "Plan"
    title = heading(what, workspace, emulate=emulate, owned=destroy, extent=plan.extent)

    rates = {n: p.requests_per_second for n, p in workspace.providers.items()}
    out = settings.out
    out.result(plan_text(plan, out.style, heading=title, rates=rates, compact=settings.compact))
