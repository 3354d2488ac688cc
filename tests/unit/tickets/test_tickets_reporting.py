"""The figures, computed by hand from calls as they happen, and the definitions one by one."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest
from reported import DAY, SHANGHAI, TEN, answered, asks, figure, gives_up, report

from calls import timeline as t
from calls.call import Outcome
from calls.clock import ManualClock
from calls.identity import AgentId, CallId, SeatId
from tickets import (
    Channel,
    Deadlines,
    Journal,
    OrderFacts,
    Orders,
    Reader,
    Store,
    StoreUnavailable,
    TicketKind,
    TicketStep,
    Wish,
    WorkingDays,
    open_store,
)  # fmt: skip
from tickets.reporting import (
    Clock,
    Definition,
    Ending,
    Rules,
    Span,
    Unknown,
    compute,
    period_of,
    read_facts,
)
from tickets.reporting.levels import Counted, level


async def test_figures_of_assessment_follow_their_definitions(store: Store, journal: Journal) -> None:
    found = await report(
        store, journal,
        answered("c1", TEN, 15, talks=100, wraps=20, satisfied=True),
        answered("c2", TEN, 16, talks=60, satisfied=False, department="tax", agent="2002"),
        answered("c3", TEN, 0, talks=20, queue="english"),
        gives_up("c4", TEN, 4.5), gives_up("c5", TEN, 40),
    )  # fmt: skip
    assert figure(found, "connect_rate") == 3 / 5
    assert figure(found, "answer_timeliness") == 2 / 3
    assert figure(found, "satisfaction") == 1 / 2
    assert figure(found, "asa") == pytest.approx(31 / 3)
    assert figure(found, "aht") == pytest.approx((100 + 20 + 60 + 20) / 3)
    assert figure(found, "abandonment") == 2 / 5
    assert figure(found, "short_abandoned") == 1
    assert figure(found, "abandonment_without_short") == 1 / 4
    assert figure(found, "longest_wait") == 40
    assert (found.endings[Ending.AGENT], found.endings[Ending.THREE_WAY]) == (2, 1)
    assert found.endings[Ending.ABANDONED_QUEUE] == 2
    assert {row.name: row.asked for row in found.by_queue} == {"general": 4, "english": 1}
    assert {row.name: row.answered for row in found.by_agent} == {"2001": 2, "2002": 1}
    assert [(row.name, row.calls) for row in found.by_department] == [("tax", 1)]
    assert found.by_hour[10].service_level == 2 / 3
    assert found.arrivals[3][10] == 5  # 26 November 2026 is a Thursday


async def test_what_the_store_does_not_keep_is_not_known_and_says_why(store: Store, journal: Journal) -> None:
    found = await report(store, journal, answered("c1", TEN, 1))
    unknown = {one.key: one.unknown for one in found.judged if one.value is None}
    assert unknown == {
        "satisfaction": Unknown.NOTHING, "service_complaints": Unknown.NO_COMPLAINTS,
        "dispatch_timeliness": Unknown.NOTHING, "first_contact_resolution": Unknown.NO_ORDER_STEPS,
        "text_replies": Unknown.NOTHING, "closing_rate": Unknown.NOTHING, "follow_up_rate": Unknown.NOTHING,
    }  # fmt: skip
    assert [one.unknown for one in found.field if one.key == "occupancy"] == [Unknown.NO_AGENT_STATES]


async def test_figures_of_work_orders_follow_their_definitions(store: Store, journal: Journal) -> None:
    before = await report(store, journal, *(answered(f"c{i}", TEN, 1, department="tax" * (i == 4)) for i in range(5)))
    assert figure(before, "first_contact_resolution") is None
    deadlines = Deadlines(WorkingDays(SHANGHAI))

    async def made(at: float, *steps: tuple[float, TicketStep], kind: TicketKind = TicketKind.ENQUIRY) -> None:
        number = await Orders(store, ManualClock(at), deadlines).create(
            OrderFacts(kind=kind, subject="井盖缺失"), "2001"
        )
        await take(number, *steps)

    async def take(number: str, *steps: tuple[float, TicketStep]) -> None:
        for when, step in steps:
            await Orders(store, ManualClock(when), deadlines).take(
                number, Wish(step, note="因为", department="tax"), "2001"
            )

    hour, day = 3600, 86400
    sent, took, gave = TicketStep.DISPATCH, TicketStep.ACCEPT, TicketStep.ANSWER
    told, shut = TicketStep.FOLLOW_UP, TicketStep.CLOSE
    last_week = TEN - 7 * day  # Thursday: an enquiry is to be answered by the end of this Thursday, 26 November
    await made(last_week, (last_week, sent), (last_week, took), (TEN, gave), (TEN, told), (TEN + hour, shut))
    await made(last_week, (last_week, sent), (last_week, took), (TEN, gave))
    await made(last_week)
    await made(TEN, (TEN + hour, sent))
    await made(TEN, (TEN + day, sent))
    await made(TEN)
    numbers = [one.number for one in await Reader(store).tickets() if one.call_id in ("c0", "c1")]
    await take(numbers[0], (TEN + hour, sent))
    await take(numbers[1], (TEN + hour, shut), (TEN + 2 * hour, TicketStep.REOPEN))

    found = compute(await read_facts(store, DAY, DAY.end), DAY, Rules(), DAY.end)
    assert figure(found, "dispatch_timeliness") == 1 / 3  # one the same day, one the next, one untouched
    assert figure(found, "follow_up_rate") == 1 / 2
    assert figure(found, "closing_rate") == 1 / 3
    assert figure(found, "first_contact_resolution") == 3 / 5
    ends = found.endings
    assert (ends[Ending.DISPATCHED], ends[Ending.THREE_WAY], ends[Ending.AGENT]) == (1, 1, 3)
    in_the_day = compute(await read_facts(store, DAY, DAY.end - 1), DAY, Rules(), DAY.end - 1)
    assert figure(in_the_day, "closing_rate") is None  # the deadline is not past yet


async def test_text_messages_count_as_replied_when_answered_the_same_day_and_complaints_by_their_category(
    store: Store, journal: Journal
) -> None:
    async def made(at: float, answered_at: float | None = None, **facts: object) -> None:
        number = await Orders(store, ManualClock(at)).create(OrderFacts(subject="井盖缺失", **facts), "2001")  # type: ignore[arg-type]
        if answered_at is not None:
            orders = Orders(store, ManualClock(answered_at))
            await orders.take(number, Wish(TicketStep.ANSWER, "已修复"), "2001")

    hour, complaint = 3600, TicketKind.COMPLAINT
    await made(TEN, TEN + hour, channel=Channel.TEXT)
    await made(TEN, TEN + 24 * hour, channel=Channel.TEXT)
    await made(TEN, channel=Channel.TEXT)
    await made(TEN, TEN + hour, channel=Channel.WEB)  # came another way
    await made(TEN, category="0801", kind=complaint)
    await made(TEN, category="0801")  # an enquiry about the service
    await made(TEN, category="01", kind=complaint)
    await made(TEN - 24 * hour, category="0801", kind=complaint)  # the day before
    rules = Rules(service_categories=("08", "0801"))
    found = await report(
        store, journal, answered("c1", TEN, 1), answered("c2", TEN, 1), gives_up("c3", TEN, 9), rules=rules
    )
    assert figure(found, "text_replies") == 1 / 3
    assert figure(found, "service_complaints") == 1 / 2  # who gave up is no effective call
    assert [one.kept for one in found.judged if one.key == "service_complaints"] == [False]


def test_the_five_service_levels_give_what_the_field_says_of_one_data_set() -> None:
    counted = Counted(answered=1000, abandoned=60, answered_in_time=860, abandoned_in_time=20)
    found = {each: round(100 * part / whole, 1) for each in Definition for part, whole in [level(counted, each)]}
    assert list(found.values()) == [83.0, 86.0, 81.1, 82.7, 82.1]


async def test_the_clock_starts_at_the_ring_the_last_key_or_the_queue(store: Store, journal: Journal) -> None:
    found = await report(
        store, journal, answered("c1", TEN, 12), answered("c2", TEN, 14.5), answered("c3", TEN, 14.5, key_after=None)
    )
    kept = {one.clock: one.part for one in found.levels if one.definition is Definition.ANSWERED_ONLY}
    assert kept == {Clock.RING: 0, Clock.MENU: 1, Clock.QUEUE: 3}


async def test_who_is_connected_again_counts_by_the_first_answer(store: Store, journal: Journal) -> None:
    events = answered("c1", TEN, 3)
    again = t.Connected(call=CallId("c1"), at=TEN + 200, agent=AgentId("2002"), seat=SeatId("1002"))
    found = await report(store, journal, [*events[:-1], again, events[-1]])
    assert figure(found, "asa") == 3


async def test_calls_that_go_on_and_those_agents_make_are_told_apart(store: Store, journal: Journal) -> None:
    placed = [
        t.CallPlaced(call=CallId("o1"), at=TEN, agent=AgentId("2001"), seat=SeatId("1001"), caller="12345",
                     dialled="139", ticket="", node="a1", unique_id="o1"),
        t.CallEnded(call=CallId("o1"), at=TEN + 9, outcome=Outcome.NO_ANSWER),
    ]  # fmt: skip
    found = await report(store, journal, answered("c1", TEN, 3), asks("c2", TEN), placed)
    assert (found.arrived, found.running, found.outbound) == (2, 1, 1)
    assert figure(found, "connect_rate") == 1.0


async def test_a_call_belongs_to_the_day_of_the_hotlines_time_zone(store: Store, journal: Journal) -> None:
    found = await report(
        store, journal, answered("c1", DAY.start - 0.5, 3), answered("c2", DAY.start, 3),
        answered("c3", DAY.end - 0.5, 3), answered("c4", DAY.end, 3),
    )  # fmt: skip
    assert found.arrived == 2
    assert [row.name for row in found.by_hour if row.calls] == ["00", "23"]


async def test_thresholds_are_those_of_the_settings(store: Store, journal: Journal) -> None:
    calls = (answered("c1", TEN, 18), gives_up("c2", TEN, 8))
    found = await report(store, journal, *calls, rules=Rules(threshold_s=20, short_abandon_s=10))
    assert (figure(found, "answer_timeliness"), figure(found, "short_abandoned")) == (1.0, 1)


async def test_occupancy_is_time_on_callers_of_time_there_for_them(store: Store, journal: Journal) -> None:
    def change(agent: str, at: float, state: str) -> dict[str, object]:
        return {"agent": agent, "seat": "1001", "state": state, "at": at, "cause": "x"}

    start = DAY.start + 10 * 3600 - 600
    for one in (
        change("2001", DAY.start - 3600, "ready"),  # ready since yesterday: counts from midnight
        change("2001", DAY.start + 3600, "break"),
        change("2001", start, "talking"), change("2001", start + 900, "wrap_up"), change("2001", start + 1200, "ready"),
        change("2001", start + 1500, "logged_out"),
    ):  # fmt: skip
        journal.append_agent(one)
    found = await report(store, journal, answered("c1", TEN, 3))
    assert figure(found, "occupancy") == pytest.approx(1200 / (3600 + 1500))
    assert found.by_agent[0].occupancy == pytest.approx(1200 / 5100)
    assert [found.by_hour[hour].occupancy for hour in (0, 9, 10, 11)] == [
        0.0, 1.0, pytest.approx(600 / 900), None
    ]  # fmt: skip


async def test_an_empty_day_has_no_figures_but_does_not_fail(store: Store, journal: Journal) -> None:
    found = await report(store, journal)
    assert found.arrived == 0
    assert all(one.value is None for one in found.judged)


@pytest.mark.parametrize(
    ("span", "text", "first", "last"),
    [
        (Span.DAY, "2026-11-26", date(2026, 11, 26), date(2026, 11, 26)),
        (Span.WEEK, "2026-11-26", date(2026, 11, 23), date(2026, 11, 29)),
        (Span.WEEK, "2026-W48", date(2026, 11, 23), date(2026, 11, 29)),
        (Span.MONTH, "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        (Span.MONTH, "2028-02-29", date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_a_time_is_named_by_a_date_in_it(span: Span, text: str, first: date, last: date) -> None:
    found = period_of(span, text, 0.0, SHANGHAI)
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(("text", "first"), [(None, 26), ("", 26), ("today", 26), ("yesterday", 25)])
def test_without_a_date_it_is_today_where_the_hotline_is(text: str | None, first: int) -> None:
    assert period_of(Span.DAY, text, DAY.start + 1, SHANGHAI).first == date(2026, 11, first)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13", "tomorow", "2026-W60", " -", "0001-01-01", "9999-12-31", "'"]
)
@pytest.mark.parametrize("span", list(Span))
def test_what_is_no_date_is_told_so(span: Span, text: str) -> None:
    with pytest.raises(ValueError, match="write today"):
        period_of(span, text, 0.0, UTC)


def test_days_on_which_clocks_change_have_23_or_25_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = (period_of(Span.DAY, day, 0.0, berlin) for day in ("2026-03-29", "2026-10-25"))
    assert [hour for hour, _ in spring.hours()] == [0, 1, *range(3, 24)]
    assert [hour for hour, _ in autumn.hours()] == [0, 1, 2, 2, *range(3, 24)]


@pytest.mark.parametrize("url", ["nonsense", "mysql+none://x/y", "sqlite:///x.db"])
def test_a_url_that_is_no_store_is_told_with_a_remedy(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreUnavailable, match="write a URL like"):
        open_store(url)
