"""Reads, writes and removes the files of saved plans."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from reconciler.age import HEADER, is_encrypted
from reconciler.cli.own_files import check_place, manifest_folders, replace_file
from reconciler.cli.saved_plans.encryption import decrypted, encrypted
from reconciler.errors import PlanDamaged, ReconcilerError, UsageError
from reconciler.manifests.files import open_regular
from reconciler.manifests.text.common import UnreadableError
from reconciler.model.saved_plan import SavedPlan
from reconciler.render.plans.saved_plans import LARGEST, is_saved, read_saved


def place_at(text: str) -> Path:
    """Return the path for a plan that is to be saved; raises `UsageError` for an unfit one."""
    if text == "-":
        raise UsageError(
            "a plan is saved in a file, not on stdout",
            hint="`--output json` writes the plan to stdout; --out FILE saves one to apply.",
        )
    if text.endswith(("/", os.sep)):
        raise UsageError(f"{text} is a folder", hint="Name the file: --out FILE.")
    path = Path(text)
    check_place(path, _is_ours, manifest_folders(), cannot="the plan cannot be saved in")
    return path


def _is_ours(text: str) -> bool:
    data = text.encode("utf-8", "surrogateescape")
    return is_encrypted(data) or is_saved(data)


def write(path: Path, text: str, recipients: Sequence[Any]) -> None:
    """Write a plan, encrypted to its recipients if there are any; raises `ReconcilerError`."""
    data = text.encode()
    try:
        replace_file(path, encrypted(data, recipients) if recipients else data, mode=0o600)
    except OSError as error:
        raise ReconcilerError(
            f"the plan could not be saved in {path}: {error.strerror}",
            hint="Make room, or name another --out.",
        ) from error


def remove(path: Path) -> None:
    """Remove an older saved plan, so that nobody applies it by mistake."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def read(text: str) -> SavedPlan:
    """Read a saved plan; its signature is not checked here.

    Raises:
        UsageError: The file cannot be read.
        PlanDamaged: It is not a saved plan.
        PlanLocked: It is encrypted, and no identity here opens it.
    """
    data = _data(text)
    return read_saved(decrypted(data) if is_encrypted(data[: len(HEADER)]) else data)


def _data(text: str) -> bytes:
    try:
        with os.fdopen(open_regular(text), "rb") as file:
            data = file.read(LARGEST + 1)
    except UnreadableError:
        raise PlanDamaged(f"{text} is no saved plan: it is no regular file") from None
    except OSError as error:
        raise UsageError(
            f"the plan {text} cannot be read: {error.strerror}",
            hint="Name the file that `reconciler plan --out FILE` wrote.",
        ) from error
    if len(data) > LARGEST:
        raise PlanDamaged(f"{text} is no saved plan: it has more than {LARGEST >> 20} MiB")
    return data
