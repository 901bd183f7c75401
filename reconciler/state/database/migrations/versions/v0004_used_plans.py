"""Adds `used_plans`, so that no saved plan is applied twice."""

import sqlalchemy as sa
from alembic import op

from reconciler.state.database.migrations.columns import BYTES, FLOAT, INTEGER, TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "used_plans",
        sa.Column("nonce", TEXT, primary_key=True),
        sa.Column("epoch", INTEGER, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("until", FLOAT, nullable=False),
        sa.Column("digest", BYTES, nullable=False),
    )
