"""Sender domains and their DNS records, as state and the providers know them.

| module | does |
|---|---|
| `needed` | returns the records that state remembers, and the domains without known records |
| `verification` | asks providers to check DNS, and stores what they answer |
"""

from reconciler.engine.domains.needed import Needed, needed_records
from reconciler.engine.domains.verification import PAUSE, ask

__all__ = ["PAUSE", "Needed", "ask", "needed_records"]
