"""What is still accepted and has a better name: flags, and words that a flag takes.

One table. The command line goes by it, `reconciler deprecations` prints it, and a test holds it
against the changelog. Fields of manifests are deprecated in their schemas: `deprecated: true`, and
`x-replacedBy` with the name to write instead.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct

FAIL = "RECONCILER_FAIL_ON_DEPRECATION"
"""The variable with which CI refuses what is deprecated."""
KEPT = timedelta(days=183)
"""How long a flag or a word stays after its deprecation, and two minor versions at least."""


class Deprecation(Struct, frozen=True, kw_only=True):
    """An old spelling on the command line."""

    name: str
    """A flag, `--colour`; or a flag and a word that it takes, `--report junit-xml`."""
    replaced_by: str
    """What to write instead, in the same form."""
    since: str
    """The version that deprecated it."""
    day: date
    """When that was released."""

    @property
    def kept_until(self) -> date:
        """The first day on which it may be gone."""
        return self.day + KEPT


DEPRECATIONS: tuple[Deprecation, ...] = ()


def are_refused(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this run is to fail where anything deprecated is used."""
    return environ.get(FAIL, "") not in {"", "0"}
