"""The ticket store: every call's journal and record, its ticket, and what is handed on to other systems.

======================  ===============================================================================
``tickets.store``       Store: the engine, reading and writing sessions
``tickets.migrate``     upgrade, downgrade: Alembic from code; scripts in ``tickets/migrations``
``tickets.models``      the tables; TicketKind, TicketState
``tickets.journal``     Journal: the Timeline of all calls; batches, spool, recovery
``tickets.outages``     which errors are a database that is away
``tickets.ledger``      how events become rows: call, ticket and outbox row in one transaction
``tickets.resume``      what a restarted service must know: open calls, agents, pending recordings
``tickets.asking``      reading a store that may not be there
``tickets.read``        Reader: calls, timelines and tickets, also from another process
``tickets.funnel``      StepMove, StepKeys: where callers go in the menus, counted by the store
``tickets.survey``      SurveyFigures: what callers say after the talk
``tickets.callbacks``   CallbackStore: promises to call back, and who was missed
``tickets.recording_store``  RecordingStore: recordings found, legal holds, who did what with them
``tickets.voicemail``   VoicemailStore: messages that callers have left, and how far they are
``tickets.order_steps`` the way of a ticket: states and steps as one table
``tickets.step_facts``  what a step changes in a ticket's row
``tickets.orders``      Orders: tickets made, dispatched, answered, closed...; escalated when overdue
``tickets.order_book``  OrderBook: work orders found, repeated matters, their history
``tickets.words``       the index of tickets' words, by which texts are found
``tickets.links``       which calls a ticket is about; merging tickets
``tickets.similar``     SimilarTicket: texts that are much alike
``tickets.transfer``    tickets in and out as CSV and XLSX
``tickets.urgency``     Urgency, with the emergency lines; Channel: how a matter came in
``tickets.deadlines``   Deadlines in China's working days
``tickets.outbox``      what waits to be handed to other systems
``tickets.deliveries``  Deliveries: what each other system is to be told, and what became of it
``tickets.erasing``     erase_caller: what identifies a caller goes
``tickets.retention``   purge_calls, purge_tickets: what is older than it may be goes
``tickets.lookups``     DatabaseQuestions: what flows ask other databases, read only
``tickets.bulk``        Bulk: many calls and tickets at once, for stores made to be tried on
``tickets.bulk_orders`` OrderLife: what became of such a ticket
``tickets.opening``     open_store: by a URL that a person has written
``tickets.reporting``   the figures of a day, week or month
``tickets.staffing``    next week's callers, and the seats that they take (the extra ``forecast``)
``tickets.entries``, ``tickets.spool``, ``tickets.numbers``, ``tickets.recordings``  parts of the above, and
``tickets.voicemail_rows``
======================  ===============================================================================
"""

from tickets.bulk import Bulk
from tickets.bulk_orders import LivedStep, OrderLife
from tickets.callbacks import CallbackRecord, CallbackStore, MissedCall
from tickets.deadlines import Deadlines, WorkingDays
from tickets.deliveries import DELIVERIES_AT_ONCE, Deliveries, Delivery
from tickets.funnel import StepKeys, StepMove
from tickets.journal import Journal, JournalHealth
from tickets.models import TicketKind, TicketState
from tickets.opening import open_store
from tickets.order_book import OrderBook, OrderDetail, OrderRecord, RepeatRule, TicketChange, WantedOrders
from tickets.order_steps import OrderRefused, TicketStep, Wish
from tickets.orders import OrderFacts, Orders
from tickets.read import (
    AgentChange,
    CallDetail,
    CallRecord,
    LegRecord,
    Reader,
    SegmentRecord,
    TicketDetail,
    TicketRecord,
)
from tickets.recording_store import (
    RecordingHold,
    RecordingRecord,
    RecordingStore,
    RecordingUse,
    WantedRecordings,
)
from tickets.resume import OpenCall, PendingRecording
from tickets.similar import SimilarRule, SimilarTicket
from tickets.store import Store, StoreUnavailable
from tickets.survey import SurveyBy, SurveyFigures
from tickets.urgency import Channel, Urgency
from tickets.voicemail import Message, VoicemailStore, WaitingMessage, WantedMessages

__all__ = [
    "DELIVERIES_AT_ONCE",
    "AgentChange",
    "Bulk",
    "CallDetail",
    "CallRecord",
    "CallbackRecord",
    "CallbackStore",
    "Channel",
    "Deadlines",
    "Deliveries",
    "Delivery",
    "Journal",
    "JournalHealth",
    "LegRecord",
    "LivedStep",
    "Message",
    "MissedCall",
    "OpenCall",
    "OrderBook",
    "OrderDetail",
    "OrderFacts",
    "OrderLife",
    "OrderRecord",
    "OrderRefused",
    "Orders",
    "PendingRecording",
    "Reader",
    "RecordingHold",
    "RecordingRecord",
    "RecordingStore",
    "RecordingUse",
    "RepeatRule",
    "SegmentRecord",
    "SimilarRule",
    "SimilarTicket",
    "StepKeys",
    "StepMove",
    "Store",
    "StoreUnavailable",
    "SurveyBy",
    "SurveyFigures",
    "TicketChange",
    "TicketDetail",
    "TicketKind",
    "TicketRecord",
    "TicketState",
    "TicketStep",
    "Urgency",
    "VoicemailStore",
    "WaitingMessage",
    "WantedMessages",
    "WantedOrders",
    "WantedRecordings",
    "Wish",
    "WorkingDays",
    "open_store",
]  # fmt: skip
