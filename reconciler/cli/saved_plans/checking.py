"""Finds out why a saved plan may not be applied, from state and manifests: no account is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from reconciler import clock
from reconciler.cli.opening.places import places_of
from reconciler.cli.opening.reading import kinds_of
from reconciler.cli.opening.stores import opened_store
from reconciler.cli.saved_plans.allowed_paths import path_outside
from reconciler.cli.settings import Settings
from reconciler.engine.saving.holding import limited, manifest_lines, state_lines
from reconciler.engine.saving.manifests import Keys, manifest_digests
from reconciler.errors import (
    EnvironmentMissing,
    EnvironmentUnknown,
    ManifestError,
    PlanDamaged,
    PlanEnvironment,
    PlanExpired,
    PlanRefused,
    PlanStale,
    PlanUsed,
)
from reconciler.manifests.fault import Fault, raise_faults
from reconciler.manifests.project import find_root, read_project
from reconciler.model.address import Address
from reconciler.model.environment import Environment
from reconciler.model.moment import moment_text
from reconciler.model.resource import Configuration, Project
from reconciler.model.saved_plan import SKEW, Binding, SavedPlan
from reconciler.providers.kind import Kind
from reconciler.render.plans.saved_plans import check_signature, check_sum
from reconciler.state.base import StateStore, refuse_used

AGAIN = "Make a new plan: `reconciler plan --out FILE`."


def epoch_seconds(text: str) -> float:
    """Return a date of a plan whose signature was checked, in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def refusals(
    settings: Settings, saved: SavedPlan, configuration: Callable[[], Configuration]
) -> Iterator[PlanRefused]:
    """Yield each reason why a plan may not be applied; stop after one that hides the others.

    `configuration` reads the manifests; it is called only after the signature was checked.
    """
    binding = saved.binding
    try:
        project, environment = _belonging(saved)
    except PlanRefused as error:
        yield error
        return
    emulate = binding.options.emulated
    places = places_of(settings, project, environment, emulate=emulate)
    with opened_store(places, project, environment, create=False) as store:
        try:
            _check_origin(saved, store)
        except PlanRefused as error:
            yield error
            return
        yield from _unused(saved, store)
        yield from _in_time(binding)
        yield from _unchanged(binding, store, configuration)


def _belonging(saved: SavedPlan) -> tuple[Project, Environment]:
    """Return the project and the environment that a plan belongs to.

    Raises:
        PlanDamaged: It names manifests of another project, or is unsigned and names manifests.
        PlanEnvironment: The project has no such environment.
    """
    paths = saved.binding.options.paths
    if outside := path_outside(paths):
        raise PlanDamaged(
            f"this plan names manifests outside of the project that we stand in: {outside}",
            hint="Apply it where it was made: -C DIR goes there.",
        )
    if paths and saved.binding.lineage is None:
        raise PlanDamaged("this plan names manifests, and no state has signed it", hint=AGAIN)
    faults: list[Fault] = []
    project = read_project(find_root((), Path.cwd()), faults)
    raise_faults(faults)
    name = saved.binding.environment or ""
    try:
        return project, project.environment(name)
    except (EnvironmentMissing, EnvironmentUnknown) as error:
        whose = f"the environment {name!r}" if name else "a project without environments"
        raise PlanEnvironment(f"this plan is of {whose}: {error.message}", hint=AGAIN) from None


def _check_origin(saved: SavedPlan, store: StateStore) -> None:
    """Check signature or checksum; raises `PlanDamaged`, or `PlanStale` where the state is gone."""
    if saved.binding.lineage is None:
        check_sum(saved)
    elif store.lineage:
        check_signature(saved, store.digest)
    else:
        lines = list(state_lines(saved.binding, store))
        raise PlanStale("this plan is out of date: nothing was changed", details=lines, hint=AGAIN)


def _unused(saved: SavedPlan, store: StateStore) -> Iterator[PlanRefused]:
    try:
        refuse_used(store.used_plan(saved.binding.nonce))
    except PlanUsed as error:
        yield error


def _in_time(binding: Binding) -> Iterator[PlanRefused]:
    now = clock.now().timestamp()
    made, end = epoch_seconds(binding.created_at), epoch_seconds(binding.expires_at)
    if now > end + SKEW:
        yield PlanExpired(f"this plan could be applied until {moment_text(end)}", hint=AGAIN)
    if now < made - SKEW:
        yield PlanExpired(
            f"this plan was made at {moment_text(made)}, and the clock here says "
            f"{moment_text(now)}",
            hint="Set the clock of this machine right.",
        )


def _unchanged(
    binding: Binding, store: StateStore, configuration: Callable[[], Configuration]
) -> Iterator[PlanRefused]:
    lines = list(state_lines(binding, store))
    try:
        read = configuration()
    except ManifestError as error:
        lines += ["manifests cannot be read", *error.details]
    else:
        keys = Keys.of(store, binding.lineage)
        lines += manifest_lines(binding, manifest_digests(read, _kinds(read), keys))
    if lines:
        yield PlanStale(
            "this plan is out of date: nothing was changed", details=limited(lines), hint=AGAIN
        )


def _kinds(configuration: Configuration) -> Callable[[Address], Kind]:
    accounts = configuration.accounts
    return lambda address: kinds_of(accounts[address.provider].type)[address.kind]
