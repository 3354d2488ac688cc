"""How urgent a ticket is, how its matter came in, and a way to agents' changes by time."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index; tickets that are there came by telephone, and none was urgent."""
    op.add_column("tickets", sa.Column("urgency", sa.String(length=20), nullable=False, server_default="normal"))
    op.add_column("tickets", sa.Column("channel", sa.String(length=20), nullable=False, server_default="phone"))
    op.create_index("ix_tickets_channel_created_at", "tickets", ["channel", "created_at"], unique=False)
    op.create_index("ix_agent_journal_at", "agent_journal", ["at"], unique=False)


def downgrade() -> None:
    """Take them away again; what is lost stands in the tickets' history where it was edited."""
    op.drop_index("ix_agent_journal_at", table_name="agent_journal")
    op.drop_index("ix_tickets_channel_created_at", table_name="tickets")
    op.drop_column("tickets", "channel")
    op.drop_column("tickets", "urgency")
