"""Checks that each provider name stands for one account: the one that state knows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from reconciler.engine.workspace import Workspace
from reconciler.errors import PlanRefused


def unbound(workspace: Workspace, names: Iterable[str]) -> dict[str, str]:
    """Return the fingerprints of accounts that state does not know by these names yet."""
    known = workspace.store.accounts()
    found = {name: workspace.fingerprint(name) for name in names}
    return {name: print_ for name, print_ in found.items() if known.get(name) != print_}


def check_accounts(workspace: Workspace) -> None:
    """Raise `PlanRefused` where names and accounts are not one to one, or not as state has them."""
    _one_name_each(workspace)
    _no_new_name(workspace)
    known = workspace.store.accounts()
    for name in workspace.providers:
        if name in known and known[name] != workspace.fingerprint(name):
            message = f"provider {name} is another account than the one this state belongs to"
            hint = (
                "Use the credentials and baseUrl it was applied with, or another --state. If the "
                f"account is the same and only its key changed: reconciler state trust {name}"
            )
            raise PlanRefused(message, hint=hint)


def _one_name_each(workspace: Workspace) -> None:
    accounts = workspace.configuration.accounts
    for one, other in combinations(sorted(workspace.providers), 2):
        if workspace.providers[one].is_same_account(workspace.providers[other]):
            message = f"the providers {one} and {other} are one account"
            raise PlanRefused(
                message,
                details=[f"{accounts[name].origin}: Provider/{name}" for name in (one, other)],
                hint="Everything would be made there twice: keep one of them. What state has of "
                f"the other is handed over by: reconciler state mv {other} {one}",
            )


def _no_new_name(workspace: Workspace) -> None:
    """Refuse an account that state knows by a name that no manifest has any more."""
    known, owned = workspace.store.accounts(), workspace.store.objects()
    lost = {
        fingerprint: name
        for name, fingerprint in known.items()
        if name not in workspace.configuration.accounts
        and any(address.provider == name for address in owned)
    }
    if not lost:
        return
    for name in workspace.providers:
        old = lost.get(workspace.fingerprint(name))
        if old is not None:
            number = sum(address.provider == old for address in owned)
            what = "1 object" if number == 1 else f"{number} objects"
            message = f"provider {name} is the account that this state knows as {old}"
            raise PlanRefused(
                message, hint=f"To hand its {what} over: reconciler state mv {old} {name}"
            )
