"""What import reports: what it did or would do, for people and programs."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.finding import Finding


class SkipReason(StrEnum):
    """Why a live object was not imported. More reasons may be added."""

    STATE = "state"
    """State owns it."""
    MANIFEST = "manifest"
    """A manifest has its identity already."""
    TWIN = "twin"
    """Several live objects have its identity, which no manifest could tell apart."""
    UNIDENTIFIED = "unidentified"
    """Nothing tells it from others: its parent does not exist, or only its id identifies it."""
    SECRET = "secret"  # noqa: S105 -- no secret, a word for one
    """A manifest must say where its secret goes."""
    UNFIT = "unfit"
    """A required field cannot be read, or its value is not allowed in a manifest."""
    UNMANAGEABLE = "unmanageable"
    """No manifest can manage it."""


class ImportedObject(Struct, frozen=True, kw_only=True):
    """A live object with its new manifest."""

    address: Address
    id: str
    file: str
    """The file of the manifest, relative to the project's root."""
    left_out: tuple[str, ...] = ()
    """The fields that are not managed: they cannot be read, or were not asked for."""


class TakenOver(Struct, frozen=True, kw_only=True):
    """A live object that an existing manifest describes exactly and that state now owns."""

    address: Address
    id: str


class Skipped(Struct, frozen=True, kw_only=True):
    """A live object that was not imported."""

    provider: str
    kind: str
    id: str
    name: str
    """For people; masked if it may be a person's number."""
    reason: SkipReason
    why: str
    """The reason in words."""
    address: Address | None = None
    """The address that it belongs to, if it belongs to one."""


class NotRead(Struct, frozen=True, kw_only=True):
    """A kind of an account that was not read."""

    provider: str
    kind: str


class WrittenFile(Struct, frozen=True, kw_only=True):
    """A file that was written."""

    path: str
    """Relative to the project's root."""
    documents: int
    """How many manifests were written to it; 0 for a list of numbers."""
    appended: bool = False
    """It existed before, and its former content is unchanged."""
    changed_before: bool = False
    """It already had changes that are not committed to Git."""


class Afterwards(Struct, frozen=True, kw_only=True):
    """The plan right after an import, in numbers."""

    changes: int
    """Changes that the plan before had as well: the import causes none."""
    blocked: int
    """Blocked addresses, as before."""
    to_adopt: int = 0
    """Imported objects that the next apply adopts, if the import did not write them to state."""


class ImportReport(Struct, frozen=True, kw_only=True):
    """One import."""

    imported: tuple[ImportedObject, ...] = ()
    taken_over: tuple[TakenOver, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unlistable: tuple[NotRead, ...] = ()
    """Kinds that were not read, since no request lists their objects."""
    files: tuple[WrittenFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    withheld: tuple[NotRead, ...] = ()
    """Kinds that were not read, since their objects are people and they were not asked for."""
    afterwards: Afterwards | None = None
    """`None` for a preview, which writes nothing."""
