"""Reads and writes copies of a state, and asks before one replaces the state."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from reconciler.age import (
    INSTALL,
    Changed,
    ExtraMissing,
    Locked,
    NoRecipient,
    decrypted,
    encrypted,
    is_encrypted,
    recipients_of,
)
from reconciler.cli import own_files
from reconciler.cli.settings import Settings
from reconciler.errors import (
    NotApproved,
    ReconcilerError,
    StateCorrupt,
    StateLockedKey,
    UsageError,
)
from reconciler.manifests.project import find_root
from reconciler.state.content import LARGEST, Content, is_ours, of_file
from reconciler.state.files.layout import DEFAULT, FOLDER, Layout, make_home, replace_private
from reconciler.state.seal import Keyring

_FEWEST = 6
"""The number of digits of a lineage that are enough to name it."""


def check_place(path: Path, ours: Callable[[str], bool]) -> None:
    """Refuse a path where a copy cannot be written; changes nothing, raises `UsageError`."""
    manifests = own_files.manifest_folders()
    own_files.check_place(path, ours, manifests, cannot="the copy cannot be written to")


def default_backup(settings: Settings, content: Content) -> Path:
    """Return the path of a backup for which no file was named; makes its folder."""
    layout = Layout(find_root((), Path.cwd()) / FOLDER / DEFAULT)
    make_home(layout)
    whose = settings.environment or "default"
    return layout.home / f"state-{whose}-{content.serial}.copy"


def write_copy(path: Path, data: bytes) -> None:
    """Write a copy in one step, readable by its owner alone; raises `ReconcilerError`."""
    try:
        replace_private(path, data)
    except OSError as error:
        raise ReconcilerError(f"{path} could not be written: {error.strerror}") from error


def is_backup(text: str) -> bool:
    """Tell whether the text of a file is a copy of a state, or something that age encrypted."""
    return is_ours(text) or is_encrypted(text.encode("utf-8", "surrogateescape"))


def encrypted_copy(data: bytes, recipients: Sequence[str]) -> bytes:
    """Encrypt a copy to the recipients of the state; raises `UsageError`."""
    try:
        return encrypted(data, recipients_of(recipients))
    except ExtraMissing:
        raise UsageError("the copy cannot be encrypted here", hint=INSTALL) from None
    except NoRecipient as error:
        raise UsageError(str(error), hint=error.hint) from None


def _opened(data: bytes, path: Path) -> bytes:
    if not is_encrypted(data):
        return data
    try:
        return decrypted(data)
    except Locked as error:
        raise StateLockedKey(f"{path} is encrypted{error}", hint=error.hint) from None
    except Changed:
        raise StateCorrupt(f"{path} was changed after it was encrypted") from None


def read_copy(path: Path) -> tuple[Content, Keyring | None]:
    """Read a copy.

    Raises:
        UsageError: It is no regular file, too large, or cannot be read.
        StateCorrupt: It is not a copy of a state, or was changed.
        StateLockedKey: It is encrypted, and no key here opens it.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"{path} is no regular file")
        if found.st_size > LARGEST:
            raise UsageError(f"{path} is larger than any copy of a state")
        return of_file(_opened(path.read_bytes(), path), str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def approve_restoring(
    settings: Settings, content: Content, *, given: str, auto_approve: bool
) -> None:
    """Require that the user names the state's lineage: at the prompt, or as `given` by `--lineage`.

    Raises:
        UsageError: Nobody can be asked, or `given` names another lineage.
        NotApproved: The answer is not the lineage.
    """
    if given and (len(given) < _FEWEST or not content.lineage.startswith(given)):
        raise UsageError(
            f"--lineage {given} does not name this copy, whose lineage is {content.lineage[:12]}",
            hint=f"Give {_FEWEST} digits or more.",
        )
    if given and auto_approve:
        return
    if auto_approve or settings.json or not settings.out.interactive:
        raise UsageError(
            "restoring wants the lineage of the state",
            hint=f"Add --lineage {content.lineage[:12]} --auto-approve, or use a terminal.",
        )
    bold = settings.out.note_style.bold
    settings.out.ask(
        f"\n{bold('Put this copy in the place of the state?')} Its lineage is "
        f"{content.lineage[:12]}; type {_FEWEST} digits of it or more.\n{bold('Answer:')} "
    )
    with settings.interrupts.immediate():
        answer = sys.stdin.readline().strip().lower()
    if len(answer) < _FEWEST or not content.lineage.startswith(answer):
        raise NotApproved("not approved; nothing was changed")
