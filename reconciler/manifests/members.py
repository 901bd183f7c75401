"""The numbers of a block list: from the manifest and from the files it names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reconciler.manifests.fault import Fault, raise_faults
from reconciler.manifests.lists.found import ListFile
from reconciler.manifests.lists.shelf import shelf_of
from reconciler.manifests.paths import check_path
from reconciler.manifests.schema.rules import PathField
from reconciler.model.numbers import NumberSet
from reconciler.model.origin import Origin
from reconciler.model.phone import phone_digits
from reconciler.model.resource import Configuration, Resource

_FIELD = PathField(path=("recipientsFrom", "*", "file"), mode="read")


class NamedList(NamedTuple):
    """A file that a manifest names, and what it holds."""

    entry: int
    """Its place in `recipientsFrom`."""
    name: str
    """As in the manifest."""
    file: ListFile


def members_of(resource: Resource, root: Path) -> NumberSet:
    """Return the numbers of a block list; `root` is the project's root.

    Raises `ManifestError` when lines of a file are no numbers, or a file cannot be read.
    """
    faults: list[Fault] = []
    numbers = NumberSet()
    recipients = resource.spec.get("recipients")
    if isinstance(recipients, list):
        numbers.add_many(phone_digits(str(number)) for number in recipients)
    for found in lists_of(resource, root, faults):
        numbers |= found.file.numbers
    raise_faults(faults)
    return numbers


def member_faults(configuration: Configuration) -> tuple[Fault, ...]:
    """Read all files of numbers, and return what is wrong with them."""
    faults: list[Fault] = []
    for resource in configuration.resources.values():
        if "recipientsFrom" in resource.spec:
            for _ in lists_of(resource, configuration.project.root, faults):
                pass
    return tuple(faults)


def lists_of(resource: Resource, root: Path, faults: list[Fault]) -> Iterator[NamedList]:
    """Yield the files that a block list names; what is wrong with them goes to `faults`."""
    sources = resource.spec.get("recipientsFrom")
    address = str(resource.address)
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        name = str(source.get("file", "")) if isinstance(source, dict) else ""
        column = str(source.get("column", "")) if isinstance(source, dict) else ""
        real = check_path(root, _FIELD, name)
        if isinstance(real, str):
            origin = resource.locate(("spec", "recipientsFrom", index, "file"))
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
