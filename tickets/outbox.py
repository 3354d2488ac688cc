"""The outbox: finished calls and tickets' changes that wait to be handed to other systems, at least once each.

A row is written with the call it speaks of, in one transaction; whoever delivers takes what is due, and reports back.
"""

from sqlalchemy import Connection, select

from tickets.models import OutboxRow, TicketRow
from tickets.rows import Row, columns_of, insert_rows


def enclose(connection: Connection, number: str, change_id: int, change: Row) -> None:
    """Put a ticket's change, with the ticket as it is then, into the outbox, in the transaction of the change."""
    table = columns_of(TicketRow)
    ticket = dict(connection.execute(select(table).where(table.c.number == number)).mappings().one())
    del ticket["id"]
    insert_rows(connection, OutboxRow, [
        {"topic": f"ticket.{change['action']}", "key": f"ticket:{number}:{change_id}", "revision": 1, "attempts": 0,
         "payload": {"ticket": ticket, "change": {"id": change_id, **change}}, "created_at": change["at"],
         "next_at": change["at"], "done_at": None, "error": ""}
    ])  # fmt: skip
