"""Adds `canaries`, so that no canary is sent twice, or more often than allowed."""

import sqlalchemy as sa
from alembic import op

from reconciler.state.database.migrations.columns import BYTES, JSON, TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "canaries",
        sa.Column("op_id", TEXT, primary_key=True),
        sa.Column("sending", JSON, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
