"""Which environment a state in a file belongs to."""

from __future__ import annotations

from contextlib import suppress

from reconciler.errors import StateOfAnother
from reconciler.state.files.layout import Layout, claim_private


def check_environment(layout: Layout, environment: str) -> None:
    """Refuse a state of another environment; raises `StateOfAnother`.

    One that belongs to nobody yet is right for all.
    """
    check_owner(_owner(layout), environment, state=str(layout.db), said=str(layout.environment))


def check_owner(owner: str, environment: str, *, state: str, said: str) -> None:
    """Refuse a state whose owner is another environment; raises `StateOfAnother`.

    `said` is where the owner's name stands.
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
    """Let a state that belongs to nobody yet belong to an environment; raises `StateOfAnother`."""
    if not _owner(layout):
        with suppress(FileExistsError):  # of another process at the same moment
            claim_private(layout.environment, f"{environment}\n".encode())
        check_environment(layout, environment)


def _owner(layout: Layout) -> str:
    """Return the environment that a state belongs to, "" for none."""
    try:
        return layout.environment.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
