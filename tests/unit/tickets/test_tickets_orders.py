"""Tickets as work orders, on SQLite and on PostgreSQL: steps and refusals, history, deadlines, repeats, search."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from calls.clock import ManualClock
from tickets import (
    Channel,
    Deadlines,
    OrderBook,
    OrderFacts,
    OrderRefused,
    Orders,
    RepeatRule,
    Store,
    StoreUnavailable,
    TicketKind,
    TicketState,
    TicketStep,
    Urgency,
    WantedOrders,
    Wish,
    WorkingDays,
    migrate,
)
from tickets import words as words_index
from tickets.models import TicketRow
from tickets.order_book import narrowed
from tickets.order_steps import OPEN, TABLE

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=ZONE).timestamp()
DAY = 86400.0
LIGHT = OrderFacts(kind=TicketKind.COMPLAINT, subject="路灯不亮", content="人民路12号门前路灯三天不亮",
                   caller="13812345678", caller_name="张三", address="人民路12号")  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def orders(store: Store, clock: ManualClock) -> Orders:
    return Orders(store, clock, Deadlines(WorkingDays(ZONE)), reopen_from=4)


@pytest.fixture
def book(store: Store) -> OrderBook:
    return OrderBook(store)


def day_of(moment: float | None) -> str:
    assert moment is not None
    return datetime.fromtimestamp(moment, ZONE).strftime("%m-%d %H:%M")


async def walk(orders: Orders, number: str, *wishes: Wish) -> TicketState:
    for wish in wishes:
        state = await orders.take(number, wish, "li")
    return state


DISPATCH = Wish(TicketStep.DISPATCH, department="urban_management")
ACCEPT = Wish(TicketStep.ACCEPT)
RETURN = Wish(TicketStep.RETURN, "不属本单位职责")
ANSWER = Wish(TicketStep.ANSWER, "已修复")
FOLLOW_UP = Wish(TicketStep.FOLLOW_UP, satisfaction=1)
CLOSE = Wish(TicketStep.CLOSE, "办结")
REOPEN = Wish(TicketStep.REOPEN, "又坏了")
WAY_TO: dict[TicketState, list[Wish]] = {
    TicketState.REGISTERED: [],
    TicketState.DISPATCHED: [DISPATCH],
    TicketState.ACCEPTED: [DISPATCH, ACCEPT],
    TicketState.RETURNED: [DISPATCH, RETURN],
    TicketState.ANSWERED: [DISPATCH, ACCEPT, ANSWER],
    TicketState.FOLLOWED_UP: [DISPATCH, ACCEPT, ANSWER, FOLLOW_UP],
    TicketState.CLOSED: [DISPATCH, ACCEPT, ANSWER, FOLLOW_UP, CLOSE],
    TicketState.REOPENED: [CLOSE, REOPEN],
}
MERGE = Wish(TicketStep.MERGE, into="2611020001")
ALL = {wish.step: wish for wish in (DISPATCH, ACCEPT, RETURN, ANSWER, FOLLOW_UP, CLOSE, MERGE, REOPEN)}


async def test_a_complaint_goes_its_whole_way_and_every_change_is_kept(orders, book, clock):
    number = await orders.create(LIGHT, "wang")
    for wish in (DISPATCH, ACCEPT, ANSWER, FOLLOW_UP, CLOSE):
        clock.advance(60)
        await orders.take(number, wish, "li")
    found = await book.one(number, clock.now())
    assert (found.state, found.result, found.satisfaction, found.department) == (
        "closed",
        "已修复",
        1,
        "urban_management",
    )
    assert (found.caller_name, found.address, found.number) == ("张三", "人民路12号", "2611020001")
    assert [(c.action, c.before, c.after, c.by, round(c.at - MONDAY)) for c in found.changes] == [
        ("create", "", "registered", "wang", 0),
        ("dispatch", "registered", "dispatched", "li", 60),
        ("accept", "dispatched", "accepted", "li", 120),
        ("answer", "accepted", "answered", "li", 180),
        ("follow-up", "answered", "followed_up", "li", 240),
        ("close", "followed_up", "closed", "li", 300),
    ]
    assert [c.note for c in found.changes] == ["", "", "", "已修复", "satisfaction 1 of 5", "办结"]
    moments = (found.dispatched_at, found.accepted_at, found.answered_at, found.followed_up_at, found.closed_at)
    assert [round(moment - MONDAY) for moment in moments] == [60, 120, 180, 240, 300]


async def test_each_step_is_taken_where_the_table_allows_it_and_refused_in_words_elsewhere(orders, book, clock):
    assert await orders.create(LIGHT, "wang") == MERGE.into
    for state, way in WAY_TO.items():
        for step, wish in ALL.items():
            number = await orders.create(LIGHT, "wang")
            assert not way or await walk(orders, number, *way) == state
            before = await book.one(number, clock.now())
            assert before.state == state
            if step in TABLE[state]:
                assert await orders.take(number, wish, "li") == TABLE[state][step]
                continue
            with pytest.raises(OrderRefused) as refused:
                await orders.take(number, wish, "li")
            assert f"ticket {number} is {state.value.replace('_', ' ')}: it cannot be" in str(refused.value)
            assert str(refused.value).endswith(", ".join(TABLE[state]))
            assert await book.one(number, clock.now()) == before


def test_every_state_has_a_way_on_and_is_reached():
    assert set(TABLE) == set(TicketState)
    assert all(TABLE.values())
    assert {after for ways in TABLE.values() for after in ways.values()} == set(TicketState) - {TicketState.REGISTERED}
    assert TicketState.REOPENED in OPEN


@pytest.mark.parametrize(
    ("way", "wish", "words"),
    [
        ([], Wish(TicketStep.DISPATCH), "which department"),
        ([DISPATCH], Wish(TicketStep.RETURN, "  "), "say why"),
        ([DISPATCH, ACCEPT], Wish(TicketStep.ANSWER), "say what is answered"),
        ([], Wish(TicketStep.CLOSE), "closed with a reason"),
        ([], Wish(TicketStep.MERGE), "say into which ticket"),
        ([], Wish(TicketStep.MERGE, into="2611020001"), "cannot be merged into itself"),
        ([], Wish(TicketStep.MERGE, into="1"), "there is no ticket 1"),
        ([CLOSE], Wish(TicketStep.REOPEN), "say why"),
        ([DISPATCH, ACCEPT, ANSWER], Wish(TicketStep.FOLLOW_UP, satisfaction=6), "from 1"),
    ],
)
async def test_a_step_that_lacks_what_it_needs_is_refused(orders, book, clock, way, wish, words):  # noqa: PLR0917
    number = await orders.create(LIGHT, "wang")
    await walk(orders, number, *way) if way else None
    before = await book.one(number, clock.now())
    with pytest.raises(OrderRefused, match=words):
        await orders.take(number, wish, "li")
    assert await book.one(number, clock.now()) == before


async def test_a_ticket_that_is_not_there_is_refused_whatever_is_written_for_its_number(orders):
    for number in ("9", "' OR 1=1 --", "\0\ud800"):
        with pytest.raises(OrderRefused, match="there is no ticket"):
            await orders.take(number, CLOSE, "li")
    with pytest.raises(OrderRefused, match="what it is about"):
        await orders.create(OrderFacts(subject=" "), "li")


async def test_deadlines_begin_with_registration_dispatch_and_reopening(orders, book, clock):
    number = await orders.create(LIGHT, "wang")
    assert day_of((await book.one(number, clock.now())).answer_by) == "11-24 00:00"  # 15 working days
    clock.advance(DAY)
    await orders.take(number, DISPATCH, "li")
    found = await book.one(number, clock.now())
    assert (day_of(found.accept_by), day_of(found.answer_by)) == ("11-05 00:00", "11-24 00:00")
    await orders.take(number, ACCEPT, "li")
    assert (await book.one(number, clock.now())).accept_by is None
    await orders.edit(number, OrderFacts(kind=TicketKind.ENQUIRY), "li")
    assert day_of((await book.one(number, clock.now())).answer_by) == "11-10 00:00"
    clock.advance(DAY)
    await walk(orders, number, ANSWER, REOPEN)
    found = await book.one(number, clock.now())
    assert (day_of(found.answer_by), found.answered_at, found.department) == ("11-12 00:00", None, "")


async def test_many_overdue_tickets_are_escalated_in_portions_between_which_others_write(store, orders, clock):
    numbers = [await orders.create(OrderFacts(subject=f"{n}"), "wang") for n in range(101)]
    clock.advance(60 * DAY)
    portions, transact = [], store.transact

    async def watched(work):
        portions.append(await transact(work))
        return portions[-1]

    store.transact = watched
    assert await orders.escalate("hotline") == numbers
    assert [len(one) for one in portions] == [100, 1]
    assert await orders.escalate("hotline") == []


async def test_overdue_tickets_are_listed_and_escalated_once_for_each_deadline(orders, book, clock):
    late, other = await orders.create(LIGHT, "wang"), await orders.create(LIGHT, "wang")
    await walk(orders, late, DISPATCH)
    await walk(orders, other, DISPATCH, ACCEPT, ANSWER)
    overdue = WantedOrders(overdue=True)
    assert await book.find(overdue, clock.now()) == []
    assert await orders.escalate("hotline") == []
    clock.advance(2 * DAY)
    [found] = await book.find(overdue, clock.now())
    assert (found.number, found.overdue) == (late, ("not accepted in time",))
    assert await orders.escalate("hotline") == [late]
    assert await orders.escalate("hotline") == []
    clock.advance(21 * DAY)
    assert await orders.escalate("hotline") == [late]
    assert await orders.escalate("hotline") == []
    changes = [c for c in (await book.one(late, clock.now())).changes if c.action == "escalate"]
    assert [(c.by, c.note) for c in changes] == [
        ("hotline", "not accepted in time"),
        ("hotline", "not accepted in time and not answered in time"),
    ]
    await walk(orders, late, ACCEPT, ANSWER)
    assert await book.find(overdue, clock.now()) == []


async def test_who_is_not_satisfied_has_the_ticket_reopened_at_once(orders, book, clock):
    number = await orders.create(LIGHT, "wang")
    state = await walk(orders, number, DISPATCH, ACCEPT, ANSWER, Wish(TicketStep.FOLLOW_UP, "还是不亮", satisfaction=4))
    assert state is TicketState.REOPENED
    last = (await book.one(number, clock.now())).changes[-2:]
    assert [(c.action, c.note) for c in last] == [
        ("follow-up", "satisfaction 4 of 5: 还是不亮"), ("reopen", "the caller is not satisfied (4 of 5)"),
    ]  # fmt: skip


async def test_an_edit_tells_what_was_there_before(orders, book, clock):
    number = await orders.create(LIGHT, "wang")
    await orders.edit(number, OrderFacts(subject="路灯", address=""), "li", "写错了")
    found = await book.one(number, clock.now())
    assert (found.subject, found.address, found.content) == ("路灯", "", LIGHT.content)
    assert found.changes[-1].note == "写错了 (subject: 路灯不亮 → 路灯; address: 人民路12号 → -)"
    with pytest.raises(OrderRefused, match="nothing would change"):
        await orders.edit(number, OrderFacts(subject="路灯"), "li")
    await orders.take(number, CLOSE, "li")
    with pytest.raises(OrderRefused, match="reopen it"):
        await orders.edit(number, OrderFacts(subject="灯"), "li")


async def test_the_third_ticket_of_a_number_and_subject_within_thirty_days_is_flagged(orders, book, clock):
    async def flags() -> list[tuple[int, bool]]:
        return [(t.repeats, t.repeated) for t in reversed(await book.find(WantedOrders(), clock.now()))]

    for facts in (LIGHT, OrderFacts(subject="路灯不亮", caller="13900000000"), OrderFacts(subject="路灯不亮")):
        await orders.create(facts, "wang")
        await orders.create(facts, "wang")
    clock.advance(29 * DAY)
    await orders.create(LIGHT, "wang")
    assert await flags() == [(1, False), (2, False), (1, False), (2, False), (0, False), (0, False), (3, True)]
    clock.advance(29 * DAY)  # the first two are too long ago by now
    await orders.create(LIGHT, "wang")
    assert (await flags())[-1] == (2, False)
    [flagged] = await book.find(WantedOrders(repeated=True), clock.now())
    assert flagged.repeats == 3
    assert len(await OrderBook(book._store, RepeatRule(times=2)).find(WantedOrders(repeated=True), clock.now())) == 4


async def test_what_is_urgent_is_found_tells_the_line_that_has_to_know_and_keeps_how_it_came_in(orders, book, clock):
    plain = await orders.create(OrderFacts(subject="水管"), "wang")
    gas = await orders.create(OrderFacts(subject="燃气泄漏", urgency=Urgency.FIRE, channel=Channel.WEB), "wang")
    await orders.edit(plain, OrderFacts(urgency=Urgency.URGENT), "li")
    found = await book.find(WantedOrders(urgent=True), clock.now())
    assert {one.number: (one.urgency, one.line, one.channel) for one in found} == {
        gas: ("fire", "119", "web"), plain: ("urgent", "", "phone")
    }  # fmt: skip
    assert [one.number for one in await book.find(WantedOrders(channel="web"), clock.now())] == [gas]
    assert (await book.one(plain, clock.now())).changes[-1].note == "urgency: normal → urgent"
    await orders.edit(plain, OrderFacts(urgency=Urgency.NORMAL), "li")
    assert [one.number for one in await book.find(WantedOrders(urgent=True), clock.now())] == [gas]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("路灯", True), ("灯", True), ("人民路 不亮", True), ("路灯 水管", False), ("张三", True), ("ABC", True),
        ("abc", True), ("%", False), ("_", False), ("' OR 1=1 --", False), ("", True),
    ],
)  # fmt: skip
async def test_tickets_are_found_by_words_of_their_text(orders, book, clock, words, found):
    number = await orders.create(LIGHT, "wang")
    await walk(orders, number, Wish(TicketStep.ANSWER, "见 Abc 号文"))
    assert [t.number for t in await book.find(WantedOrders(text=words), clock.now())] == ([number] if found else [])


async def test_a_word_is_found_wherever_it_stands_and_no_longer_when_it_was_changed_or_is_gone(orders, book, clock):
    async def found(words: str) -> list[str]:
        return sorted(one.number for one in await book.find(WantedOrders(text=words), clock.now()))

    facts = OrderFacts(
        subject="路灯", content='门前"井盖"坏了 ÄÖ straße O\'Neil', address="人民路12号", caller_name="李"
    )
    first = await orders.create(facts, "wang")
    second = await orders.create(OrderFacts(subject="燃气泄漏", content="灯" * 300 + "完"), "wang")
    for word in ("路", "路灯", '"', '前"井', "井盖", '盖"坏了', "12", "李", "ÄÖ", "ße", "o'n", "o'neil", first[:3],
                 first, "人民路12号"):  # fmt: skip
        assert first in await found(word), word
    for word in ("灯路", "坏了人", "路灯门前", "井 盖x", "\\", "*", "NEAR(", "路灯 燃气", "AND", "灯" * 301):
        assert await found(word) == [], word
    assert await found("灯") == sorted([first, second]) and await found("灯" * 200) == [second]
    assert await found("完") == [second]
    await orders.edit(first, OrderFacts(subject="水管", content=""), "li")
    assert (await found("路灯"), await found("井盖"), await found("水管")) == ([], [], [first])
    await walk(orders, first, Wish(TicketStep.ANSWER, "已换新管"))
    assert await found("换新") == [first]


async def test_words_are_looked_up_in_an_index(store, orders, book, clock):
    for n in range(300):
        await orders.create(OrderFacts(subject=f"占道经营{n}"), "wang")
    number = await orders.create(OrderFacts(subject="燃气泄漏"), "wang")
    for words, index in (("燃气泄", "ticket_words"), ("燃气", "ticket_words_terms")):
        asked = narrowed(select(TicketRow.number), WantedOrders(text=words), clock.now())
        async with store.read() as session:
            assert (await session.scalars(asked)).all() == [number]
            sqlite = store.engine.dialect.name == "sqlite"
            if not sqlite:  # so small a table would be gone through
                await session.execute(text("SET LOCAL enable_seqscan = off"))
            compiled = asked.compile(store.engine, compile_kwargs={"literal_binds": True})
            how = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
            plan = str((await session.execute(text(f"{how} {compiled}".replace(":", "\\:")))).all())
        assert (f"SCAN {index}" if sqlite else "ix_tickets_words") in plan
        assert "SCAN tickets" not in plan


async def test_the_latest_tickets_with_a_common_word_are_found_without_the_index(
    store, orders, book, clock, monkeypatch
):
    monkeypatch.setattr(words_index, "_COMMON", 3)
    numbers = [await orders.create(OrderFacts(subject=f"占道经营 {n}"), "wang") for n in range(4)]
    await orders.create(OrderFacts(subject="占用车位"), "wang")
    sqlite = store.engine.dialect.name == "sqlite"
    for word, common in (("占道", sqlite), ("占道经", sqlite), ("车位", False), ("用车位", False), ("ÄÖ", False)):
        assert (word in await words_index.common_words(store, [word])) == common
    assert [one.number for one in await book.find(WantedOrders(text="占道经营"), clock.now())] == numbers[::-1]
    assert [one.number for one in await book.find(WantedOrders(text="占道 2"), clock.now())] == numbers[::-1]


async def test_of_two_who_dispatch_at_once_one_is_refused(store, orders, clock, book):
    number = await orders.create(LIGHT, "wang")
    others = [Orders(Store(store.url), clock) for _ in range(4)]
    wishes = [Wish(TicketStep.DISPATCH, department=f"d{k}") for k in range(4)]
    ends = await asyncio.gather(
        *(o.take(number, w, "li") for o, w in zip(others, wishes, strict=True)), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["OrderRefused"] * 3 + ["TicketState"]
    assert len((await book.one(number, clock.now())).changes) == 2
    for other in others:
        await other._store.close()


async def test_a_store_that_is_not_there_is_told_and_not_made(tmp_path, clock):
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(StoreUnavailable, match="no ticket store"):
        await Orders(store, clock).create(LIGHT, "wang")
    with pytest.raises(StoreUnavailable, match="no ticket store"):
        await OrderBook(store).find(WantedOrders(), 0.0)
    assert not (tmp_path / "none.db").exists()
    await store.close()


async def test_tickets_live_through_the_schema_before_work_orders_and_back(store, orders, book, clock):
    number = await orders.create(LIGHT, "wang")
    await walk(orders, number, CLOSE, REOPEN)
    await migrate.downgrade(store, "0006")
    async with store.read() as session:
        row = (await session.execute(text("SELECT number, state, subject FROM tickets"))).one()
    assert tuple(row) == (number, "registered", "路灯不亮")
    await migrate.upgrade(store)
    found = await book.one(number, clock.now())
    assert (found.subject, found.content, found.answer_by, found.changes) == ("路灯不亮", "", None, [])
    assert await orders.take(number, DISPATCH, "li") is TicketState.DISPATCHED
    assert day_of((await book.one(number, clock.now())).answer_by) == "11-24 00:00"
