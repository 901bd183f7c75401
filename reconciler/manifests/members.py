"""Returns the members of a set, such as a block list's numbers: from its manifest and files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler.manifests.fault import Fault, raise_faults
from reconciler.manifests.lists.found import ListFile
from reconciler.manifests.lists.shelf import shelf_of
from reconciler.manifests.paths import check_path
from reconciler.manifests.schema.rules import EACH, PathField
from reconciler.model.members import Members
from reconciler.model.numbers import NumberSet
from reconciler.model.origin import Origin
from reconciler.model.resource import Configuration, Resource

MembersOf = Callable[[Resource], Members | None]
"""Returns how a resource's kind writes its members; `None` for kinds that are not sets."""


class NamedList(NamedTuple):
    """A file of numbers that a manifest names, and its content."""

    entry: int
    """Its index in the manifest's list of files."""
    name: str
    """As in the manifest."""
    file: ListFile


def members_of(resource: Resource, members: Members, root: Path) -> NumberSet:
    """Return the members of a set; `root` is the project's root.

    Raises:
        ManifestError: Lines of a file are not numbers, or a file cannot be read.
    """
    faults: list[Fault] = []
    listed = resource.spec.get(members.listed)
    numbers = members.written(map(str, listed) if isinstance(listed, list) else ())
    for found in lists_of(resource, members, root, faults):
        numbers |= found.file.numbers
    raise_faults(faults)
    return numbers


def member_faults(configuration: Configuration, kinds: MembersOf) -> tuple[Fault, ...]:
    """Read all files of members, and return what is wrong with them."""
    faults: list[Fault] = []
    for resource in configuration.resources.values():
        members = kinds(resource)
        if members is not None:
            for _ in lists_of(resource, members, configuration.project.root, faults):
                pass
    return tuple(faults)


def lists_of(
    resource: Resource, members: Members, root: Path, faults: list[Fault]
) -> Iterator[NamedList]:
    """Read and yield the files that a set names; what is wrong with them goes to `faults`."""
    sources = resource.spec.get(members.files) if members.files else None
    field = PathField(path=(members.files, EACH, "file"), mode="read")
    address = str(resource.address)
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        name = str(source.get("file", "")) if isinstance(source, dict) else ""
        column = str(source.get("column", "")) if isinstance(source, dict) else ""
        real = check_path(root, field, name)
        if isinstance(real, str):
            origin = resource.locate(("spec", members.files, index, "file"))
            faults.append(Fault(origin=origin, address=address, message=f"the path {real}"))
            continue
        file = shelf_of(root).file(real.real, column)
        faults.extend(
            Fault(
                origin=Origin(os.path.normpath(name), note.line),
                address=address,
                message=note.message,
                hint=note.hint,
            )
            for note in file.faults
        )
        yield NamedList(index, name, file)
