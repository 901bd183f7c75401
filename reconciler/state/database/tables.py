"""The tables of the state database, in SQLAlchemy Core.

| table | holds |
|---|---|
| `state` | one row: lineage, epoch (the fence), serial, head of the chain, sums of the tables |
| `runs` | every run that ever held the lock |
| `objects` | what we own |
| `members`, `acknowledged` | what we added to sets, and batches of it that are not merged in yet |
| `pending` | intents that are not closed; the only place of sealed secrets |
| `journal` | closed intents, for people |
| `canaries` | canaries of the last 90 days, without recipients |
| `watches`, `accounts` | addresses to look for twins of; the account of each provider name |
| `events` | append-only; each row's hash covers the row before it |

Every row but the events' carries a digest of itself, and `state.sums` the count and sum of the
digests of each table, so that a damaged, missing or foreign row is noticed (see `tally`).

This module defines what `sql` says as text: importing SQLAlchemy takes longer than a small plan.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

STATE = Table(
    "state",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("lineage", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("sums", JSON, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("command", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("outcome", Text, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

OBJECTS = Table(
    "objects",
    METADATA,
    Column("address", Text, primary_key=True),
    Column("remote_id", Text, nullable=False),
    Column("natural_key", Text),
    Column("applied", JSON, nullable=False),
    Column("extra", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

MEMBERS = Table(
    "members",
    METADATA,
    Column("address", Text, primary_key=True),
    Column("numbers", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

ACKNOWLEDGED = Table(
    "acknowledged",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("op_id", Text, nullable=False),
    Column("address", Text, nullable=False, index=True),
    Column("numbers", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

PENDING = Table(
    "pending",
    METADATA,
    Column("op_id", Text, primary_key=True),
    Column("opened", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("intent", JSON, nullable=False),
    Column("response", JSON),
    Column("sealed", JSON),
    Column("started_at", Float, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("opened", Integer, primary_key=True, autoincrement=False),
    Column("op_id", Text, nullable=False, unique=True),
    Column("intent", JSON, nullable=False),
    Column("response", JSON),
    Column("outcome", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("closed_at", Float, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

WATCHES = Table(
    "watches",
    METADATA,
    Column("address", Text, primary_key=True),
    Column("watch", JSON, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

CANARIES = Table(
    "canaries",
    METADATA,
    Column("op_id", Text, primary_key=True),
    Column("sending", JSON, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("provider", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

SUMMED = (RUNS, OBJECTS, MEMBERS, ACKNOWLEDGED, PENDING, JOURNAL, WATCHES, CANARIES, ACCOUNTS)
"""The tables whose digests are summed in `state.sums`."""
