"""Guesses which command or option an unknown one was meant to be.

Users know words from Terraform, kubectl, git and Ansible. The answer to each is what does the same
here, or nothing at all: a word that only looks similar would mislead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import click

from reconciler.suggestions import did_you_mean

_MADE_BY_PLAN = "nothing needs to be set up: write manifests, then `reconciler plan`"
_SHOWS = "`reconciler state show ADDR` shows an owned object, `reconciler explain KIND` a kind"

COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("diff", "preview", "dry-run", "what-if", "whatif", "compare", "status"),
        "`reconciler plan` shows what would be done",
    ),
    **dict.fromkeys(
        ("create", "up", "deploy", "sync", "run", "update", "push", "converge"),
        "`reconciler apply` plans, asks and does it",
    ),
    **dict.fromkeys(
        ("delete", "remove", "down", "del"),
        "take the manifest away and `reconciler apply`; `reconciler destroy` deletes everything "
        "that is owned",
    ),
    **dict.fromkeys(
        ("check", "lint", "verify-manifests", "vet"), "`reconciler validate` checks manifests"
    ),
    **dict.fromkeys(("get", "list", "ls"), "`reconciler state list` shows what is owned"),
    **dict.fromkeys(("show", "describe", "output"), _SHOWS),
    **dict.fromkeys(
        ("kinds", "api-resources"), "`reconciler providers` lists provider types and kinds"
    ),
    **dict.fromkeys(
        ("refresh", "detect", "drift-detect"),
        "`reconciler drift` compares live state with what was last applied; every plan reads it "
        "afresh",
    ),
    "init": _MADE_BY_PLAN,
    "import": (
        "`reconciler apply --adopt` takes over live objects that a manifest describes; "
        "`reconciler drift --unmanaged` lists what no manifest has"
    ),
    "taint": "change `rotation` in a key's manifest for a new one, then `reconciler apply`",
    "untaint": "",
    **dict.fromkeys(("mv", "rm", "resolve", "trust"), "`reconciler state {name}` does that"),
    **dict.fromkeys(("unlock", "force-unlock"), "`reconciler state unlock` takes a lock away"),
    **dict.fromkeys(("history", "log", "logs"), "`reconciler state history` shows the runs"),
    **dict.fromkeys(("mock", "serve", "server"), "`reconciler emulator` serves on a port"),
    **dict.fromkeys(("login", "auth"), "credentials: `reconciler explain Provider.credentials`"),
    **dict.fromkeys(("fmt", "format", "console", "workspace", "test", "edit"), ""),
}
"""Commands of other tools, and what does the same here; "" for nothing."""

_APPROVE = "--auto-approve"
_PATHS = "manifests are named without an option: PATH…"
OPTIONS: Mapping[str, str] = {
    **dict.fromkeys(
        ("--dry-run", "--check", "--noop", "--what-if", "--preview"),
        "`reconciler plan` shows what would be done, and `reconciler plan --destroy` what would "
        "be deleted",
    ),
    **dict.fromkeys(("--json", "--format", "-o", "--out-format"), "--output json"),
    **dict.fromkeys(
        ("-f", "--file", "--filename", "--manifest", "--manifests", "-k", "--path", "--paths"),
        _PATHS,
    ),
    **dict.fromkeys(("-R", "--recursive"), "folders are searched recursively anyway"),
    **dict.fromkeys(
        (
            *("--yes", "-y", "--force", "--assume-yes", "--non-interactive", "--no-input"),
            *("--no-confirm", "--approve", "--skip-confirmation"),
        ),
        _APPROVE,
    ),
    **dict.fromkeys(
        ("--var", "--var-file", "--set", "--values", "-e", "--extra-vars"),
        "manifests have no variables; credentials come from the environment (fromEnv)",
    ),
    **dict.fromkeys(("-l", "--label", "--labels", "--tags"), "--selector KEY=VALUE"),
    **dict.fromkeys(("-t", "--only", "--resource"), "--target ADDR"),
    **dict.fromkeys(("--chdir", "--cwd", "--dir", "--directory", "--project"), "-C DIR"),
    **dict.fromkeys(("--debug", "--trace", "-vvv"), "-vv logs everything"),
    **dict.fromkeys(
        ("--parallelism", "--concurrency", "--jobs", "-j"),
        "spec.limits.concurrency of the Provider manifest",
    ),
    "--timeout": "spec.limits.timeoutSeconds of the Provider manifest",
    "--prune": "what lost its manifest is deleted anyway; --no-prune keeps it",
    **dict.fromkeys(("--no-colour", "--nocolor", "--no-ansi"), "--no-color"),
    **dict.fromkeys(("--refresh-only", "--refresh"), "`reconciler drift`; every plan reads afresh"),
    **dict.fromkeys(("--mock", "--offline", "--fake", "--sandbox"), "--emulate"),
    **dict.fromkeys(("--state-file", "--backend", "--backend-config"), "--state URL"),
    **dict.fromkeys(("--namespace", "-n", "--quiet", "-q", "--env", "-w", "--watch"), ""),
}
"""Options of other tools, and what does the same here; "" for nothing."""


class NoSuchCommand(click.UsageError):
    """An unknown command; `guess` says which one may have been meant, if any."""

    def __init__(self, name: str, ctx: click.Context, known: Iterable[str]) -> None:
        """Look for `name` among other tools' words, then for similar ones in `known`."""
        super().__init__(f"No such command {name!r}", ctx)
        foreign = COMMANDS.get(name) if ctx.parent is None else None
        self.guess = did_you_mean(name, known, most=3) if foreign is None else foreign
        self.guess = self.guess.replace("{name}", name)


def option_guess(wrong: str, argv: Sequence[str], context: click.Context) -> str:
    """Return what may have been meant by an option that the command does not have; or ""."""
    root = context.find_root()
    wrong = _as_typed(wrong, argv)
    own = _names(context.command)
    foreign = OPTIONS.get(wrong)
    if foreign is None and wrong.startswith("--"):
        near = did_you_mean(wrong, own)
        return near or _elsewhere(wrong, root)
    if foreign and foreign.startswith("-"):
        return _hint_for(foreign, own, root)
    return foreign or ""


def _as_typed(wrong: str, argv: Sequence[str]) -> str:
    """Return an option as it was typed: click takes `-auto-approve` for single letters."""
    if wrong.startswith("--"):
        return wrong
    long = [word.partition("=")[0] for word in argv if word.startswith(wrong) and len(word) > 3]
    return f"-{long[0]}" if long else wrong


def _names(command: click.Command) -> list[str]:
    options = (each for each in command.params if isinstance(each, click.Option))
    return [name for each in options for name in each.opts if name.startswith("--")]


def _hint_for(replacement: str, own: Sequence[str], root: click.Context) -> str:
    """Say to use an option of ours, or which commands have it if this one does not."""
    name = replacement.split(maxsplit=1)[0]
    if name in own or not name.startswith("--"):
        return f"use {replacement}"
    return _elsewhere(name, root)


def _elsewhere(name: str, root: click.Context) -> str:
    """Say which commands have an option; "" if none does."""
    group = root.command
    ours = group.list_commands(root) if isinstance(group, click.Group) else []
    having = [each for each in ours if name in _names_of(root, each)]
    if not having:
        return ""
    *first, last = (f"`reconciler {each}`" for each in having)
    return f"{name} belongs to {' and '.join(part for part in (', '.join(first), last) if part)}"


def _names_of(root: click.Context, name: str) -> list[str]:
    group = root.command
    command = group.get_command(root, name) if isinstance(group, click.Group) else None
    return [] if command is None else _names(command)
