"""The first schema: what `reconciler.state.database.tables` described at version 1."""

import sqlalchemy as sa
from alembic import op

from reconciler.state.database.migrations.columns import BYTES, FLOAT, INTEGER, JSON, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        sa.Column("provider", TEXT, primary_key=True),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "acknowledged",
        sa.Column("id", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("op_id", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False, index=True),
        sa.Column("numbers", TEXT, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("epoch", INTEGER, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("hash", BYTES, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("opened", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("op_id", TEXT, nullable=False, unique=True),
        sa.Column("intent", JSON, nullable=False),
        sa.Column("response", JSON),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("started_at", FLOAT, nullable=False),
        sa.Column("closed_at", FLOAT, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("address", TEXT, primary_key=True),
        sa.Column("numbers", BYTES, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "objects",
        sa.Column("address", TEXT, primary_key=True),
        sa.Column("remote_id", TEXT, nullable=False),
        sa.Column("natural_key", TEXT),
        sa.Column("applied", JSON, nullable=False),
        sa.Column("extra", JSON, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "pending",
        sa.Column("op_id", TEXT, primary_key=True),
        sa.Column("opened", INTEGER, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("intent", JSON, nullable=False),
        sa.Column("response", JSON),
        sa.Column("sealed", JSON),
        sa.Column("started_at", FLOAT, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("epoch", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("command", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("started_at", FLOAT, nullable=False),
        sa.Column("ended_at", FLOAT),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "state",
        sa.Column("id", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("lineage", TEXT, nullable=False),
        sa.Column("key_id", TEXT, nullable=False),
        sa.Column("created_at", FLOAT, nullable=False),
        sa.Column("epoch", INTEGER, nullable=False),
        sa.Column("serial", INTEGER, nullable=False),
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("head", BYTES, nullable=False),
        sa.Column("seen_at", FLOAT, nullable=False),
        sa.Column("sums", JSON, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
    op.create_table(
        "watches",
        sa.Column("address", TEXT, primary_key=True),
        sa.Column("watch", JSON, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
