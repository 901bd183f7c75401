"""The old spellings that the command line still accepts: of flags, and of values of flags.

The command line uses this table, `reconciler deprecations` prints it, and a test compares it with
the changelog. Fields of manifests are deprecated in their schemas: `deprecated: true`, and
`x-replacedBy` with the name to write instead.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct

FAIL = "RECONCILER_FAIL_ON_DEPRECATION"
"""The environment variable with which CI refuses deprecated spellings."""
KEPT = timedelta(days=183)
"""How long an old spelling stays after its deprecation; two minor versions at least."""


class Deprecation(Struct, frozen=True, kw_only=True):
    """An old spelling on the command line."""

    name: str
    """A flag, `--colour`, or a flag with a value, `--report junit-xml`."""
    replaced_by: str
    """What to write instead, in the same form."""
    since: str
    """The version that deprecated it."""
    day: date
    """The date of that version's release."""

    @property
    def kept_until(self) -> date:
        """The first day on which the old spelling may be gone."""
        return self.day + KEPT


DEPRECATIONS: tuple[Deprecation, ...] = ()


def are_refused(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this run is to fail if it uses anything deprecated."""
    return environ.get(FAIL, "") not in {"", "0"}
