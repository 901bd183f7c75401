"""`state pull`, `push`, `backup` and `restore`: make and restore copies of a whole state."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click
import orjson

from reconciler.cli.app import subcommand
from reconciler.cli.commands.state.group import command, locked, say
from reconciler.cli.opening.copies import (
    approve_restoring,
    check_place,
    default_backup,
    encrypted_copy,
    is_backup,
    read_copy,
    write_copy,
)
from reconciler.cli.opening.stores import (
    opened_project_store,
    opened_with_seed,
    project_and_environment,
)
from reconciler.cli.parameters.options import lock_timeout_option, one_key_option
from reconciler.cli.settings import Settings
from reconciler.errors import UsageError
from reconciler.render.commands.stores import copied_text, difference_text
from reconciler.state import moving
from reconciler.state.content import Content, is_ours, to_file
from reconciler.state.keys import given_key
from reconciler.state.seal import Keyring


@subcommand(
    command,
    "pull",
    examples=(
        ("reconciler state pull --out state.copy", "A copy to look at, or to push elsewhere."),
        ("reconciler state pull | jq .serial", "For scripts."),
    ),
)
@click.option("--out", metavar="FILE", type=Path, help="Write it there, not to the output.")
@click.option("--with-sealed", is_flag=True, help="With secrets that wait for their sinks, sealed.")
def pull(settings: Settings, out: Path | None, with_sealed: bool) -> int:
    """Copy the whole state to a JSON document.

    It holds no key and no secret in clear. What is personal in it stays sealed.
    """
    if out is not None:
        check_place(out, is_ours)
    from reconciler.state.database.copying import without_sealed

    with opened_project_store(settings) as store:
        content = store.copied()
    data = to_file(content if with_sealed else without_sealed(content))
    if out is None:
        settings.out.document(orjson.loads(data))
        return 0
    write_copy(out, data)
    say(settings, copied_text(content, out))
    return 0


@subcommand(
    command,
    "backup",
    examples=(("reconciler state backup --out before-the-move.copy", "Before something risky."),),
)
@click.option("--out", metavar="FILE", type=Path, help="Where to; else below .reconciler.")
def backup(settings: Settings, out: Path | None) -> int:
    """Copy the whole state to a file from which it can be restored.

    Unlike what `state pull` writes, it holds sealed secrets and the key that opens them (but for
    one that RECONCILER_STATE_KEY gives): keep it as you keep secrets. It is encrypted to the
    recipients of spec.stateEncryption, where there are any.
    """
    if out is not None:
        check_place(out, is_backup)
    recipients = project_and_environment(settings)[0].state_recipients
    with opened_project_store(settings) as store:
        content = store.copied()
        keyring = _backup_key(store.key())
    path = default_backup(settings, content) if out is None else out
    check_place(path, is_backup)
    data = to_file(content, keyring=keyring)
    write_copy(path, encrypted_copy(data, recipients) if recipients else data)
    key = _key_remark(keyring, encrypted=bool(recipients))
    say(settings, f"{copied_text(content, path)} {key}")
    return 0


def _key_remark(keyring: Keyring | None, *, encrypted: bool) -> str:
    if keyring is None:
        return "It needs the key that RECONCILER_STATE_KEY gives, which is not in it."
    if encrypted:
        return "It holds the state's key, and only the recipients can read it."
    return "It holds the state's key: keep it like a secret."


def _backup_key(keyring: Keyring) -> Keyring | None:
    """Return the key that a backup holds: none where an environment variable has it anyway."""
    given = given_key(os.environ)
    return None if given is not None and given.id == keyring.id else keyring


@subcommand(
    command,
    "push",
    examples=(("reconciler state push state.copy", "Put a newer copy in the state's place."),),
)
@click.argument("file", metavar="COPY", type=Path)
@click.option("--force", is_flag=True, help="Also a copy that is not newer.")
@lock_timeout_option
def push(settings: Settings, file: Path, force: bool) -> int:
    """Put a copy of this state in its place, if it is newer.

    Refused for a copy of another state (lineage), for one that is not newer (serial) and for one
    that was changed by hand. Runs and events stay told.
    """
    content, _ = read_copy(file)
    serial = locked(settings, "state push", partial(moving.push, content=content, force=force))
    say(settings, f"The state is that of {file} now, as serial {serial}.")
    return 0


@subcommand(
    command,
    "restore",
    examples=(
        ("reconciler state restore before-the-move.copy", "Shows what differs, and asks."),
        (
            "reconciler state restore COPY --lineage 3f9a1c --auto-approve",
            "Without a terminal.",
        ),
        ("reconciler state restore --serial 41", "In an object store: back to a snapshot."),
    ),
)
@click.argument("file", metavar="[COPY]", type=Path, required=False)
@click.option(
    "--serial",
    type=click.IntRange(min=0),
    metavar="N",
    help="Go back to this snapshot; `state history --snapshots` lists them.",
)
@click.option("--lineage", metavar="PREFIX", default="", help="Whose it is: six digits or more.")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@one_key_option
@lock_timeout_option
def restore(
    settings: Settings, file: Path | None, serial: int | None, lineage: str, auto_approve: bool
) -> int:
    """Go back to a backup, or make a lost state from one.

    Nothing changes at any provider: what was made since then is not known any more, and the next
    plan shows it. Asks for the state's lineage, unless it is given. An object store also keeps
    snapshots: --serial N goes back to one. That is a step forward in history, and takes nothing out
    of it.
    """
    if file is not None and serial is None:
        return _restore_file(settings, file, lineage, auto_approve=auto_approve)
    if serial is None or file is not None:
        raise UsageError(
            "state restore needs one of a copy and --serial N",
            hint="`reconciler state history --snapshots` lists serials of an object store.",
        )
    with opened_project_store(settings) as store:
        content = store.copied_at(serial)
        style = settings.out.note_style
        settings.out.note(difference_text(store.copied(), content, style, what="snapshot"))
    approve_restoring(settings, content, given=lineage, auto_approve=auto_approve)
    return _go_back(settings, content, f"of serial {serial}")


def _restore_file(settings: Settings, file: Path, lineage: str, *, auto_approve: bool) -> int:
    content, keyring = read_copy(file)
    with opened_project_store(settings) as store:
        there_is_one = bool(store.lineage)
        if there_is_one:
            moving.check_lineage(store, content)
            settings.out.note(difference_text(store.copied(), content, settings.out.note_style))
    approve_restoring(settings, content, given=lineage, auto_approve=auto_approve)
    if there_is_one:
        return _go_back(settings, content, f"of {file}")
    with opened_with_seed(settings, content, keyring) as store:
        serial = store.serial
    return _say_restored(settings, f"of {file}", serial)


def _go_back(settings: Settings, content: Content, whose: str) -> int:
    serial = locked(settings, "state restore", partial(moving.restore, content=content))
    return _say_restored(settings, whose, serial)


def _say_restored(settings: Settings, whose: str, serial: int) -> int:
    say(settings, f"The state is that {whose} now, as serial {serial}. Plan before you apply.")
    return 0
