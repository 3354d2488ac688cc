"""The ticket store: every call's journal and record, its ticket, and what is handed on to other systems.

======================  ===============================================================================
``tickets.store``       Store: the engine, reading and writing sessions
``tickets.migrate``     upgrade, downgrade: Alembic from code; scripts in ``tickets/migrations``
``tickets.models``      the tables; TicketKind, TicketState
``tickets.journal``     Journal: the Timeline of all calls; batches, spool, recovery
``tickets.ledger``      how events become rows: call, ticket and outbox row in one transaction
``tickets.resume``      what a restarted service must know: open calls, agents, pending recordings
``tickets.read``        Reader: calls, timelines and tickets, also from another process
``tickets.funnel``      StepMove, StepKeys: where callers go in the menus, counted by the store
``tickets.survey``      SurveyFigures: what callers say after the talk
``tickets.callbacks``   CallbackStore: promises to call back, and who was missed
``tickets.recording_store``  RecordingStore: recordings found, legal holds, who did what with them
``tickets.outbox``      Outbox: what waits to be handed to other systems
``tickets.entries``, ``tickets.spool``, ``tickets.numbers``, ``tickets.recordings``  parts of the above
======================  ===============================================================================
"""

from tickets.callbacks import CallbackRecord, CallbackStore, MissedCall
from tickets.funnel import StepKeys, StepMove
from tickets.journal import Journal, JournalHealth
from tickets.models import TicketKind, TicketState
from tickets.outbox import Outbox, Parcel
from tickets.read import AgentChange, CallDetail, CallRecord, Reader, TicketDetail, TicketRecord
from tickets.recording_store import (
    RecordingHold,
    RecordingRecord,
    RecordingStore,
    RecordingUse,
    WantedRecordings,
)
from tickets.resume import OpenCall, PendingRecording
from tickets.store import Store, StoreUnavailable
from tickets.survey import SurveyBy, SurveyFigures

__all__ = [
    "AgentChange",
    "CallDetail",
    "CallRecord",
    "CallbackRecord",
    "CallbackStore",
    "Journal",
    "JournalHealth",
    "MissedCall",
    "OpenCall",
    "Outbox",
    "Parcel",
    "PendingRecording",
    "Reader",
    "RecordingHold",
    "RecordingRecord",
    "RecordingStore",
    "RecordingUse",
    "StepKeys",
    "StepMove",
    "Store",
    "StoreUnavailable",
    "SurveyBy",
    "SurveyFigures",
    "TicketDetail",
    "TicketKind",
    "TicketRecord",
    "TicketState",
    "WantedRecordings",
]  # fmt: skip
