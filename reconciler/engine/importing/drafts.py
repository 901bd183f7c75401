"""What stands between a live object and its manifest."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.engine.importing.selecting import Candidate
from reconciler.manifests.writing.yaml_text import Value
from reconciler.model.address import Address
from reconciler.model.numbers import NumberSet


class Draft(Struct, frozen=True, kw_only=True):
    """One manifest that is to be written."""

    address: Address
    candidate: Candidate
    spec: Mapping[str, Value | list[Value]]
    comments: tuple[str, ...]
    left_out: tuple[str, ...]
    above: Address | None = None
    """The resource of the same kind that it lies in: it stands before this one."""
    list_file: str = ""
    """The file of its members, relative to the folder of the import; empty for none."""
    members: NumberSet | None = None
    """What that file holds."""

    @property
    def holds_numbers(self) -> bool:
        """Tell whether its manifest itself holds numbers of people."""
        kind = self.candidate.kind
        written = bool(kind.set_fields & self.spec.keys())
        return kind.is_personal or (written and bool(self.candidate.live.members))
