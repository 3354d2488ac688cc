"""Messages that callers have left, and what was done with them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table. Messages that were left before have their ticket; they count as dealt with here."""
    op.create_table(
        "voicemail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.Column("box", sa.String(length=60), nullable=False),
        sa.Column("left_at", sa.Double(), nullable=False),
        sa.Column("heard_at", sa.Double(), nullable=True),
        sa.Column("heard_by", sa.Text(), nullable=False),
        sa.Column("assigned", sa.String(length=60), nullable=False),
        sa.Column("escalated_at", sa.Double(), nullable=True),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_voicemail"),
        sa.UniqueConstraint("path", name="uq_voicemail_path"),
    )
    op.create_index("ix_voicemail_done_at_box", "voicemail", ["done_at", "box"], unique=False)
    op.create_index("ix_voicemail_left_at", "voicemail", ["left_at"], unique=False)


def downgrade() -> None:
    """Take the table away again; the messages' files, calls and tickets stay."""
    op.drop_index("ix_voicemail_left_at", "voicemail")
    op.drop_index("ix_voicemail_done_at_box", "voicemail")
    op.drop_table("voicemail")
