"""What plan, apply and destroy have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reconciler.cli.settings import Settings
from reconciler.errors import UsageError
from reconciler.model.address import Address
from reconciler.suggestions import did_you_mean

if TYPE_CHECKING:
    from reconciler.engine.planning.options import PlanOptions
    from reconciler.engine.workspace import Workspace
    from reconciler.model.plan import Plan
    from reconciler.model.resource import Configuration


class Choice(Struct, frozen=True, kw_only=True):
    """What the command line said about a plan."""

    targets: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    no_prune: bool = False
    adopt: bool = False
    allow_empty_remote: bool = False
    destroy: bool = False

    def options(self, configuration: Configuration) -> PlanOptions:
        """Return the planner's options; raises `UsageError` for a wrong address or label."""
        from reconciler.engine.planning.options import PlanOptions

        return PlanOptions(
            adopt=self.adopt,
            prune=configuration.project.prune and not self.no_prune,
            targets=frozenset(map(Address.parse, self.targets)),
            selector=labels(self.selectors),
            destroy=self.destroy,
            allow_empty_remote=self.allow_empty_remote,
        )


def labels(selectors: Sequence[str]) -> dict[str, str]:
    """Read `key=value` pairs; `a=1,b=2` in one word counts as two."""
    found: dict[str, str] = {}
    for word in (part for text in selectors for part in text.split(",")):
        key, sign, value = word.partition("=")
        if not sign or not key.strip():
            raise UsageError(f"{word!r} is not a selector", hint="A selector is KEY=VALUE.")
        found[key.strip()] = value.strip()
    return found


def check_targets(choice: Choice, workspace: Workspace) -> None:
    """Refuse a target that neither manifests nor state know."""
    if not choice.targets:
        return
    known = {*workspace.configuration.resources, *workspace.store.objects()}
    for target in map(Address.parse, choice.targets):
        if target not in known:
            hint = did_you_mean(str(target), map(str, known))
            raise UsageError(
                f"no manifest and no state has {target}",
                hint=hint or "`reconciler state list` shows addresses.",
            )


def with_lint(plan: Plan, configuration: Configuration, choice: Choice) -> Plan:
    """Return the plan with what lint rules find; of a part of the manifests, about that part."""
    from reconciler.lint import lint

    if choice.destroy:
        return plan
    found = lint(configuration)
    if choice.targets or choice.selectors:
        planned = {change.address for change in plan.changes}
        found = tuple(finding for finding in found if finding.address in planned)
    return replace(plan, findings=(*plan.findings, *found)) if found else plan


def heading(what: str, workspace: Workspace, *, emulate: bool, owned: bool = False) -> str:
    """Return the first line of a plan: what it is about. `owned` counts state, not manifests."""
    from reconciler.render.style import count

    number = count(len(workspace.configuration.resources), "resource")
    if owned:
        number = count(len(workspace.store.objects()), "owned object")
    names = ", ".join(workspace.providers) or "no provider"
    suffix = " (emulated)" if emulate else ""
    return f"{what}: {number} at {names}{suffix}"


def show_plan(settings: Settings, plan: Plan, workspace: Workspace, title: str) -> None:
    """Write a plan for people."""
    from reconciler.render.text import plan_text

    rates = {n: p.http.settings.requests_per_second for n, p in workspace.providers.items()}
    out = settings.out
    out.result(plan_text(plan, out.style, heading=title, rates=rates))
