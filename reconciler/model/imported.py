"""What an import did, or would do: a value that is shown to people and programs."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reconciler.model.address import Address
from reconciler.model.finding import Finding


class SkipReason(StrEnum):
    """Why a live object was not imported. Programs take words that they do not know for others."""

    STATE = "state"
    """State owns it."""
    MANIFEST = "manifest"
    """A manifest has its identity already."""
    TWIN = "twin"
    """Several live objects have its identity, which no manifest could tell apart."""
    UNIDENTIFIED = "unidentified"
    """What it lies in is not there, so nothing tells it from others."""
    SECRET = "secret"  # noqa: S105 -- no secret, a word for one
    """A manifest must say where its secret goes."""
    UNFIT = "unfit"
    """A field that every manifest has cannot be read, or holds what no manifest may."""
    UNMANAGEABLE = "unmanageable"
    """The provider has it, and no manifest can manage it."""


class ImportedObject(Struct, frozen=True, kw_only=True):
    """A live object with its new manifest."""

    address: Address
    id: str
    file: str
    """Its manifest's file, relative to the project's root."""
    left_out: tuple[str, ...] = ()
    """The fields that are not managed: they cannot be read, or nobody asked for them."""


class TakenOver(Struct, frozen=True, kw_only=True):
    """A live object that a manifest describes exactly, and that state owns from now on."""

    address: Address
    id: str


class Skipped(Struct, frozen=True, kw_only=True):
    """A live object that was left alone."""

    provider: str
    kind: str
    id: str
    name: str
    """For people; masked where it may be a person's number."""
    reason: SkipReason
    why: str
    """In words."""
    address: Address | None = None
    """Whose it is, where it is somebody's."""


class NotRead(Struct, frozen=True, kw_only=True):
    """A kind of an account that was not read."""

    provider: str
    kind: str


class WrittenFile(Struct, frozen=True, kw_only=True):
    """A file that was written."""

    path: str
    """Relative to the project's root."""
    documents: int
    """How many manifests it got; none for a list of numbers."""
    appended: bool = False
    """It was there before; what it held is as it was."""
    changed_before: bool = False
    """It had changes that are not committed to Git."""


class Afterwards(Struct, frozen=True, kw_only=True):
    """What a plan right after says."""

    changes: int
    """Changes that the plan before had as well: none of them by the import."""
    blocked: int
    """As of changes."""
    to_adopt: int = 0
    """What the next apply takes over without a change, where state was not to be written."""


class ImportReport(Struct, frozen=True, kw_only=True):
    """One import."""

    imported: tuple[ImportedObject, ...] = ()
    taken_over: tuple[TakenOver, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unlistable: tuple[NotRead, ...] = ()
    """No request lists their objects."""
    files: tuple[WrittenFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    withheld: tuple[NotRead, ...] = ()
    """Kinds whose objects are people, which nobody asked for: they were not even read."""
    afterwards: Afterwards | None = None
    """`None` where nothing was written: of a preview."""
