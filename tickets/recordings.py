"""The table of recordings, kept from the timeline: begun, and once its file was looked at, stored."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tickets.entries import Entry
from tickets.models import RecordingRow


async def enter_recordings(session: AsyncSession, entries: Iterable[Entry]) -> None:
    """Bring the rows of recordings up to date with a batch of call events."""
    for entry in entries:
        if entry.kind in ("RecordingStarted", "MessageLeft", "RecordingStored"):
            await _enter(session, entry)
    await session.flush()


async def _enter(session: AsyncSession, entry: Entry) -> None:
    data: dict[str, Any] = entry.data
    row = await session.get(RecordingRow, data["path"])
    if row is None:
        row = RecordingRow(path=data["path"], call_id=entry.key, kind="talk", started_at=entry.at)
        session.add(row)
    match entry.kind:
        case "MessageLeft":
            row.kind = "message"
            if row.stored_at is None:
                row.duration_s = data["duration_s"]
        case "RecordingStored":
            row.stored_at, row.duration_s = entry.at, data["duration_s"]
            row.size, row.sha256 = data["size"], data["sha256"]
