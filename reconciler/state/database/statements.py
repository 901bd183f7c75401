"""The SQL statements on the state database, besides those that every table has (see `tables`).

SQLite and PostgreSQL run the same statements; `?` stands for a value.
"""

from __future__ import annotations

from reconciler.state.database.tables import ACKNOWLEDGED, EVENTS, JOURNAL, PENDING, RUNS

# --- rows ---

RECENT_RUNS = RUNS.query("ORDER BY epoch DESC LIMIT ?")
UNENDED_RUNS = RUNS.query("WHERE ended_at IS NULL ORDER BY epoch")

BATCHES_OF = ACKNOWLEDGED.query("WHERE address = ? ORDER BY id")

PENDING_IN_ORDER = PENDING.query("ORDER BY opened")
PENDING_BETWEEN = PENDING.query("WHERE started_at > ? AND started_at <= ? ORDER BY opened DESC")

RECENT_JOURNAL = JOURNAL.query("ORDER BY opened DESC LIMIT ?")
CLOSED = JOURNAL.lookup("op_id")
JOURNAL_BETWEEN = JOURNAL.query("WHERE started_at > ? AND started_at <= ? ORDER BY opened DESC")

EVENTS_SINCE = EVENTS.query("WHERE seq >= ? ORDER BY seq")

# --- single values ---

FENCE = "SELECT epoch, seq FROM state WHERE id = 1"
LINEAGE = "SELECT lineage FROM state WHERE id = 1"
LAST_BATCH = "SELECT MAX(id) FROM acknowledged"
ADDRESSES_WITH_BATCHES = "SELECT DISTINCT address FROM acknowledged"
COUNT_SEALED = "SELECT COUNT(*) FROM pending WHERE sealed IS NOT NULL"
JOURNAL_BEYOND = (
    "SELECT opened FROM journal"
    " WHERE opened <= (SELECT opened FROM journal ORDER BY opened DESC LIMIT 1 OFFSET ?)"
)
"""All but the newest `?` entries."""
