"""What is handed to which other system, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.Column("dead_at", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("target", "key", "revision", name="uq_deliveries_target"),
    )
    op.create_index("ix_deliveries_open", "deliveries", ["target", "done_at", "dead_at", "next_at"], unique=False)


def downgrade() -> None:
    """Drop it; what was not delivered yet is lost with it, but for calls in the outbox. Changes of tickets go from it:
    their numbers begin anew when the tickets' history is dropped with an earlier revision."""
    op.execute("DELETE FROM outbox WHERE topic LIKE 'ticket.%'")
    op.drop_table("deliveries")
