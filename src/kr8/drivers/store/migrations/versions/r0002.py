"""Calls that came with an idempotency key."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "keyed_calls",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("begun_at", sa.String, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("keyed_calls_begun", "keyed_calls", ["begun_at"])
