"""The table of recordings, kept from the timeline: begun, and once its file was looked at, stored."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, select

from tickets.entries import Entry
from tickets.models import RecordingRow
from tickets.rows import columns_of, insert_rows, update_rows

_KINDS = {"RecordingStarted", "ConsultRecordingStarted", "MessageLeft", "RecordingStored"}
_TABLE = columns_of(RecordingRow)
_AT_PATHS = select(_TABLE).where(_TABLE.c.path.in_(bindparam("paths", expanding=True)))  # kept: making it takes longer


def enter_recordings(connection: Connection, entries: Iterable[Entry]) -> None:
    """Bring the rows of recordings up to date with a batch of call events."""
    about = [entry for entry in entries if entry.kind in _KINDS]
    if not about:
        return
    found = connection.execute(_AT_PATHS, {"paths": list({entry.data["path"] for entry in about})})
    rows = {row["path"]: dict(row) for row in found.mappings()}
    present = set(rows)
    for entry in about:
        _note(rows, entry)
    insert_rows(connection, RecordingRow, [row for path, row in rows.items() if path not in present])
    update_rows(connection, RecordingRow, "path", [row for path, row in rows.items() if path in present])


def _note(rows: dict[str, dict[str, Any]], entry: Entry) -> None:
    data = entry.data
    new = {"path": data["path"], "call_id": entry.key, "kind": "talk", "started_at": entry.at}
    unknown: dict[str, Any] = {"stored_at": None, "duration_s": None, "size": None, "sha256": "", "flags": [],
               "expected_s": None, "deleted_at": None}  # fmt: skip
    row = rows.setdefault(data["path"], {**new, **unknown})
    if entry.kind == "ConsultRecordingStarted":
        row["kind"] = "consult"
    elif entry.kind == "MessageLeft":
        row["kind"] = "message"
        if row["stored_at"] is None:
            row["duration_s"] = data["duration_s"]
    elif entry.kind == "RecordingStored":
        row |= {
            "stored_at": entry.at, "duration_s": data["duration_s"], "size": data["size"], "sha256": data["sha256"],
            "flags": data.get("flags", []), "expected_s": data.get("expected_s"),
        }  # fmt: skip
