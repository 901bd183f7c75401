"""Adds a run's own options to commands in messages, so that a copied command means the same.

Messages name commands as if they were typed in the project's folder, for its only environment. A
run with `-C`, `--env` or `--state` repeats these options in the commands that it names.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

REHEARSING = "RECONCILER_EMULATE=1 "
_COMMAND = rf"(?:^|(?<=[`(])|(?<=: )|(?<={REHEARSING}))reconciler "
"""Where a message names a command. The same words within a user's text stay as they are."""
_OF_STATE = re.compile(
    rf"(?<!{REHEARSING}){_COMMAND}state (?:history|list|mv|resolve|rm|show|trust|unlock)\b",
    re.MULTILINE,
)
_OF_ENVIRONMENTS = re.compile(
    rf"{_COMMAND}(?=(?:apply|destroy|dns|drift|graph|import|plan|validate|verify|webhook"
    r"|state (?!environments))\b)",
    re.MULTILINE,
)
_OF_PROJECTS = re.compile(
    rf"{_COMMAND}(?=(?:compare|schema|show|state environments)\b)", re.MULTILINE
)

_PERHAPS_SECRET = re.compile(r"//[^/]*@|password|secret|token|sig=", re.IGNORECASE)


def spelling(
    *, env: str | None, directory: str | None, state: str | None
) -> Callable[[str], str] | None:
    """Return a function that adds these options to the commands in a text; `None` without any.

    A `state` that could hold a password is not repeated.
    """
    project = f"-C {shlex.quote(directory)} " if directory else ""
    options = project
    if env:
        options += f"--env {shlex.quote(env)} "
    if state and not _PERHAPS_SECRET.search(state):
        options += f"--state {shlex.quote(state)} "
    if not options:
        return None

    def spelled(text: str) -> str:
        if "reconciler " not in text:
            return text
        text = _OF_ENVIRONMENTS.sub(lambda match: match[0] + options, text)
        return _OF_PROJECTS.sub(lambda match: match[0] + project, text)

    return spelled


def rehearsed(text: str) -> str:
    """Return a text with `RECONCILER_EMULATE=1` before its `state` commands."""
    return _OF_STATE.sub(rf"{REHEARSING}\g<0>", text)
