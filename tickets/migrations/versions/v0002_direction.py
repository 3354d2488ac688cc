"""Calls that agents make: which way a call went, and finding the calls about a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the direction; calls that are there came in."""
    op.add_column("calls", sa.Column("direction", sa.String(length=10), nullable=False, server_default="inbound"))
    op.create_index("ix_calls_direction_arrived_at", "calls", ["direction", "arrived_at"], unique=False)
    op.create_index("ix_calls_ticket", "calls", ["ticket"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_calls_ticket", table_name="calls")
    op.drop_index("ix_calls_direction_arrived_at", table_name="calls")
    op.drop_column("calls", "direction")
