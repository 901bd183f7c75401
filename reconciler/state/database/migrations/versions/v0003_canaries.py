"""Canaries that were sent: so that none is sent twice, and none more often than allowed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "canaries",
        sa.Column("op_id", sa.Text(), primary_key=True),
        sa.Column("sending", sa.JSON(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )
