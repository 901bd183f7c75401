"""Asks before anything is changed."""

from __future__ import annotations

import sys

from reconciler.cli.settings import Settings
from reconciler.errors import PlanRefused, UsageError


def require_a_way_to_ask(settings: Settings, *, auto_approve: bool) -> None:
    """Refuse, before anything is read or locked, where nobody could answer."""
    if auto_approve:
        return
    if settings.json:
        raise UsageError(
            "--output json cannot ask for approval",
            hint="Add --auto-approve; `reconciler plan --output json` shows the plan beforehand.",
        )
    if not settings.out.interactive:
        raise UsageError(
            "there is no terminal to ask for approval",
            hint="Add --auto-approve, or run this in a terminal.",
        )


def approve(settings: Settings, question: str) -> None:
    """Ask; raises `PlanRefused` for every answer but yes."""
    out = settings.out
    bold = out.note_style.bold
    out.ask(f"\n{bold(question)} Only 'yes' counts.\n{bold('Answer:')} ")
    with settings.interrupts.immediate():
        answer = sys.stdin.readline()
    out.note("" if answer.endswith("\n") else "\n")
    if answer.strip().lower() != "yes":
        raise PlanRefused("not approved; nothing was changed")
