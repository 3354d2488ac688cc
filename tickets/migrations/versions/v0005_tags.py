"""Words that a flow gives a call, for reports."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; calls that are there have none."""
    op.add_column("calls", sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take it away again; the journal keeps the words."""
    op.drop_column("calls", "tags")
