"""Tickets as work orders: made, dispatched, accepted or returned, answered, followed up, closed, reopened.

Each step is one transaction: the ticket's row is locked, the step is looked up in the table of ``order_steps``, and the
change is written beside it with time, author and cause. Two who act at once come one after the other.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from calls.clock import Clock
from tickets import links
from tickets.asking import must_be_there
from tickets.deadlines import Deadlines
from tickets.models import KEY, TicketCallRow, TicketChangeRow, TicketKind, TicketRow, TicketState
from tickets.numbers import next_numbers
from tickets.order_steps import OPEN, OrderRefused, TicketStep, Wish, next_state
from tickets.outbox import enclose
from tickets.rows import Row, columns_of, insert_rows
from tickets.step_facts import step_facts
from tickets.store import Store, StoreUnavailable, plain_text
from tickets.urgency import Channel, Urgency

T = TypeVar("T")

WORST = 5  # satisfaction goes from 1, very satisfied, to this
_PORTION = 100  # tickets that are escalated in one transaction


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a ticket is about. In an edit, None leaves a fact as it is."""

    kind: TicketKind | None = None
    subject: str | None = None
    content: str | None = None
    caller: str | None = None  # telephone number
    caller_name: str | None = None
    address: str | None = None
    category: str | None = None  # its code in the tree; "": none
    urgency: Urgency | None = None
    channel: Channel | None = None  # how it came in

    def given(self) -> Row:
        """Return the facts that are not None, as columns."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        row = {name: plain_text(value.strip()) for name, value in values.items() if value is not None}
        if "caller" in row:
            row["caller"] = row["caller"][:KEY]
        return row


class Orders:
    """Changes tickets. All methods raise ``OrderRefused`` when it cannot be done, and ``StoreUnavailable``.

    ``reopen_from``: an answer at the follow-up from which on the ticket is reopened at once (None: never).
    ``categories``: the codes that a ticket's category may have (None: any).
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        deadlines: Deadlines | None = None,
        reopen_from: int | None = None,
        categories: Collection[str] | None = None,
    ) -> None:
        self._store, self._clock = store, clock
        self._deadlines = deadlines or Deadlines()
        self._reopen_from = reopen_from
        self._categories = categories

    async def create(self, facts: OrderFacts, by: str, *, call: str | None = None, further: bool = False) -> str:
        """Register a ticket, other than those that calls make by ending; return its number. ``call``: the call that
        goes on, whose ticket it is (that call makes no other one once ``TicketOpened`` is in its timeline);
        ``further``: that call has its own ticket already, and is only linked with this one."""
        if not (facts.subject or "").strip() and not (facts.content or "").strip():
            raise OrderRefused("a ticket needs a subject or a content: say what it is about")
        self._must_know(facts.category)
        now, kind = self._clock.now(), facts.kind or TicketKind.ENQUIRY

        def work(connection: Connection) -> str:
            [number] = next_numbers(connection, 1, now, self._deadlines.days.zone)
            state = TicketState.REGISTERED.value
            empty = dict.fromkeys(("caller", "caller_name", "subject", "content", "address", "category"), "")
            row = {**empty, **facts.given(), "number": number, "kind": kind.value, "state": state,
                   "created_at": now, "updated_at": now, "answer_by": self._deadlines.answer_by(kind, now)}  # fmt: skip
            own = None if further else call
            rest: Row = {"call_id": own, "queue": "", "agent": "", "language": "", "department": "", "result": "",
                         "merged_into": ""}  # fmt: skip
            insert_rows(connection, TicketRow, [{**rest, **row}])
            insert_rows(connection, TicketCallRow, links.link_rows([{**row, "call_id": call}]))
            _note(connection, number, at=now, by=by, action="create", after=state)
            return number

        return await self._write(work)

    async def take(self, number: str, wish: Wish, by: str) -> TicketState:
        """Take a step; return where the ticket stands then."""
        now = self._clock.now()

        def work(connection: Connection) -> TicketState:
            if wish.step is TicketStep.MERGE and wish.into:
                return self._merge(connection, number, wish, now, by)
            row = _locked(connection, number)
            after = self._step(connection, row, wish, now, by)
            too_bad = self._reopen_from is not None and (wish.satisfaction or 0) >= self._reopen_from
            if wish.step is not TicketStep.FOLLOW_UP or not too_bad:
                return after
            again = Wish(TicketStep.REOPEN, f"the caller is not satisfied ({wish.satisfaction} of {WORST})")
            return self._step(connection, {**row, "state": after.value}, again, now, by)

        return await self._write(work)

    async def link(self, number: str, call_id: str, by: str, *, undo: bool = False) -> None:
        """Note that a call is about a ticket, or (``undo``) that it is not."""
        now = self._clock.now()

        def work(connection: Connection) -> None:
            row = _locked(connection, number)
            if undo:
                links.unlink(connection, number, call_id, row["call_id"])
            else:
                links.link(connection, number, call_id, now, by)
            _set(connection, number, {"updated_at": now})
            action = "unlink" if undo else "link"
            _note(connection, number, at=now, by=by, action=action, note=f"call {call_id}", **_standing(row))

        await self._write(work)

    async def edit(self, number: str, facts: OrderFacts, by: str, note: str = "") -> None:
        """Change what a ticket is about; what it was before stays in its history."""
        self._must_know(facts.category)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            row = _locked(connection, number)
            if row["state"] == TicketState.CLOSED:
                raise OrderRefused(f"ticket {number} is closed: reopen it before it is changed")
            changed = {name: value for name, value in facts.given().items() if value != row[name]}
            if not changed:
                raise OrderRefused(f"ticket {number}: nothing would change")
            told = "; ".join(f"{name}: {row[name] or '-'} → {value or '-'}" for name, value in changed.items())
            if "kind" in changed and row["answer_by"] is not None:
                since = _counted_from(connection, number, row["created_at"])
                changed["answer_by"] = self._deadlines.answer_by(TicketKind(changed["kind"]), since)
            _set(connection, number, {**changed, "updated_at": now})
            cause = f"{note} ({told})" if note else told
            _note(connection, number, at=now, by=by, action="edit", note=cause, **_standing(row))

        await self._write(work)

    async def escalate(self, by: str) -> list[str]:
        """Escalate the tickets that are overdue and for which that has not been done yet; return their numbers.

        Whatever happens, a deadline that passed is escalated once. A portion of them is one transaction, so that those
        who write meanwhile wait for a portion only.
        """
        now = self._clock.now()
        done: list[str] = []

        def work(connection: Connection) -> list[str]:
            table = columns_of(TicketRow)
            found = connection.execute(
                select(table).where(*_not_escalated(now)).order_by(table.c.id).limit(_PORTION).with_for_update()
            ).mappings().all()  # fmt: skip
            for row in found:
                _set(connection, row["number"], {"escalated_at": now})
                what = " and ".join(overdue(row, now))
                _note(connection, row["number"], at=now, by=by, action="escalate", note=what, **_standing(row))
            return [row["number"] for row in found]

        while await self._any_late(now):
            done += await self._write(work)
        return done

    def _must_know(self, category: str | None) -> None:
        if category and self._categories is not None and category not in self._categories:
            there = ", ".join(sorted(self._categories)[:40]) or "none"
            raise OrderRefused(f"there is no category {category}; there are: {there}")

    async def _any_late(self, now: float) -> bool:
        """Look without holding up those who write: mostly there is nothing to escalate."""
        must_be_there(self._store)
        try:
            async with self._store.read() as session:
                query = select(columns_of(TicketRow).c.id).where(*_not_escalated(now)).limit(1)
                return (await session.execute(query)).first() is not None
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"overdue tickets cannot be looked for: {error.__cause__ or error}") from error

    def _merge(self, connection: Connection, number: str, wish: Wish, now: float, by: str) -> TicketState:
        """Merge a ticket into another; both are locked, the lower number first, so that two merges cannot block each
        other."""
        rows = {one: _locked(connection, one) for one in sorted({number, wish.into})}
        note = f"into {wish.into}" + (f": {wish.note}" if wish.note else "")
        after = self._step(connection, rows[number], replace(wish, note=note), now, by)
        into = rows[wish.into]
        links.merge_links(connection, number, into, now, by)
        _set(connection, wish.into, {"updated_at": now})
        _note(connection, wish.into, at=now, by=by, action="merge", note=f"{number} is part of this", **_standing(into))
        return after

    def _step(self, connection: Connection, row: RowMapping | Row, wish: Wish, now: float, by: str) -> TicketState:
        before = TicketState(row["state"])
        after = next_state(row["number"], before, wish.step)
        _complete(wish, before)
        _set(connection, row["number"], {
            "state": after.value, "updated_at": now, "accept_by": None, **step_facts(row, wish, now, self._deadlines),
        })  # fmt: skip
        note = wish.note
        if wish.satisfaction is not None:
            note = f"satisfaction {wish.satisfaction} of {WORST}" + (f": {note}" if note else "")
        standing = {**_standing(row), "after": after.value}
        if wish.step is TicketStep.DISPATCH:
            standing["department"] = wish.department
        _note(connection, row["number"], at=now, by=by, action=wish.step.value, note=note, **standing)
        return after

    async def _write(self, work: Callable[[Connection], T]) -> T:
        must_be_there(self._store)
        try:
            return await self._store.transact(work)
        except SQLAlchemyError as error:
            raise StoreUnavailable(
                f"the ticket cannot be written ({error.__cause__ or error}); nothing was changed. Has the service been "
                "started with this store, and is its disk there and not full?"
            ) from error


def overdue(row: Any, now: float) -> list[str]:
    """Return which deadlines of a ticket (a mapping) have passed, in words."""
    if TicketState(row["state"]) not in OPEN:
        return []
    passed = {"not accepted in time": row["accept_by"], "not answered in time": row["answer_by"]}
    return [words for words, deadline in passed.items() if deadline is not None and deadline <= now]


def _not_escalated(now: float) -> list[Any]:
    table = columns_of(TicketRow).c

    def passed(deadline: Any) -> Any:
        return (deadline <= now) & (table.escalated_at.is_(None) | (table.escalated_at < deadline))

    return [
        table.state.in_([state.value for state in OPEN]),
        or_(passed(table.accept_by), passed(table.answer_by)),
    ]


def _complete(wish: Wish, before: TicketState) -> None:
    """Refuse a step that lacks what it needs."""
    if wish.step is TicketStep.DISPATCH and not wish.department:
        raise OrderRefused("say to which department: its key in the directory")
    if wish.step in (TicketStep.RETURN, TicketStep.REOPEN) and not wish.note.strip():
        raise OrderRefused("say why: a ticket is returned or reopened with a reason")
    if wish.step is TicketStep.MERGE and not wish.into:
        raise OrderRefused("say into which ticket: its number")
    if wish.step is TicketStep.ANSWER and not wish.note.strip():
        raise OrderRefused("say what is answered")
    if wish.step is TicketStep.CLOSE and before is not TicketState.FOLLOWED_UP and not wish.note.strip():
        raise OrderRefused("say why: a ticket that was not followed up is closed with a reason")
    if wish.satisfaction is not None and not 1 <= wish.satisfaction <= WORST:
        raise OrderRefused(f"satisfaction goes from 1 (very satisfied) to {WORST}, not {wish.satisfaction}")


def _locked(connection: Connection, number: str) -> RowMapping:
    """Return a ticket's row, which nobody else changes until the transaction ends."""
    table = columns_of(TicketRow)
    query = select(table).where(table.c.number == plain_text(number)).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise OrderRefused(f"there is no ticket {number}; `hotline tickets` lists the latest")
    return row


def _counted_from(connection: Connection, number: str, created_at: float) -> float:
    """Return when the time to answer began: when it was registered, or last reopened."""
    table = columns_of(TicketChangeRow).c
    query = select(table.at).where(table.ticket == number, table.action == TicketStep.REOPEN.value)
    return float(connection.execute(query.order_by(table.id.desc()).limit(1)).scalar() or created_at)


def _set(connection: Connection, number: str, values: Row) -> None:
    table = columns_of(TicketRow)
    connection.execute(update(table).where(table.c.number == number).values(**values))


def _standing(row: RowMapping | Row) -> dict[str, str]:
    """Return what a change that moves nothing says of state and department."""
    return {"before": row["state"], "after": row["state"], "department": row["department"]}


def _note(connection: Connection, number: str, **facts: Any) -> None:
    """Write a change into the history, and into the outbox what other systems are told of it. The ticket's row must be
    changed already."""
    nothing = {"before": "", "after": "", "department": "", "note": ""}
    texts = {name: plain_text(value) if isinstance(value, str) else value for name, value in facts.items()}
    change = {**nothing, **texts}
    written = connection.execute(insert(columns_of(TicketChangeRow)).values(ticket=number, **change))
    enclose(connection, number, int((written.inserted_primary_key or (0,))[0]), change)
