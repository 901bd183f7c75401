"""A manifest that is to be written, as a value."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.engine.importing.selecting import Candidate
from reconciler.manifests.writing.yaml_text import Value
from reconciler.model.address import Address
from reconciler.model.numbers import NumberSet


class Draft(Struct, frozen=True, kw_only=True):
    """The manifest to be written for one live object."""

    address: Address
    candidate: Candidate
    spec: Mapping[str, Value | list[Value]]
    comments: tuple[str, ...]
    left_out: tuple[str, ...]
    """The fields that the manifest does not have although the object may."""
    above: Address | None = None
    """The parent resource of the same kind, whose manifest comes before this one."""
    list_file: str = ""
    """The file of its members, relative to the folder of the import; empty for none."""
    members: NumberSet | None = None
    """The content of that file."""

    @property
    def holds_numbers(self) -> bool:
        """Tell whether the manifest itself, not a file of members, holds numbers of people."""
        kind = self.candidate.kind
        written = bool(kind.set_fields & self.spec.keys())
        return kind.is_personal or (written and bool(self.candidate.live.members))
