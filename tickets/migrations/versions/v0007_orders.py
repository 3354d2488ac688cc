"""Tickets as work orders: what they are about, who has them, until when, and every change."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXTS = {"address": sa.Text(), "content": sa.Text(), "department": sa.String(length=60), "result": sa.Text(),
          "merged_into": sa.String(length=20)}  # fmt: skip
_TIMES = ("accept_by", "answer_by", "dispatched_at", "accepted_at", "answered_at", "followed_up_at", "closed_at",
          "escalated_at")  # fmt: skip


def upgrade() -> None:
    """Add columns and the table of changes; tickets that are there have no deadline until something is done."""
    for name, kind in _TEXTS.items():
        op.add_column("tickets", sa.Column(name, kind, nullable=False, server_default=""))
    for name in _TIMES:
        op.add_column("tickets", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("tickets", sa.Column("satisfaction", sa.Integer(), nullable=True))
    op.create_index("ix_tickets_answer_by", "tickets", ["answer_by"], unique=False)
    op.create_index("ix_tickets_accept_by", "tickets", ["accept_by"], unique=False)
    op.create_table(
        "ticket_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("ticket", sa.String(length=20), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("before", sa.String(length=30), nullable=False),
        sa.Column("after", sa.String(length=30), nullable=False),
        sa.Column("department", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_changes"),
    )
    op.create_index("ix_ticket_changes_ticket_id", "ticket_changes", ["ticket", "id"], unique=False)


def downgrade() -> None:
    """Take them away again; a former program does not know the state reopened, and sees such tickets as registered."""
    op.execute("UPDATE tickets SET state = 'registered' WHERE state = 'reopened'")
    op.drop_table("ticket_changes")
    op.drop_index("ix_tickets_accept_by", "tickets")
    op.drop_index("ix_tickets_answer_by", "tickets")
    for name in ("satisfaction", *_TIMES, *_TEXTS):
        op.drop_column("tickets", name)
