"""Which calls a ticket is about: many calls may be about one ticket, and one call about many."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; each ticket that was made from a call is linked with it."""
    op.create_table(
        "ticket_calls",
        sa.Column("ticket", sa.String(length=20), nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "call_id", name="pk_ticket_calls"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_ticket_calls_ticket"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_ticket_calls_call_id"),
    )
    op.create_index("ix_ticket_calls_call_id", "ticket_calls", ["call_id"], unique=False)
    op.execute(
        'INSERT INTO ticket_calls (ticket, call_id, at, "by") '
        "SELECT number, call_id, created_at, 'hotline' FROM tickets WHERE call_id IS NOT NULL"
    )


def downgrade() -> None:
    """Drop it; of each ticket only the call stays known that it was made from."""
    op.drop_table("ticket_calls")
