"""Which calls a ticket is about, and which tickets a call; and tickets that turn out to be one.

All of it happens in the transaction of the connection that is handed in.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from tickets.models import CallRow, TicketCallRow, TicketRow
from tickets.order_steps import OrderRefused
from tickets.rows import Row, columns_of, insert_rows
from tickets.store import plain_text


def link_rows(tickets: Sequence[Row]) -> list[Row]:
    """Return the links of new tickets with the calls they were made from."""
    return [
        {"ticket": row["number"], "call_id": row["call_id"], "at": row["created_at"], "by": "hotline"}
        for row in tickets
        if row["call_id"] is not None
    ]


def link(connection: Connection, number: str, call_id: str, at: float, by: str) -> None:
    """Link a ticket with a call. Raises ``OrderRefused``: there is no such call, or it is linked already."""
    calls = columns_of(CallRow)
    if connection.execute(select(calls.c.id).where(calls.c.id == plain_text(call_id))).first() is None:
        raise OrderRefused(f"there is no call {call_id}; `hotline calls` lists the latest")
    if call_id in linked(connection, number):
        raise OrderRefused(f"ticket {number} is linked with call {call_id} already")
    insert_rows(connection, TicketCallRow, [{"ticket": number, "call_id": call_id, "at": at, "by": plain_text(by)}])


def unlink(connection: Connection, number: str, call_id: str, origin: str | None) -> None:
    """Undo a link. Raises ``OrderRefused``: there is none, or the ticket was made from that call (``origin``)."""
    if call_id == origin:
        raise OrderRefused(f"ticket {number} was made from call {call_id}: that link stays")
    table = columns_of(TicketCallRow)
    gone = delete(table).where(table.c.ticket == number, table.c.call_id == plain_text(call_id))
    if connection.execute(gone).rowcount == 0:
        raise OrderRefused(f"ticket {number} is not linked with call {call_id}")


def linked(connection: Connection, number: str) -> list[str]:
    """Return the calls that a ticket is linked with."""
    table = columns_of(TicketCallRow)
    return list(connection.execute(select(table.c.call_id).where(table.c.ticket == number)).scalars())


def merge_links(connection: Connection, number: str, into: Any, at: float, by: str) -> None:
    """Link the calls of a ticket with the one (a row) that it is merged into, and have those that were merged into it
    point there, too. Raises ``OrderRefused`` where it cannot be merged into that one."""
    goal = into["number"]
    if goal == number:
        raise OrderRefused(f"ticket {number} cannot be merged into itself")
    if into["merged_into"]:
        raise OrderRefused(f"ticket {goal} was itself merged into {into['merged_into']}: merge into that one")
    there = set(linked(connection, goal))
    insert_rows(connection, TicketCallRow, [
        {"ticket": goal, "call_id": call, "at": at, "by": plain_text(by)}
        for call in linked(connection, number)
        if call not in there
    ])  # fmt: skip
    table = columns_of(TicketRow)
    connection.execute(update(table).where(table.c.merged_into == number).values(merged_into=goal))
