"""Deployments without a field that was never used."""

from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take it out of their documents. In a text of a document its quotation marks would be escaped."""
    unused = '"waits_for":null,'
    op.get_bind().exec_driver_sql(f"UPDATE deployments SET document = replace(document, '{unused}', '')")
