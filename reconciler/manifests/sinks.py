"""Sinks that manifests name: none may be a file that the project itself is made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler.manifests.fault import Fault
from reconciler.manifests.files import PROJECT_FILE, SUFFIXES, inside
from reconciler.manifests.text.document import Document
from reconciler.manifests.text.positions import Path as ValuePath

_HINT = "name a file of its own, such as secrets/mail-key"


class NamedSink(NamedTuple):
    """A place where a manifest has a secret delivered."""

    real: str
    """Absolute, symlinks followed."""
    document: Document
    where: ValuePath
    """From `spec` on."""
    address: str


class ProjectFiles(NamedTuple):
    """The files that a project reads: a secret delivered there would destroy them."""

    root: str
    manifests: Collection[str]
    """Those read now."""
    places: Collection[str]
    """Where the project looks for manifests."""
    named: Collection[str]
    """What manifests name: lists, attachments, credentials."""

    def fault(self) -> Callable[[str], str]:
        """Return a function from a path to what is wrong with delivering there, "" if nothing."""
        manifests = {path.casefold() for path in self.manifests}
        named = {path.casefold() for path in self.named}
        project = str(Path(self.root, PROJECT_FILE)).casefold()

        def what(path: str) -> str:
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

        return what

    def _would_be_found(self, path: str) -> bool:
        below = Path(os.path.relpath(path, self.root)).parts
        hidden = any(part.startswith(".") for part in below)
        suffix = path.casefold().endswith(SUFFIXES)
        return suffix and not hidden and any(inside(path, place) for place in self.places)


def sink_faults(sinks: Iterable[NamedSink], files: ProjectFiles) -> Iterator[Fault]:
    """Yield a fault for every sink that is a file of the project."""
    fault_of = files.fault()
    for sink in sinks:
        if what := fault_of(sink.real):
            yield Fault(
                origin=sink.document.locator(("spec", *sink.where)),
                address=sink.address,
                message=f"the secret would be written over {_shown(sink.real, files.root)}, which "
                f"{what}",
                hint=_HINT,
            )


def _shown(path: str, root: str) -> str:
    return os.path.relpath(path, root)
