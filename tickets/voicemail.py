"""Messages in the store: found by box, agent and state, with their call, their file, and the calls made about them."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from calls.call import Outcome
from tickets.asking import rows_of
from tickets.models import CallRow, RecordingHoldRow, RecordingRow, VoicemailRow
from tickets.store import Store

_OUT = "outbound"


class Message(BaseModel):
    """One message. Times are epoch seconds; None: not (yet)."""

    model_config = ConfigDict(frozen=True)

    id: int
    box: str
    call: str
    path: str
    caller: str
    language: str
    ticket: str
    left_at: float
    duration_s: float | None
    stored: bool  # False: it is being finished
    deleted: bool  # its file is gone
    held: bool  # a legal hold keeps it
    sha256: str
    flags: list[str]
    heard_at: float | None
    heard_by: str
    assigned: str
    escalated_at: float | None
    done_at: float | None
    done_by: str
    calls_back: int  # calls that agents have made about its ticket
    reached: bool  # one of them was answered

    @property
    def state(self) -> str:
        """Where it stands, in a word."""
        if self.done_at is not None:
            return "done"
        if self.heard_at is None:
            return "overdue" if self.escalated_at is not None else "new"
        return "called back" if self.reached else "heard"


class WaitingMessage(BaseModel):
    """A message that is not done, as lamps and escalation see it."""

    model_config = ConfigDict(frozen=True)

    id: int
    call: str
    path: str
    box: str
    left_at: float
    heard_at: float | None
    assigned: str
    escalated_at: float | None


class WantedMessages(BaseModel):
    """Which messages are looked for; None: any. ``agent``: assigned to whom; ``done`` False: those to be seen to."""

    model_config = ConfigDict(frozen=True)

    id: int | None = None
    box: str | None = None
    agent: str | None = None
    number: str | None = None
    since: float | None = None
    done: bool | None = False
    limit: int | None = None


class VoicemailStore:
    """Asks for messages. All methods raise ``StoreUnavailable``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, wanted: WantedMessages) -> list[Message]:
        """Return messages, those not heard first, and of these the oldest."""
        return [_message(row) for row in await rows_of(self._store, _query(wanted))]

    async def waiting(self, most: int) -> list[WaitingMessage]:
        """Return what is not done, the oldest first."""
        columns = VoicemailRow.__table__.c
        wanted = [columns[name] for name in WaitingMessage.model_fields if name != "call"]
        query = select(*wanted, columns.call_id.label("call")).where(columns.done_at.is_(None))
        rows = await rows_of(self._store, query.order_by(columns.left_at, columns.id).limit(most))
        return [WaitingMessage.model_validate(dict(row._mapping)) for row in rows]

    async def waiting_in(self, box: str) -> int:
        """Return how many messages in a box are not done."""
        query = select(func.count()).where(VoicemailRow.box == box, VoicemailRow.done_at.is_(None))
        [[count]] = await rows_of(self._store, query)
        return int(count)


def _query(wanted: WantedMessages) -> Any:
    about = aliased(CallRow)
    calls = select(func.count()).where(about.ticket == CallRow.ticket, about.ticket != "", about.direction == _OUT)
    answered = calls.where(about.outcome == Outcome.ANSWERED.value)
    query: Any = (
        select(VoicemailRow, RecordingRow, CallRow, RecordingHoldRow.call_id,
               calls.correlate(CallRow).scalar_subquery(), answered.correlate(CallRow).scalar_subquery())
        .outerjoin(RecordingRow, RecordingRow.path == VoicemailRow.path)
        .outerjoin(CallRow, CallRow.id == VoicemailRow.call_id)
        .outerjoin(RecordingHoldRow, RecordingHoldRow.call_id == VoicemailRow.call_id)
        .order_by(VoicemailRow.heard_at.is_not(None), VoicemailRow.left_at, VoicemailRow.id)
        .limit(wanted.limit)
    )  # fmt: skip
    equal = {
        VoicemailRow.id: wanted.id, VoicemailRow.box: wanted.box, VoicemailRow.assigned: wanted.agent,
        CallRow.caller: wanted.number,
    }  # fmt: skip
    for column, value in equal.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(VoicemailRow.left_at >= wanted.since)
    if wanted.done is not None:
        done = VoicemailRow.done_at
        query = query.where(done.is_not(None) if wanted.done else done.is_(None))
    return query


def _message(found: Any) -> Message:
    row: VoicemailRow
    file: RecordingRow | None
    call: CallRow | None
    row, file, call, hold, calls, answered = found
    return Message(
        id=row.id, box=row.box, call=row.call_id, path=row.path, left_at=row.left_at,
        caller=call.caller if call else "", language=call.language if call else "", ticket=call.ticket if call else "",
        duration_s=file.duration_s if file else None, stored=file is not None and file.stored_at is not None,
        deleted=file is not None and file.deleted_at is not None, held=hold is not None,
        sha256=file.sha256 if file else "", flags=list(file.flags) if file else [],
        heard_at=row.heard_at, heard_by=row.heard_by, assigned=row.assigned, escalated_at=row.escalated_at,
        done_at=row.done_at, done_by=row.done_by, calls_back=calls or 0, reached=bool(answered),
    )  # fmt: skip
