"""Names, and statements of ours, as PostgreSQL reads them."""

from __future__ import annotations

import re
from functools import cache

from reconciler.state.database.dialect import POSTGRES


def quoted(name: str) -> str:
    """Return a name as it stands in statements."""
    return '"' + name.replace('"', '""') + '"'


@cache
def spelled(statement: str, schema: str) -> str:
    """Return a statement of ours as PostgreSQL reads it, its tables named with their schema."""
    named = re.sub(r"\b(FROM|INTO|UPDATE) (?=[a-z])", rf"\1 {schema}.", statement)
    return POSTGRES.spelled(named)
