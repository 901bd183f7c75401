"""Checks where manifests have secrets delivered: never into a file that the project reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler.manifests.document import Document
from reconciler.manifests.fault import Fault
from reconciler.manifests.files import PROJECT_FILE, SUFFIXES, inside
from reconciler.manifests.text.positions import Path as ValuePath

_HINT = "name a file of its own, such as secrets/mail-key"


class NamedSink(NamedTuple):
    """A file into which a manifest has a secret delivered."""

    real: str
    """The absolute path, symlinks followed."""
    document: Document
    where: ValuePath
    """The steps from `spec` to the field that names it."""
    address: str


class ProjectFiles(NamedTuple):
    """The files that a project reads: a secret delivered there would destroy them.

    All paths are absolute, symlinks followed.
    """

    root: str
    manifests: Collection[str]
    """The manifest files of this run."""
    places: Collection[str]
    """The files and folders in which the project looks for manifests."""
    named: Collection[str]
    """The files that manifests name: lists, attachments, credentials."""

    def fault(self) -> Callable[[str], str]:
        """Return a function from a path to why no secret may be written there; "" if it may."""
        manifests = {path.casefold() for path in self.manifests}
        named = {path.casefold() for path in self.named}
        project = str(Path(self.root, PROJECT_FILE)).casefold()

        def reason(path: str) -> str:
            folded = path.casefold()
            if folded == project:
                return "is the project file"
            if folded in manifests:
                return "is a manifest"
            if folded in named:
                return "is a file that a manifest reads"
            if self._would_be_found(path):
                return f"would be read as a manifest, as its name ends in {Path(path).suffix}"
            return ""

        return reason

    def _would_be_found(self, path: str) -> bool:
        below = Path(os.path.relpath(path, self.root)).parts
        hidden = any(part.startswith(".") for part in below)
        suffix = path.casefold().endswith(SUFFIXES)
        return suffix and not hidden and any(inside(path, place) for place in self.places)


def sink_faults(sinks: Iterable[NamedSink], files: ProjectFiles) -> Iterator[Fault]:
    """Yield a fault for every sink that is a file of the project."""
    reason_of = files.fault()
    for sink in sinks:
        if reason := reason_of(sink.real):
            yield Fault(
                origin=sink.document.locator(("spec", *sink.where)),
                address=sink.address,
                message=f"the secret would be written over {_shown(sink.real, files.root)}, which "
                f"{reason}",
                hint=_HINT,
            )


def _shown(path: str, root: str) -> str:
    return os.path.relpath(path, root)
