"""The table of messages, kept from the timeline: left, heard, assigned, escalated, done."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from calls.message_events import MessageStep
from tickets.entries import Entry
from tickets.models import VoicemailRow
from tickets.rows import columns_of, insert_rows, update_rows
from tickets.store import plain_text

_KINDS = {"MessageLeft", "MessageHandled"}


def enter_messages(connection: Connection, entries: Iterable[Entry]) -> None:
    """Bring the rows of messages up to date with a batch of call events. Entering them again changes nothing."""
    about = [entry for entry in entries if entry.kind in _KINDS]
    if not about:
        return
    table = columns_of(VoicemailRow)
    paths = {entry.data["path"] for entry in about}
    found = connection.execute(select(table).where(table.c.path.in_(paths)))
    rows = {row["path"]: dict(row) for row in found.mappings()}
    present = set(rows)
    for entry in about:
        if entry.kind == "MessageLeft":
            rows.setdefault(entry.data["path"], _new(entry))
        elif entry.data["path"] in rows:  # of one that is unknown (left before there was this table) nothing is kept
            _handle(rows[entry.data["path"]], entry)
    insert_rows(connection, VoicemailRow, [row for path, row in rows.items() if path not in present])
    update_rows(connection, VoicemailRow, "path", [row for path, row in rows.items() if path in present])


def _new(entry: Entry) -> dict[str, Any]:
    return {
        "path": entry.data["path"], "call_id": entry.key, "box": plain_text(entry.data["box"])[:60],
        "left_at": entry.at, "heard_at": None, "heard_by": "", "assigned": "", "escalated_at": None, "done_at": None,
        "done_by": "",
    }  # fmt: skip


def _handle(row: dict[str, Any], entry: Entry) -> None:
    data = entry.data
    match data["step"]:
        case MessageStep.HEARD:
            if row["heard_at"] is None:
                row |= {"heard_at": entry.at, "heard_by": plain_text(data["by"])}
        case MessageStep.ASSIGNED:
            row["assigned"] = plain_text(data["agent"])[:60]
        case MessageStep.ESCALATED:
            row["escalated_at"] = row["escalated_at"] or entry.at
        case MessageStep.DONE:
            row |= {"done_at": row["done_at"] or entry.at, "done_by": row["done_by"] or plain_text(data["by"])}
