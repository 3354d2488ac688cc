"""What is wrong with recordings, which of them must stay, and who did what with them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables; of recordings that are there nothing wrong is known, and none is held."""
    op.add_column("recordings", sa.Column("flags", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("recordings", sa.Column("expected_s", sa.Double(), nullable=True))
    op.add_column("recordings", sa.Column("deleted_at", sa.Double(), nullable=True))
    op.create_index("ix_recordings_started_at", "recordings", ["started_at"], unique=False)
    op.create_table(
        "recording_holds",
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_recording_holds"),
    )
    op.create_table(
        "recording_uses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_uses"),
    )
    op.create_index("ix_recording_uses_call_id", "recording_uses", ["call_id"], unique=False)


def downgrade() -> None:
    """Take them away again. Legal holds are lost with them: purge nothing until they are made anew."""
    op.drop_table("recording_uses")
    op.drop_table("recording_holds")
    op.drop_index("ix_recordings_started_at", "recordings")
    op.drop_column("recordings", "deleted_at")
    op.drop_column("recordings", "expected_s")
    op.drop_column("recordings", "flags")
