"""A proved import of which nothing is in place yet."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from reconciler.engine.importing.drafts import Draft
from reconciler.engine.importing.filing import Filed
from reconciler.engine.importing.reading import Observations
from reconciler.engine.importing.scope import ImportScope
from reconciler.engine.importing.selecting import Selected
from reconciler.model.address import Address
from reconciler.model.imported import Skipped
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Plan
from reconciler.model.resource import Configuration


class Prepared(Struct, frozen=True, kw_only=True):
    """Everything that is needed to land an import."""

    scope: ImportScope
    selected: Selected
    drafts: Mapping[Address, Draft]
    skipped: tuple[Skipped, ...]
    filed: Filed
    before: Plan
    """The plan of the existing manifests, without deletions."""
    seen: Observations
    configuration: Configuration
    """All manifests, the new ones included."""
    taken: Mapping[Address, LiveObject]
    """The objects to be owned: those of new manifests, and those that old ones describe exactly."""
    rows: Mapping[Address, OwnedObject]
    serial: int
    """The serial of the state that was read."""

    @property
    def has_work(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.filed.files or self.rows)
