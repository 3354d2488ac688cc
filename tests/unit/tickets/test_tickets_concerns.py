"""What a supervisor has to look after, and how good the told waits were: computed by hand."""

import pytest
from reported import DAY, SHANGHAI, TEN, answered, figure, gives_up, report

from calls import timeline as t
from calls.clock import ManualClock
from calls.identity import CallId
from tickets import (
    Deadlines,
    Journal,
    OrderBook,
    OrderFacts,
    Orders,
    RepeatRule,
    Store,
    TicketStep,
    Urgency,
    WantedOrders,
    Wish,
    WorkingDays,
)
from tickets.reporting import Concerns, Rules, Unknown, compute, read_facts

DAY_S = 86400
NIGHT = DAY.end - 1
DEADLINES = Deadlines(WorkingDays(SHANGHAI))


def told(call: str, events: list[t.Event], at: float, wait_s: float | None) -> list[t.Event]:
    """The same call, its caller told a wait."""
    said = t.PlaceAnnounced(call=CallId(call), at=at, place=1, wait_s=wait_s)
    return sorted([*events, said], key=lambda event: event.at)


async def test_the_error_of_told_waits_is_how_far_off_they_were(store: Store, journal: Journal) -> None:
    found = await report(
        store, journal,
        told("c1", answered("c1", TEN, 40), TEN + 15, 60),  # 30 s were left of 60 told: kept, 30 off
        told("c2", told("c2", answered("c2", TEN, 100), TEN + 15, 60), TEN + 60, 10),  # the first one counts: 30 off
        told("c3", answered("c3", TEN, 70), TEN + 15, 60),  # exact
        told("c4", answered("c4", TEN, 70), TEN + 15, None), told("c5", gives_up("c5", TEN, 70), TEN + 15, 60),
    )  # fmt: skip
    assert figure(found, "ewt_error") == pytest.approx(60 / 3)
    assert figure(found, "ewt_kept") == pytest.approx(2 / 3)


async def test_where_nobody_was_told_a_wait_its_error_is_not_known(store: Store, journal: Journal) -> None:
    found = await report(store, journal, answered("c1", TEN, 40))
    assert {one.unknown for one in found.field if one.key.startswith("ewt")} == {Unknown.NOBODY_TOLD}


async def raise_matter(store: Store, at: float, *, caller: str = "13812345678", subject: str = "噪声扰民") -> str:
    facts = OrderFacts(subject=subject, caller=caller)
    return await Orders(store, ManualClock(at), DEADLINES).create(facts, "2001")


async def concerns_of(store: Store, rules: Rules | None = None) -> Concerns:
    facts = await read_facts(store, DAY, NIGHT, rules)
    return compute(facts, DAY, rules or Rules(), NIGHT).concerns


async def test_a_matter_is_repeated_at_its_third_ticket_in_thirty_days(store: Store) -> None:
    for days in (30, 20, 10, 0):  # the first is just too long ago
        await raise_matter(store, TEN - days * DAY_S)
    await raise_matter(store, TEN, subject="物业管理")
    await raise_matter(store, TEN, caller="")
    found = await concerns_of(store)
    [one] = found.repeated_matters
    assert (found.repeated, one.caller, one.subject, one.times) == (1, "138****5678", "噪声扰民", 3)
    assert (await concerns_of(store, Rules(repeat_times=4))).repeated == 0
    assert (await concerns_of(store, Rules(repeat_times=4, repeat_days=31))).repeated == 1


async def test_urgent_matters_count_until_they_are_answered(store: Store) -> None:
    async def urgent(at: float, urgency: Urgency, *steps: Wish) -> None:
        orders = Orders(store, ManualClock(at), DEADLINES)
        number = await orders.create(OrderFacts(subject="燃气泄漏", urgency=urgency), "2001")
        for step in steps:
            await orders.take(number, step, "2001")

    await urgent(TEN, Urgency.FIRE)
    await urgent(TEN, Urgency.URGENT, Wish(TicketStep.DISPATCH, department="water"))
    await urgent(TEN, Urgency.POLICE, Wish(TicketStep.ANSWER, "已到场"))
    await urgent(TEN, Urgency.NORMAL)
    await urgent(TEN - DAY_S, Urgency.MEDICAL)  # the day before
    assert (await concerns_of(store)).urgent == 2


async def test_a_matter_that_was_repeated_before_the_time_only_is_not_told_again(store: Store) -> None:
    for days in (3, 2, 1):
        await raise_matter(store, TEN - days * DAY_S)
    await raise_matter(store, DAY.end + 1)
    assert (await concerns_of(store)).repeated == 0


async def test_repeated_and_overdue_are_those_that_the_list_of_tickets_shows(store: Store) -> None:
    for days in (12, 11, 2, 0):
        number = await raise_matter(store, TEN - days * DAY_S)
        if days == 11:
            dispatched = Orders(store, ManualClock(TEN - 10 * DAY_S), DEADLINES)
            await dispatched.take(number, Wish(TicketStep.DISPATCH, department="water"), "2001")
        if days == 12:
            await Orders(store, ManualClock(TEN), DEADLINES).take(number, Wish(TicketStep.ANSWER, "修好了"), "2001")
    await raise_matter(store, TEN - 9 * DAY_S, subject="路灯")
    found = await concerns_of(store)
    book = OrderBook(store, RepeatRule())
    late = await book.find(WantedOrders(overdue=True), NIGHT)
    assert [one.number for one in found.overdue_orders] == [one.number for one in late]
    assert found.overdue_by_department == [("", 1), ("water", 1)]
    assert all(one.late_s == NIGHT - one.due_at > 0 for one in found.overdue_orders)
    repeated = await book.find(WantedOrders(repeated=True), NIGHT)
    assert [one.number for one in found.repeated_matters] == [repeated[0].number]
    assert found.repeated_matters[0].times == repeated[0].repeats == 4
