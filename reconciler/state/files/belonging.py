"""Checks which environment a state in a file belongs to."""

from __future__ import annotations

from contextlib import suppress

from reconciler.errors import StateOfAnother
from reconciler.state.files.layout import Layout, claim_private


def check_environment(layout: Layout, environment: str) -> None:
    """Raise `StateOfAnother` for a state of another environment.

    A state that belongs to no environment yet is accepted.
    """
    check_owner(_owner(layout), environment, state=str(layout.db), said=str(layout.environment))


def check_owner(owner: str, environment: str, *, state: str, said: str) -> None:
    """Raise `StateOfAnother` if the state's owner is another environment.

    `said` is the file or object that names the owner.
    """
    if owner in {"", environment}:
        return
    asked = f"not to {environment}" if environment else "and no environment is named"
    raise StateOfAnother(
        f"the state {state} belongs to the environment {owner}, {asked}",
        hint=f"Choose it with --env {owner}, or name another --state. If it was renamed, write its "
        f"new name into {said}.",
    )


def claim(layout: Layout, environment: str) -> None:
    """Give a state that belongs to no environment to this one; raises `StateOfAnother`."""
    if not _owner(layout):
        with suppress(FileExistsError):  # made by another process at the same moment
            claim_private(layout.environment, f"{environment}\n".encode())
        check_environment(layout, environment)


def _owner(layout: Layout) -> str:
    """Return the environment to which a state belongs, "" for none."""
    try:
        return layout.environment.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
