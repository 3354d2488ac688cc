"""Finding tickets as work orders: by state, department, deadline and text; repeated matters; their history."""

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from tickets.asking import rows_of
from tickets.models import CallRow, TicketCallRow, TicketChangeRow, TicketRow
from tickets.order_steps import OPEN
from tickets.orders import overdue
from tickets.read import CallDetail, CallRecord, Reader, TicketRecord
from tickets.similar import SimilarRule, SimilarTicket, similar_tickets
from tickets.store import Store
from tickets.urgency import Channel, Urgency
from tickets.words import common_words, may_hold

_DAY_S = 86400.0
_SEARCHED = (
    TicketRow.subject, TicketRow.content, TicketRow.result, TicketRow.address, TicketRow.caller_name, TicketRow.number,
)  # fmt: skip


class RepeatRule(BaseModel):
    """When a matter counts as repeated: so many tickets of one number and subject within so many days."""

    model_config = ConfigDict(frozen=True)

    times: int = 3
    days: float = 30.0


class OrderRecord(TicketRecord):
    """One ticket as a work order. Deadlines and moments are epoch seconds; None: there is none, or not yet."""

    address: str
    content: str
    category: str
    urgency: Urgency
    channel: Channel
    department: str
    result: str
    satisfaction: int | None
    accept_by: float | None
    answer_by: float | None
    dispatched_at: float | None
    accepted_at: float | None
    answered_at: float | None
    followed_up_at: float | None
    closed_at: float | None
    escalated_at: float | None
    merged_into: str
    overdue: tuple[str, ...] = ()  # which deadlines have passed, in words
    repeats: int = 0  # tickets of this number and subject up to this one, within the days of the rule
    repeated: bool = False  # so many that the matter must be flagged
    line: str = ""  # the emergency line that has to know of it: 110, 119, 120


class TicketChange(BaseModel):
    """One change of a ticket."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    at: float
    by: str
    action: str
    before: str
    after: str
    department: str
    note: str


class OrderDetail(OrderRecord):
    """A ticket with its history, the call it was made from, the calls that agents made about it, all calls that it is
    linked with (the first one, too), and tickets that may be about the same."""

    changes: list[TicketChange]
    call: CallDetail | None
    outbound: list[CallRecord]
    calls: list[CallRecord]
    similar: list[SimilarTicket]


class WantedOrders(BaseModel):
    """Which tickets are looked for; None: any. ``since`` bounds when they were made (epoch seconds); ``text``: words,
    each of which must be somewhere in subject, content, answer, address, name or number."""

    model_config = ConfigDict(frozen=True)

    limit: int = 50
    since: float | None = None
    state: str | None = None
    kind: str | None = None
    caller: str | None = None
    department: str | None = None
    categories: frozenset[str] | None = None  # its code is one of these
    call: str | None = None  # linked with this call
    after: str | None = None  # the number of a ticket: only those that follow it, the latest first
    text: str | None = None
    overdue: bool = False
    repeated: bool = False
    urgent: bool = False
    channel: str | None = None


class OrderBook:
    """Asks for work orders. All methods raise ``StoreUnavailable``; ``now`` is the time, in epoch seconds."""

    def __init__(self, store: Store, rule: RepeatRule | None = None, alike: SimilarRule | None = None) -> None:
        self._store, self._rule, self._alike = store, rule or RepeatRule(), alike or SimilarRule()

    async def find(self, wanted: WantedOrders, now: float) -> list[OrderRecord]:
        """Return tickets, the latest first; overdue ones by what has been due longest."""
        repeats = self._repeats()
        query = select(TicketRow, repeats.label("repeats")).limit(wanted.limit)
        query = narrowed(query, wanted, now, await common_words(self._store, (wanted.text or "").split()))
        if wanted.repeated:
            query = query.where(repeats >= self._rule.times)
        order: list[Any] = [TicketRow.created_at.desc(), TicketRow.id.desc()]
        if wanted.overdue:
            order = [func.coalesce(TicketRow.accept_by, TicketRow.answer_by), TicketRow.id.asc()]
        return [self._record(row, count, now) for row, count in await rows_of(self._store, query.order_by(*order))]

    async def one(self, number: str, now: float, *, similar: bool = True) -> OrderDetail | None:
        """Return one ticket with its history and calls, or None; ``similar`` ones are looked for only if wanted."""
        query = select(TicketRow, self._repeats()).where(TicketRow.number == number)
        found = await rows_of(self._store, query)
        if not found:
            return None
        record = self._record(found[0][0], found[0][1], now)
        changes = select(TicketChangeRow).where(TicketChangeRow.ticket == number).order_by(TicketChangeRow.id)
        reader = Reader(self._store)
        return OrderDetail(
            **record.model_dump(),
            changes=[TicketChange.model_validate(row[0]) for row in await rows_of(self._store, changes)],
            call=await reader.call(record.call_id) if record.call_id else None,
            outbound=await reader.calls(ticket=number, direction="outbound"),
            calls=await self._calls(number),
            similar=await similar_tickets(self._store, record, self._alike) if similar else [],
        )

    async def open_of(self, caller: str) -> int:
        """Return how many tickets of a caller are not answered yet."""
        states = [state.value for state in OPEN]
        query = select(func.count(TicketRow.id)).where(TicketRow.caller == caller, TicketRow.state.in_(states))
        return int((await rows_of(self._store, query))[0][0])

    async def _calls(self, number: str) -> list[CallRecord]:
        links = select(TicketCallRow.call_id).where(TicketCallRow.ticket == number)
        query = select(CallRow).where(CallRow.id.in_(links)).order_by(CallRow.arrived_at)
        return [CallRecord.model_validate(row[0]) for row in await rows_of(self._store, query)]

    def _record(self, row: TicketRow, repeats: int, now: float) -> OrderRecord:
        record = OrderRecord.model_validate(row)
        late = overdue({"state": row.state, "accept_by": row.accept_by, "answer_by": row.answer_by}, now)
        repeated = repeats >= self._rule.times
        return record.model_copy(update={
            "repeats": repeats, "repeated": repeated, "overdue": tuple(late), "line": record.urgency.line
        })  # fmt: skip

    def _repeats(self) -> Any:
        """How many tickets of the same number and subject there are up to this one; of hidden numbers none."""
        other = aliased(TicketRow)
        same = and_(
            other.caller == TicketRow.caller, other.caller != "",
            other.subject == TicketRow.subject, other.subject != "",
            or_(
                other.created_at < TicketRow.created_at,
                and_(other.created_at == TicketRow.created_at, other.id <= TicketRow.id),
            ),
            other.created_at > TicketRow.created_at - self._rule.days * _DAY_S,
        )  # fmt: skip
        return select(func.count(other.id)).where(same).correlate(TicketRow).scalar_subquery()


def narrowed(
    query: Select[Any], wanted: WantedOrders, now: float, common: Collection[str] = ()
) -> Select[Any]:  # fmt: skip
    """Return a query for those tickets only that are wanted, but for ``limit`` and ``repeated``; ``common`` words are
    not looked up in the index."""
    equal = {TicketRow.state: wanted.state, TicketRow.kind: wanted.kind, TicketRow.caller: wanted.caller,
             TicketRow.department: wanted.department, TicketRow.channel: wanted.channel}  # fmt: skip
    for column, value in equal.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.urgent:
        query = query.where(TicketRow.urgency != Urgency.NORMAL.value)
    if wanted.categories is not None:
        query = query.where(TicketRow.category.in_(sorted(wanted.categories)))
    if wanted.after is not None:
        last = select(TicketRow.created_at, TicketRow.id).where(TicketRow.number == wanted.after).subquery()
        at, last_id = select(last.c.created_at).scalar_subquery(), select(last.c.id).scalar_subquery()
        query = query.where(or_(TicketRow.created_at < at, and_(TicketRow.created_at == at, TicketRow.id < last_id)))
    if wanted.call is not None:
        links = select(TicketCallRow.ticket).where(TicketCallRow.call_id == wanted.call)
        query = query.where(TicketRow.number.in_(links))
    if wanted.since is not None:
        query = query.where(TicketRow.created_at >= wanted.since)
    if wanted.overdue:
        query = query.where(
            TicketRow.state.in_([state.value for state in OPEN]),
            or_(TicketRow.accept_by <= now, TicketRow.answer_by <= now),
        )
    for word in (wanted.text or "").split():
        if word not in common and (indexed := may_hold(word)) is not None:
            query = query.where(indexed)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in _SEARCHED)))
    return query
