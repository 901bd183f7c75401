"""Asks the user before anything is changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from reconciler.cli.settings import ENV, Settings
from reconciler.errors import NotApproved, UsageError
from reconciler.model.environment import Environment
from reconciler.model.resource import STDIN


def require_a_way_to_ask(
    settings: Settings,
    paths: Sequence[str],
    *,
    auto_approve: bool,
    preview: str,
    emulate: bool,
    shown: str = "the plan",
) -> None:
    """Raise `UsageError`, before anything is read or locked, where nobody could answer.

    `preview` is the command that shows the same without asking: what is `shown`, in words.
    """
    if auto_approve:
        return
    same = " --emulate" if emulate else ""
    if settings.json:
        raise UsageError(
            "--output json cannot ask for approval",
            hint=f"Add --auto-approve; `reconciler {preview} --output json{same}` shows {shown} "
            "before.",
        )
    if STDIN in paths:
        raise UsageError(
            "manifests come from stdin, so it has no answer to the question",
            hint=f"`reconciler {preview}{same}` shows {shown}; add --auto-approve, or name a file.",
        )
    if not settings.out.interactive:
        raise UsageError(
            "there is no terminal to ask for approval",
            hint=f"`reconciler {preview}{same}` shows {shown}; add --auto-approve, or use a "
            "terminal.",
        )


def require_spelled(settings: Settings, environment: Environment) -> None:
    """Refuse `--auto-approve` in a protected environment that the command line does not name.

    An environment variable that was set long ago does not count. Raises `UsageError`.
    """
    if environment.protect and settings.env is None:
        raise UsageError(
            f"{environment.name} is protected: --auto-approve needs its name on the command line",
            hint=f"Add --env {environment.name}; {ENV} does not count here.",
        )


def approve(settings: Settings, question: str, environment: Environment) -> None:
    """Ask for "yes", or for the name of a protected environment.

    Raises `NotApproved` for any other answer, and `Stopped` for a signal.
    """
    out = settings.out
    bold = out.note_style.bold
    agreement = environment.name if environment.protect else "yes"
    protected = f" {environment.name} is protected." if environment.protect else ""
    asked = f"{protected} Only {agreement!r} counts."
    out.ask(f"\n{bold(question)}{asked}\n{bold('Answer:')} ")
    answer = ""
    try:
        with settings.interrupts.immediate():
            answer = sys.stdin.readline()
    finally:
        agreed = answer.strip().lower() == agreement
        if not agreed:
            out.note("" if answer.endswith("\n") else "\n")
    if not agreed:
        raise NotApproved("not approved; nothing was changed")
