"""Writes zones as files of other tools, or prints them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.cli.output import Output
from reconciler.cli.own_files import check_place, manifest_folders, replace_file
from reconciler.dns.formats.export import Format, is_ours
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model.on_disk import is_folder
from reconciler.model.zones import Zone


def check_folder(folder: Path) -> None:
    """Refuse a folder that does not exist or cannot be written to; raises `UsageError`."""
    if not is_folder(folder) or folder.is_symlink() or not os.access(folder, os.W_OK):
        raise UsageError(
            f"--out {folder} is no folder, or nothing can be made in it",
            hint="Make the folder first; symlinks are not followed.",
        )


def files_of(zones: Sequence[Zone], form: Format) -> Mapping[str, str]:
    """Return files by name; raises `ReconcilerError` where the format cannot hold a zone."""
    try:
        return form.files(zones)
    except ValueError as error:
        raise ReconcilerError(str(error)) from None


def check_files(folder: Path, names: Sequence[str]) -> None:
    """Refuse files that would replace foreign ones; changes nothing. Raises `UsageError`."""
    manifests = manifest_folders()
    for name in names:
        check_place(
            folder / name,
            is_ours,
            manifests,
            cannot="a zone cannot be written to",
            hint="Choose a folder for these files, outside of what spec.manifests names.",
        )


def write(folder: Path, files: Mapping[str, str], out: Output) -> None:
    """Write all files, with a note on each."""
    check_files(folder, list(files))
    for name, text in files.items():
        try:
            replace_file(folder / name, text.encode())
        except OSError as error:
            raise ReconcilerError(
                f"{folder / name} could not be written: {error.strerror}"
            ) from None
        out.note(out.note_style.clean(f"written: {folder / name}"))


def show(files: Mapping[str, str], out: Output) -> None:
    """Print all files, with a blank line between them; the head of each names its zone."""
    out.raw("\n".join(files.values()))
