"""Finds the resources that targets, labels and paths of the command line choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.cli.parameters.addresses import typed_address
from reconciler.cli.parameters.choice import Choice
from reconciler.cli.parameters.labels import labels
from reconciler.engine.planning.frame import matches
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.manifests import load
from reconciler.model.address import Address
from reconciler.model.finding import POLICY
from reconciler.suggestions import did_you_mean

_MOST_SHOWN = 12


def options_of(choice: Choice, workspace: Workspace) -> PlanOptions:
    """Return the planner's options; raises `UsageError` for a wrong address, label or rule."""
    _check_rules(choice.ignored)
    return PlanOptions(
        adopt=choice.adopt,
        prune=workspace.configuration.project.prune and not choice.no_prune,
        targets=chosen_targets(choice.targets, workspace),
        selector=chosen_labels(choice.selectors, workspace),
        destroy=choice.destroy,
        elsewhere=declared_elsewhere(workspace),
        allow_empty_remote=choice.allow_empty_remote,
    )


def _check_rules(ignored: Iterable[str]) -> None:
    """Raise `UsageError` for an unknown rule: the finding it is meant for would stop the run."""
    if not ignored:
        return
    from reconciler.lint.registry import every_rule  # of all providers

    known = {rule.id for rule in every_rule()}
    for name in ignored:
        if name not in known and not name.startswith(POLICY):  # which stops the run, and says how
            hint = did_you_mean(name, known) or "`reconciler explain rules` lists them."
            raise UsageError(f"--ignore-finding {name}: there is no such lint rule", hint=hint)


def chosen_targets(
    targets: Iterable[str], workspace: Workspace, *, canaries: bool = False
) -> frozenset[Address]:
    """Read addresses; raises `UsageError` for one that neither manifests nor state have.

    With `canaries`, addresses of canaries are known as well.
    """
    chosen = frozenset(map(typed_address, targets))
    known = {*workspace.configuration.resources, *workspace.store.objects()}
    known |= workspace.configuration.canaries.keys() if canaries else set()
    for target in sorted(chosen - known):
        hint = did_you_mean(str(target), map(str, known))
        hint = hint or "`reconciler state list` shows addresses."
        raise UsageError(f"no manifest and no state has {target}", hint=hint)
    return chosen


def chosen_labels(selectors: Sequence[str], workspace: Workspace) -> dict[str, str]:
    """Read selectors; raises `UsageError` when nothing has all of their labels."""
    selector = labels(selectors)
    known = list(_known_labels(workspace)) if selector else []
    if selector and not any(matches(selector, each) for each in known):
        asked = " ".join(f"--selector {key}={value}" for key, value in selector.items())
        raise UsageError(
            f"{asked}: no manifest and nothing in state has that", hint=_labels_hint(known)
        )
    return selector


def _known_labels(workspace: Workspace) -> Iterator[Mapping[str, str]]:
    resources = workspace.configuration.resources
    yield from (resource.labels for resource in resources.values())
    for address, row in workspace.store.objects().items():
        if address not in resources:
            yield row.labels


def _labels_hint(known: Iterable[Mapping[str, str]]) -> str:
    """Return a hint that lists the labels in use."""
    pairs = sorted({f"{key}={value}" for each in known for key, value in each.items()})
    if not pairs:
        return "Labels stand in metadata.labels; none has any."
    shown = ", ".join(pairs[:_MOST_SHOWN]) + (", …" if len(pairs) > _MOST_SHOWN else "")
    return f"Known labels: {shown}."


def declared_elsewhere(workspace: Workspace) -> frozenset[Address]:
    """Return the owned objects that PATHs no longer have, but other manifests of the project do.

    Their file was among PATHs when they were last applied. The other manifests have them under
    their name, or as a `lifecycle.movedFrom`. While those manifests have faults, all count.
    """
    configuration = workspace.configuration
    if not configuration.paths:
        return frozenset()
    lost = frozenset(
        address
        for address, row in workspace.store.objects().items()
        if address not in configuration.resources and configuration.looks_at(row.manifest)
    )
    if not lost:
        return lost

    root = configuration.project.root
    environment = configuration.environment.name
    # `emulate`: a missing `baseUrl` is no fault here, as no account is reached.
    rest = load((), cwd=root, root=root, environment=environment, emulate=True)
    if rest.faults:
        return lost
    resources = rest.configuration.resources
    former = {
        address._replace(name=name)
        for address, resource in resources.items()
        for name in resource.lifecycle.moved_from
    }
    return lost & (resources.keys() | former)
