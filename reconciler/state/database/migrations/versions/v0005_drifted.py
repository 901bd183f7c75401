"""Adds `drifted`, so that new drift can be told from known drift."""

import sqlalchemy as sa
from alembic import op

from reconciler.state.database.migrations.columns import BYTES, FLOAT, TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "drifted",
        sa.Column("address", TEXT, primary_key=True),
        sa.Column("since", FLOAT, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
