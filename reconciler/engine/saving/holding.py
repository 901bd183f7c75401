"""Says which parts of a saved plan's binding no longer hold, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler import VERSION
from reconciler.engine.saving.binding import account_digests, observed
from reconciler.engine.saving.manifests import Keys
from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanAccount
from reconciler.model.changes_digest import short
from reconciler.model.moment import moment_text
from reconciler.model.saved_plan import Binding, SavedPlan
from reconciler.state.base import StateStore

MOST = 50
"""How many lines are shown; further ones are only counted."""


def manifest_lines(binding: Binding, files: Mapping[str, str]) -> Iterator[str]:
    """Say which manifest files have other digests in `files` than when the plan was made."""
    differing = sorted(
        name
        for name in files.keys() | binding.manifests.keys()
        if files.get(name) != binding.manifests.get(name)
    )
    if differing:
        yield f"manifests differ: {', '.join(differing)}"
        if binding.tool != VERSION:
            yield f"it was made by version {binding.tool}, and this is {VERSION}"


def state_lines(binding: Binding, store: StateStore) -> Iterator[str]:
    """Say how state differs from the state that the plan was made with."""
    if binding.lineage is None:
        if store.history(1):
            yield f"there was no state yet, and now there is one: {_latest(store)}"
    elif not store.lineage:
        yield "the state that it was made with is not there"
    elif binding.serial != store.serial:
        yield f"serial {binding.serial} → {store.serial}: {_latest(store)}"
    elif binding.state_digest != store.contents():
        yield f"state is not as it was: {_latest(store)}"


def _latest(store: StateStore) -> str:
    runs = store.history(1)
    if not runs:
        return "no run is known"
    return f"{runs[0].command} by {runs[0].actor}, {moment_text(runs[0].started_at)}"


def check_accounts(binding: Binding, workspace: Workspace) -> None:
    """Raise `PlanAccount` if a provider has another account than when the plan was made."""
    now = account_digests(workspace, binding.nonce)
    others = sorted(name for name, seen in binding.accounts.items() if now.get(name, seen) != seen)
    if others:
        raise PlanAccount(
            f"{', '.join(others)}: another account than the one that this plan was made with",
            hint="Use the credentials and baseUrl of the plan, or make a new plan with these.",
        )


def plan_lines(
    saved: SavedPlan, keys: Keys, document: Mapping[str, Any], current: Mapping[str, Any]
) -> list[str]:
    """Say what a new plan does differently from the saved one; empty if they agree.

    Args:
        saved: The saved plan.
        keys: The keys that its digests were made with.
        document: The new plan's document.
        current: The same document as it would be saved: secrets masked, long values cut.
    """
    policies = document["policies"].get("digest") != saved.binding.policies_digest
    same = document["changesDigest"] == saved.binding.changes_digest
    seen = observed(document, keys)
    moved = {a for a, live in seen.items() if saved.binding.observed.get(a, live) != live}
    if same and not moved and not policies:
        return []
    before, after = short(saved.binding.changes_digest), short(document["changesDigest"])
    lines = ["policies differ"] if policies else []
    lines += _differences(saved.plan, current, moved)
    return lines or [f"it would change other things: {before} → {after}"]


def limited(lines: list[str]) -> list[str]:
    """Return the first lines, and a line that counts the others."""
    more = len(lines) - MOST
    return lines if more <= 0 else [*lines[:MOST], f"and {more:,} more"]


def _differences(
    saved: Mapping[str, Any], current: Mapping[str, Any], moved: set[str]
) -> Iterator[str]:
    old = {change["address"]: change for change in saved["changes"]}
    new = {change["address"]: change for change in current["changes"]}
    for address in sorted(old.keys() | new.keys()):
        if address not in new:
            yield f"{address}: {old[address]['action']} is not needed any more"
        elif address not in old:
            yield f"{address}: {new[address]['action']} is needed now"
        else:
            yield from _one(old[address], new[address], moved=address in moved)
    for name in ("moves", "handOvers"):
        if saved.get(name) != current.get(name):
            yield "what is renamed or handed over in state differs"


def _one(old: Mapping[str, Any], new: Mapping[str, Any], *, moved: bool) -> Iterator[str]:
    address = new["address"]
    if old["action"] != new["action"]:
        yield f"{address}: {old['action']} has become {new['action']}"
    elif moved:
        paths = _paths(old["before"] or {}, new["before"] or {})
        what = ", ".join(paths) or "it"
        yield f"{address}: {what} changed on the provider since"
    elif old["fields"] != new["fields"]:
        before, after = ({f["path"]: f for f in each["fields"]} for each in (old, new))
        yield f"{address}: {', '.join(_paths(before, after))} would change otherwise"
    elif old.get("members") != new.get("members"):
        yield f"{address}: other members would come or go"


def _paths(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
