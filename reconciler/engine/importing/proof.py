"""Compares the plan with the new manifests with the plan before: only adoptions may be new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reconciler.engine.importing.drafts import Draft
from reconciler.engine.importing.selecting import is_plain_adoption
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.workspace import Workspace
from reconciler.errors import ImportNotEmpty
from reconciler.model.address import Address
from reconciler.model.change import Change, Making, Update, Write
from reconciler.model.imported import Afterwards
from reconciler.model.plan import Plan

Meaning = tuple[object, ...]
"""What a plan does with an address, to be compared."""

UNOWNED = PlanOptions(prune=False)
"""Plans of an import: they leave objects without a manifest alone."""


def wrong_with(
    before: Plan, after: Plan, new: Mapping[Address, Draft], taken: frozenset[Address]
) -> list[str]:
    """Return what the import would change, one line for each address; empty if it is proved.

    `taken` are the addresses, old and new, that have rows in the plan `after`.
    """
    return [
        *_of_new(after, new, taken),
        *_of_old(before, after, new.keys() | taken),
    ]


def _of_new(after: Plan, new: Mapping[Address, Draft], taken: frozenset[Address]) -> Iterator[str]:
    changes = {change.address: change for change in after.changes}
    for address, draft in new.items():
        change = changes.get(address)
        if address in after.blocked:
            yield f"{address}: {after.blocked[address]}"
        elif change is None and address not in taken:
            yield f"{address}: the plan does not see it"
        elif change is not None and not _is_expected(change, draft, owned=address in taken):
            yield f"{address}: {_action_and_fields(change)}"
        elif change is not None and not _is_of(change, draft):
            yield f"{address}: it would become another object than {draft.candidate.live.id}"


def _is_expected(change: Change, draft: Draft, *, owned: bool) -> bool:
    """Tell whether a change is a plain adoption.

    An object that only state can own has a row already. Its one change may be the delivery of a
    secret that the list shows, which landing does.
    """
    if not owned:
        return is_plain_adoption(change)
    shown = {name.partition(".")[0] for name in draft.candidate.live.secrets}
    return isinstance(change, Update) and {f.path for f in change.fields} <= shown


def _is_of(change: Change, draft: Draft) -> bool:
    """Tell whether a change takes over the object of the draft; always true of grouped parts."""
    live = change.live if isinstance(change, Write) else None
    parts = draft.candidate.kind.claims is not None
    return parts or (live is not None and live.id == draft.candidate.live.id)


def _of_old(before: Plan, after: Plan, new: frozenset[Address] | set[Address]) -> Iterator[str]:
    one, other = _meaning(before), _meaning(after)
    for address in sorted((one.keys() | other.keys()) - new):
        was, now = one.get(address), other.get(address)
        if was != now:
            yield f"{address}: {_action(was)} before, {_action(now)} now"


def _meaning(plan: Plan) -> dict[Address, Meaning]:
    found: dict[Address, Meaning] = {change.address: _of(change) for change in plan.changes}
    return found | {address: ("blocked", why) for address, why in plan.blocked.items()}


def _of(change: Change) -> Meaning:
    if isinstance(change, Making):
        return (change.action.value, change.fields, change.members)
    return (change.action.value,)


def _action(meaning: Meaning | None) -> str:
    return "no change" if meaning is None else str(meaning[0])


def _action_and_fields(change: Change) -> str:
    fields = ", ".join(f.path for f in change.fields) if isinstance(change, Making) else ""
    return f"{change.action.value} {fields}".strip()


def afterwards(workspace: Workspace, plan: Plan, new: frozenset[Address]) -> Afterwards:
    """Count what is left to do for old addresses, and which new ones are still to be adopted.

    Rows without a manifest count as changes if the project prunes: this `plan` left them alone, the
    next one will not.
    """
    configuration = workspace.configuration
    lost = workspace.store.objects().keys() - configuration.resources.keys()
    return Afterwards(
        changes=sum(change.address not in new for change in plan.changes)
        + (len(lost) if configuration.project.prune else 0),
        blocked=len(plan.blocked),
        to_adopt=sum(change.address in new for change in plan.changes),
    )


def not_proved(what: str, details: Sequence[str], kept: Path | None) -> ImportNotEmpty:
    """Return the error of an import whose proof failed; `kept` is the folder of its files."""
    where = [f"its files lie in {kept}"] if kept else []
    keep = "" if kept else " `--keep` leaves the files in .import-failed, to look at."
    return ImportNotEmpty(
        what,
        details=[*details, *where],
        hint=f"Nothing was imported. This is a fault of reconciler: please report it.{keep}",
    )
