"""Callers who are to be called back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("every_s", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
    )
    op.create_index("ix_callbacks_over_since", "callbacks", ["over", "since"], unique=False)
    op.create_index("ix_callbacks_created_at", "callbacks", ["created_at"], unique=False)
    op.create_index("ix_callbacks_origin", "callbacks", ["origin"], unique=False)


def downgrade() -> None:
    """Drop it; promises that are still open are lost with it."""
    op.drop_table("callbacks")
