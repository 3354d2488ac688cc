"""Which category of the tree a ticket belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; tickets that are there belong to none."""
    op.add_column("tickets", sa.Column("category", sa.String(length=20), nullable=False, server_default=""))
    op.create_index("ix_tickets_category_created_at", "tickets", ["category", "created_at"], unique=False)


def downgrade() -> None:
    """Take it away again; what tickets were sorted under is lost with it, but for their history."""
    op.drop_index("ix_tickets_category_created_at", table_name="tickets")
    op.drop_column("tickets", "category")
