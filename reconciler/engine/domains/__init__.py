"""Sender domains and their DNS records, as state and the providers know them.

| module | does |
|---|---|
| `needed` | returns the records that state remembers, and the domains of which it knows none |
| `asking` | has providers look at DNS, and remembers what they say |
"""

from reconciler.engine.domains.asking import PAUSE, ask
from reconciler.engine.domains.needed import Needed, needed_records

__all__ = ["PAUSE", "Needed", "ask", "needed_records"]
