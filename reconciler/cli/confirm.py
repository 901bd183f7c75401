"""Asks before anything is changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from reconciler.cli.settings import Settings
from reconciler.errors import NotApproved, UsageError
from reconciler.model.resource import STDIN


def require_a_way_to_ask(
    settings: Settings, paths: Sequence[str], *, auto_approve: bool, preview: str, emulate: bool
) -> None:
    """Refuse, before anything is read or locked, where nobody could answer.

    `preview` is the command that shows the same plan without asking.
    """
    if auto_approve:
        return
    same = " --emulate" if emulate else ""
    if settings.json:
        raise UsageError(
            "--output json cannot ask for approval",
            hint=f"Add --auto-approve; `reconciler {preview} --output json{same}` shows the plan "
            "before.",
        )
    if STDIN in paths:
        raise UsageError(
            "manifests come from stdin, so it has no answer to the question",
            hint=f"`reconciler {preview} -{same}` shows the plan; add --auto-approve, or name a "
            "file.",
        )
    if not settings.out.interactive:
        raise UsageError(
            "there is no terminal to ask for approval",
            hint=f"`reconciler {preview}{same}` shows the plan; add --auto-approve, or use a "
            "terminal.",
        )


def approve(settings: Settings, question: str) -> None:
    """Ask; raises `NotApproved` for every answer but yes, and `Stopped` for a signal."""
    out = settings.out
    bold = out.note_style.bold
    out.ask(f"\n{bold(question)} Only 'yes' counts.\n{bold('Answer:')} ")
    answer = ""
    try:
        with settings.interrupts.immediate():
            answer = sys.stdin.readline()
    finally:
        agreed = answer.strip().lower() == "yes"
        if not agreed:
            out.note("" if answer.endswith("\n") else "\n")
    if not agreed:
        raise NotApproved("not approved; nothing was changed")
