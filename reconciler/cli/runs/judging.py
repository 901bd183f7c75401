"""Evaluates policies on resources, changes, plans and drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from reconciler import clock
from reconciler.cli.parameters.choice import NO_OVERRIDES, Overrides
from reconciler.cli.settings import Settings
from reconciler.engine.drift import DriftReport
from reconciler.engine.workspace import Workspace
from reconciler.errors import PolicyInvalid
from reconciler.manifests import Fault
from reconciler.model.change import origin_of
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from reconciler.model.policy import On, Policies
from reconciler.model.refusal import stopped_by
from reconciler.model.resource import Configuration
from reconciler.policies import (
    Bench,
    Compiled,
    Element,
    Surroundings,
    compiled,
    faults_of_tests,
)
from reconciler.providers.registry import provider_class
from reconciler.render.envelope import FORMAT_VERSION, error_entry
from reconciler.render.faults import findings_text
from reconciler.render.json import findings_entries, policies_document
from reconciler.render.views import drift_view, plan_view, resource_view
from reconciler.state.database.holder import user


class Judging(Struct, frozen=True, kw_only=True):
    """The policies of one run, and their findings on its manifests."""

    bench: Bench
    found: tuple[Finding, ...] = ()
    """Findings on the manifests, which are judged before state and providers are opened."""

    def require(self, settings: Settings) -> None:
        """End the run, before credentials are read, where manifests violate a policy.

        Raises:
            PolicyViolated: One of severity error.
            PolicyUnevaluated: None of those, but one that could not be evaluated.
        """
        errors = [finding for finding in self.found if finding.counts_as is Severity.ERROR]
        if not errors:
            return
        refusal, policies = stopped_by(errors), policies_document(self.bench.verdict())
        settings.tell(
            lambda: {
                "formatVersion": FORMAT_VERSION,
                **findings_entries(self.found),
                "policies": policies,
                "error": error_entry(refusal),
            },
            lambda: settings.out.result(findings_text(self.found, settings.out.style) + "\n"),
        )
        raise refusal

    def with_plan(self, plan: Plan) -> Plan:
        """Return the plan with the findings on it, on its changes and on the manifests."""
        bench = self.bench
        found = list(self.found)
        if bench.judges(On.CHANGE) or bench.judges(On.PLAN):
            view = plan_view(plan)
            found += bench.judge(On.CHANGE, _changes(plan, view["changes"]))
            found += bench.judge(On.PLAN, [Element(document=lambda: view)])
        return replace(plan, findings=(*plan.findings, *found), policies=bench.verdict())

    def with_drift(self, report: DriftReport, workspace: Workspace) -> tuple[DriftReport, Policies]:
        """Return the report with the findings on every compared object, and the verdict."""
        found = self.bench.judge(On.DRIFT, _drifts(report, workspace))
        return replace(report, findings=(*report.findings, *found)), self.bench.verdict()


def judging_of(configuration: Configuration, overrides: Overrides, *, resources: bool) -> Judging:
    """Compile policies and judge manifests; raises as `policing_of`."""
    usable, faults = compiled(configuration.policies)
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise PolicyInvalid(f"{count} in the policies:", details=[str(each) for each in faults])
    bench = _bench(usable, configuration, overrides)
    found = bench.judge(On.RESOURCE, _resources(configuration)) if resources else ()
    return Judging(bench=bench, found=found)


def checked(
    configuration: Configuration,
) -> tuple[Sequence[Fault], Sequence[Finding], Policies]:
    """Compile policies, run their tests, and judge resources with those that compile."""
    usable, faults = compiled(configuration.policies)
    bench = _bench(usable, configuration, NO_OVERRIDES)
    found = bench.judge(On.RESOURCE, _resources(configuration))
    return [*faults, *faults_of_tests(usable)], found, bench.verdict()


def _bench(
    compiled: Sequence[Compiled], configuration: Configuration, overrides: Overrides
) -> Bench:
    """Return the bench of policies for the environment that the manifests were read for."""
    environment = configuration.environment
    surroundings = Surroundings(
        environment=environment.name, labels=environment.labels, now=clock.now(), actor=user()
    )
    return Bench(compiled, surroundings, dict.fromkeys(overrides.names, overrides.reason))


def _resources(configuration: Configuration) -> Iterator[Element]:
    for address, resource in configuration.resources.items():
        account = configuration.accounts.get(address.provider)
        if account is not None:
            kind = provider_class(account.type).kinds[address.kind]
            yield Element(
                document=partial(resource_view, resource, kind),
                address=address,
                origin=resource.origin,
            )


def _changes(plan: Plan, views: Sequence[Mapping[str, object]]) -> Iterator[Element]:
    for change, view in zip(plan.changes, views, strict=True):
        yield Element(
            document=partial(dict, view),
            address=change.address,
            action=change.action.value,
            origin=origin_of(change),
        )


def _drifts(report: DriftReport, workspace: Workspace) -> Iterator[Element]:
    """Yield every compared object, and the drift of others, such as unmanaged objects."""
    rows = workspace.store.objects()
    resources = workspace.configuration.resources
    drift = {each.address: each for each in report.drift}
    for address in sorted(report.compared | drift.keys()):
        origin = resources[address].origin if address in resources else None
        view = partial(drift_view, rows.get(address), drift.get(address), address, origin)
        yield Element(document=view, address=address, origin=origin)
