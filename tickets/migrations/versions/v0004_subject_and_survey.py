"""What a call is about, and what callers say after it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; calls that are there have no subject, and nobody was asked."""
    op.add_column("calls", sa.Column("subject", sa.Text(), nullable=False, server_default=""))
    op.add_column("calls", sa.Column("answers", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("calls", sa.Column("satisfied", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Take them away again; what callers said is lost with them, but for the journal."""
    op.drop_column("calls", "satisfied")
    op.drop_column("calls", "answers")
    op.drop_column("calls", "subject")
