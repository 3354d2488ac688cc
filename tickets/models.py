"""The store's tables. Times are seconds since the epoch, durations seconds, paths relative to the recordings folder.

A change here needs a migration in ``tickets/migrations/versions``; a test compares the two.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself
KEY = 200  # characters; the longest identity that may be a key or an indexed column


class TicketKind(StrEnum):
    """What a ticket is about; ``VOICEMAIL`` is one that nobody has listened to and sorted yet."""

    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    REQUEST = "request"
    VOICEMAIL = "voicemail"


class TicketState(StrEnum):
    """Where a ticket stands on its way."""

    REGISTERED = "registered"  # made, nobody has been asked to act yet
    DISPATCHED = "dispatched"  # sent to a department
    ACCEPTED = "accepted"  # the department works on it
    RETURNED = "returned"  # the department says that it is not theirs
    ANSWERED = "answered"  # there is a result
    FOLLOWED_UP = "followed_up"  # the caller was told, and asked whether satisfied
    CLOSED = "closed"
    REOPENED = "reopened"  # taken up again: the caller is not satisfied, or it was closed too early


class Base(DeclarativeBase):
    """Parent of all tables; constraint names are fixed so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class JournalRow(Base):
    """One event of a call, as it happened. ``seq`` orders a call's events and makes replays harmless."""

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("call_id", "seq", name="uq_journal_call_id_seq"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    call_id: Mapped[str] = mapped_column(String(KEY))
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[float]
    kind: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class AgentJournalRow(Base):
    """One change of an agent's state. ``data`` holds what the agents room wrote beyond the columns."""

    __tablename__ = "agent_journal"
    __table_args__ = (
        UniqueConstraint("agent", "seq", name="uq_agent_journal_agent_seq"),
        Index("ix_agent_journal_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(String(KEY))
    seq: Mapped[int] = mapped_column(BigInteger)
    seat: Mapped[str] = mapped_column(String(KEY))
    state: Mapped[str] = mapped_column(String(60))
    at: Mapped[float]
    cause: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class CallRow(Base):
    """One row a call, from its first event on; ``ended_at`` and ``outcome`` are empty while it runs.

    The figures are ``calls.summary.Summary`` folded from the journal when the call ends, and again when something
    comes late (wrap-up, a stored recording).
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_arrived_at", "arrived_at"),
        Index("ix_calls_ended_at", "ended_at"),
        Index("ix_calls_outcome_arrived_at", "outcome", "arrived_at"),
        Index("ix_calls_caller_arrived_at", "caller", "arrived_at"),
        Index("ix_calls_direction_arrived_at", "direction", "arrived_at"),
        Index("ix_calls_ticket", "ticket"),
    )

    id: Mapped[str] = mapped_column(String(KEY), primary_key=True)
    node: Mapped[str] = mapped_column(Text, default="")
    unique_id: Mapped[str] = mapped_column(Text, default="")
    caller: Mapped[str] = mapped_column(String(KEY), default="")
    caller_name: Mapped[str] = mapped_column(Text, default="")
    dialled: Mapped[str] = mapped_column(Text, default="")
    direction: Mapped[str] = mapped_column(String(10), default="inbound", server_default="inbound")
    language: Mapped[str] = mapped_column(String(20), default="")
    subject: Mapped[str] = mapped_column(Text, default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    arrived_at: Mapped[float]
    ended_at: Mapped[float | None]
    outcome: Mapped[str | None] = mapped_column(String(30))
    cause: Mapped[str] = mapped_column(Text, default="")
    menu_left_at: Mapped[float | None]
    queued_at: Mapped[float | None]
    needs: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")
    told_at: Mapped[float | None]
    told_wait_s: Mapped[float | None]
    connected_at: Mapped[float | None]
    queue: Mapped[str] = mapped_column(Text, default="")
    agent: Mapped[str] = mapped_column(Text, default="")
    seat: Mapped[str] = mapped_column(Text, default="")
    agents: Mapped[list[str]] = mapped_column(JSON)
    departments: Mapped[list[str]] = mapped_column(JSON)
    services: Mapped[list[str]] = mapped_column(JSON)
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    satisfied: Mapped[bool | None]
    offers: Mapped[int] = mapped_column(default=0)
    waiting_s: Mapped[float] = mapped_column(default=0.0)
    ringing_s: Mapped[float] = mapped_column(default=0.0)
    talking_s: Mapped[float] = mapped_column(default=0.0)
    hold_s: Mapped[float] = mapped_column(default=0.0)
    wrap_up_s: Mapped[float] = mapped_column(default=0.0)
    recording: Mapped[str] = mapped_column(Text, default="")
    recording_s: Mapped[float | None]
    recording_sha256: Mapped[str] = mapped_column(String(64), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    message_box: Mapped[str] = mapped_column(Text, default="")
    message_s: Mapped[float | None]
    message_sha256: Mapped[str] = mapped_column(String(64), default="")
    ticket: Mapped[str] = mapped_column(String(20), default="")
    resumed: Mapped[int] = mapped_column(default=0)


class RecordingRow(Base):
    """One recording or message; ``stored_at`` is empty until its file was found complete (or found missing: size 0)."""

    __tablename__ = "recordings"
    __table_args__ = (
        Index("ix_recordings_call_id", "call_id"),
        Index("ix_recordings_stored_at", "stored_at"),
        Index("ix_recordings_started_at", "started_at"),
    )

    path: Mapped[str] = mapped_column(String(400), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(KEY))
    kind: Mapped[str] = mapped_column(String(20))  # "talk", "consult" or "message"
    started_at: Mapped[float]
    stored_at: Mapped[float | None]
    duration_s: Mapped[float | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    flags: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")  # what is wrong with it
    expected_s: Mapped[float | None]  # how long it should be
    deleted_at: Mapped[float | None]  # the row stays when the file goes


class RecordingHoldRow(Base):
    """A call whose recordings must not be deleted (a legal hold), present ones and those that come."""

    __tablename__ = "recording_holds"

    call_id: Mapped[str] = mapped_column(String(KEY), primary_key=True)
    since: Mapped[float]
    by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


class RecordingUseRow(Base):
    """What somebody did with a recording: played, exported, held, released, deleted. Never changed, never deleted."""

    __tablename__ = "recording_uses"
    __table_args__ = (Index("ix_recording_uses_call_id", "call_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[float]
    by: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(30))
    call_id: Mapped[str] = mapped_column(String(KEY))
    path: Mapped[str] = mapped_column(String(400))
    detail: Mapped[str] = mapped_column(Text)


class VoicemailRow(Base):
    """One message that a caller has left; who has listened to it, who is to see to it, whether that is done."""

    __tablename__ = "voicemail"
    __table_args__ = (
        UniqueConstraint("path"),
        Index("ix_voicemail_done_at_box", "done_at", "box"),
        Index("ix_voicemail_left_at", "left_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    path: Mapped[str] = mapped_column(String(400))
    call_id: Mapped[str] = mapped_column(String(KEY))
    box: Mapped[str] = mapped_column(String(60))
    left_at: Mapped[float]
    heard_at: Mapped[float | None]  # first
    heard_by: Mapped[str] = mapped_column(Text, default="")
    assigned: Mapped[str] = mapped_column(String(60), default="")  # an agent's id
    escalated_at: Mapped[float | None]
    done_at: Mapped[float | None]
    done_by: Mapped[str] = mapped_column(Text, default="")


class TicketRow(Base):
    """Something that has to be done for a caller, known to the caller by ``number``."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("call_id"),
        Index("ix_tickets_created_at", "created_at"),
        Index("ix_tickets_state_created_at", "state", "created_at"),
        Index("ix_tickets_caller_created_at", "caller", "created_at"),
        Index("ix_tickets_answer_by", "answer_by"),
        Index("ix_tickets_accept_by", "accept_by"),
        Index("ix_tickets_category_created_at", "category", "created_at"),
        Index("ix_tickets_channel_created_at", "channel", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(30))
    caller: Mapped[str] = mapped_column(String(KEY), default="")
    caller_name: Mapped[str] = mapped_column(Text, default="")
    call_id: Mapped[str | None] = mapped_column(ForeignKey("calls.id"))
    subject: Mapped[str] = mapped_column(Text, default="")
    queue: Mapped[str] = mapped_column(Text, default="")
    agent: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[float]
    updated_at: Mapped[float]
    address: Mapped[str] = mapped_column(Text, default="", server_default="")  # or unit
    content: Mapped[str] = mapped_column(Text, default="", server_default="")
    category: Mapped[str] = mapped_column(String(20), default="", server_default="")  # its code in the tree
    urgency: Mapped[str] = mapped_column(String(20), default="normal", server_default="normal")
    channel: Mapped[str] = mapped_column(String(20), default="phone", server_default="phone")  # how it came in
    department: Mapped[str] = mapped_column(String(60), default="", server_default="")  # who has it now
    result: Mapped[str] = mapped_column(Text, default="", server_default="")  # the answer
    satisfaction: Mapped[int | None]  # 1 very satisfied ... 5, at the follow-up
    accept_by: Mapped[float | None]  # the deadlines; None: there is none
    answer_by: Mapped[float | None]
    dispatched_at: Mapped[float | None]  # first; the following are the last ones, None again when it is reopened
    accepted_at: Mapped[float | None]
    answered_at: Mapped[float | None]
    followed_up_at: Mapped[float | None]
    closed_at: Mapped[float | None]
    escalated_at: Mapped[float | None]
    merged_into: Mapped[str] = mapped_column(String(20), default="", server_default="")  # the ticket that has it


class TicketCallRow(Base):
    """A call that a ticket is about: the one it was made from, and others."""

    __tablename__ = "ticket_calls"
    __table_args__ = (Index("ix_ticket_calls_call_id", "call_id"),)

    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    at: Mapped[float]
    by: Mapped[str] = mapped_column(Text)


class TicketChangeRow(Base):
    """One change of a ticket: a step, an edit, an escalation. Never changed; deleted only with its ticket."""

    __tablename__ = "ticket_changes"
    __table_args__ = (Index("ix_ticket_changes_ticket_id", "ticket", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(String(20))  # its number
    at: Mapped[float]
    by: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(30))
    before: Mapped[str] = mapped_column(String(30))  # the states
    after: Mapped[str] = mapped_column(String(30))
    department: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(Text)  # the cause: why, or what was answered


class CounterRow(Base):
    """The last number given out under a name (a day's tickets); raised inside the transaction that uses it."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class CallbackRow(Base):
    """One caller to be called back; ``over`` once nothing more will happen. States are those of ``acd.callbacks``."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_over_since", "over", "since"),
        Index("ix_callbacks_created_at", "created_at"),
        Index("ix_callbacks_origin", "origin"),
    )

    id: Mapped[str] = mapped_column(String(KEY), primary_key=True)
    number: Mapped[str] = mapped_column(String(KEY))
    queue: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(KEY))  # the call it comes from
    since: Mapped[float]  # the arrival that gives the place in line
    created_at: Mapped[float]
    changed_at: Mapped[float]
    missed: Mapped[bool]
    language: Mapped[str] = mapped_column(String(20))
    priority: Mapped[int]
    asked: Mapped[dict[str, int]] = mapped_column(JSON)
    tries: Mapped[int]  # how many at most
    every_s: Mapped[float]
    state: Mapped[str] = mapped_column(String(30))
    over: Mapped[bool]
    attempts: Mapped[int]
    not_before: Mapped[float]
    call_id: Mapped[str] = mapped_column(String(KEY))  # the callback's own call


class OutboxRow(Base):
    """Something to be handed to another system. ``key`` with ``revision`` is the receiver's idempotency key."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("key"), Index("ix_outbox_done_at_next_at", "done_at", "next_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(300))
    revision: Mapped[int] = mapped_column(default=1)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[float]
    next_at: Mapped[float]
    done_at: Mapped[float | None]
    error: Mapped[str] = mapped_column(Text, default="")


class DeliveryRow(Base):
    """What of the outbox one other system is to be told."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("target", "key", "revision"),
        Index("ix_deliveries_open", "target", "done_at", "dead_at", "next_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    target: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(300))  # of the outbox row
    revision: Mapped[int]
    topic: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[float]
    attempts: Mapped[int]
    next_at: Mapped[float]
    done_at: Mapped[float | None]
    dead_at: Mapped[float | None]  # given up then
    error: Mapped[str] = mapped_column(Text)
