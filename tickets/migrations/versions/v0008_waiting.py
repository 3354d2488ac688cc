"""A call's row tells when its caller left the menu, queued and was answered: a report reads no events."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIMES = ("menu_left_at", "queued_at", "told_at", "told_wait_s", "connected_at")
_KINDS = ("DigitsEntered", "Queued", "PlaceAnnounced", "Connected")
_BATCH = 5_000

_calls = sa.table("calls", sa.column("id"), sa.column("needs", sa.JSON), *(sa.column(name) for name in _TIMES))
_journal = sa.table(
    "journal", sa.column("call_id"), sa.column("seq"), sa.column("at"), sa.column("kind"), sa.column("data", sa.JSON)
)


def upgrade() -> None:
    """Add the columns, and fill them for the calls that are there from their events."""
    for name in _TIMES:
        op.add_column("calls", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("calls", sa.Column("needs", sa.JSON(), nullable=False, server_default="{}"))
    connection = op.get_bind()
    j = _journal.c
    query = (
        sa.select(j.call_id, j.kind, j.at, j.data).where(j.kind.in_(_KINDS)).order_by(j.call_id, j.seq)
    )  # fmt: skip
    update = _calls.update().where(_calls.c.id == sa.bindparam("the_id"))
    update = update.values({name: sa.bindparam(f"new_{name}") for name in (*_TIMES, "needs")})
    found = _rows(connection.execute(query.execution_options(yield_per=_BATCH)))
    while some := list(islice(found, _BATCH)):
        connection.execute(update, some)


def _rows(events: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for call_id, theirs in groupby(events, key=lambda event: event[0]):
        row: dict[str, Any] = {"the_id": call_id, "new_needs": {}, **{f"new_{name}": None for name in _TIMES}}
        for _, kind, at, data in theirs:
            queued = row["new_queued_at"] is not None
            if kind == "DigitsEntered" and not queued:
                row["new_menu_left_at"] = at
            elif kind == "Queued" and not queued:
                row["new_queued_at"], row["new_needs"] = at, data.get("needs") or {}
            elif kind == "PlaceAnnounced" and row["new_told_at"] is None and data.get("wait_s") is not None:
                row["new_told_at"], row["new_told_wait_s"] = at, data["wait_s"]
            elif kind == "Connected" and queued and row["new_connected_at"] is None:
                row["new_connected_at"] = at
        yield row


def downgrade() -> None:
    """Take them away again; the events have it all."""
    for name in (*_TIMES, "needs"):
        op.drop_column("calls", name)
