"""Spells names and our statements for PostgreSQL."""

from __future__ import annotations

import re
from functools import cache

from reconciler.state.database.dialect import POSTGRES


def quoted(name: str) -> str:
    """Return a name in quotes, for statements."""
    return '"' + name.replace('"', '""') + '"'


@cache
def spelled(statement: str, schema: str) -> str:
    """Return one of our statements with PostgreSQL's placeholders, and tables with their schema."""
    named = re.sub(r"\b(FROM|INTO|UPDATE) (?=[a-z])", rf"\1 {schema}.", statement)
    return POSTGRES.spelled(named)
