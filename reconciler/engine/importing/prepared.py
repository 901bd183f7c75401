"""An import that is proved, and of which nothing is in place yet."""

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
    """Everything that landing needs."""

    scope: ImportScope
    selected: Selected
    drafts: Mapping[Address, Draft]
    skipped: tuple[Skipped, ...]
    filed: Filed
    before: Plan
    """The plan of the manifests that there are, without their deletions."""
    seen: Observations
    configuration: Configuration
    """What all manifests say, the new ones included."""
    taken: Mapping[Address, LiveObject]
    """What is owned from now on: by new manifests, and by those that were there."""
    rows: Mapping[Address, OwnedObject]
    serial: int
    """Of the state that was looked at."""

    @property
    def has_work(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.filed.files or self.rows)
