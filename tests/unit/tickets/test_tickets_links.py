"""Calls and tickets, many to many; tickets merged; tickets that are much alike. On SQLite and PostgreSQL."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from rapidfuzz import fuzz

from calls import timeline as t
from calls.clock import ManualClock
from calls.identity import CallId
from tickets import (
    Journal,
    OrderBook,
    OrderDetail,
    OrderFacts,
    OrderRefused,
    Orders,
    SimilarRule,
    Store,
    TicketStep,
    WantedOrders,
    Wish,
    migrate,
)

Answered = Callable[..., list[t.Event]]
NOW = 1_793_581_200.0


@pytest.fixture
async def called(store: Store, journal: Journal, answered: Answered) -> list[str]:
    """Three calls that have ended; the tickets they left."""
    for call in ("c1", "c2", "c3"):
        for event in answered(call):
            journal.append(event)
    await journal.flush()
    found = await OrderBook(store).find(WantedOrders(), NOW)
    return [one.number for one in sorted(found, key=lambda one: one.call_id or "")]


async def shown(store: Store, number: str) -> OrderDetail:
    found = await OrderBook(store).one(number, NOW)
    assert found is not None
    return found


async def test_a_call_may_be_about_many_tickets_and_a_ticket_about_many_calls(store: Store, called: list[str]) -> None:
    orders = Orders(store, ManualClock(NOW))
    one = called[0]
    assert [call.id for call in (await shown(store, one)).calls] == ["c1"]  # the one it was made from
    await orders.link(one, "c3", "li")
    other = await orders.create(OrderFacts(subject="另一件事"), "li")
    await orders.link(other, "c3", "li")
    assert sorted(call.id for call in (await shown(store, one)).calls) == ["c1", "c3"]
    about = await OrderBook(store).find(WantedOrders(call="c3"), NOW)
    assert {found.number for found in about} == {one, other, called[2]}

    await orders.link(one, "c3", "li", undo=True)
    assert [call.id for call in (await shown(store, one)).calls] == ["c1"]
    actions = [(change.action, change.note) for change in (await shown(store, one)).changes]
    assert actions == [("link", "call c3"), ("unlink", "call c3")]


async def test_tickets_made_while_a_call_goes_on_are_linked_with_it_and_it_makes_no_other(
    store: Store, journal: Journal, answered: Answered
) -> None:
    *before, end = answered("c1")
    for event in before:
        journal.append(event)
    await journal.flush()
    orders = Orders(store, ManualClock(NOW))
    own = await orders.create(OrderFacts(subject="一"), "hotline", call="c1")
    journal.append(t.TicketOpened(call=CallId("c1"), at=1070, ticket=own))
    further = await orders.create(OrderFacts(subject="二"), "hotline", call="c1", further=True)
    journal.append(end)
    await journal.flush()
    assert [[call.id for call in (await shown(store, one)).calls] for one in (own, further)] == [["c1"], ["c1"]]
    assert ((await shown(store, own)).call_id, (await shown(store, further)).call_id) == ("c1", None)
    assert {one.number for one in await OrderBook(store).find(WantedOrders(), NOW)} == {own, further}


async def test_a_link_that_makes_no_sense_is_refused_in_words(store: Store, called: list[str]) -> None:
    orders = Orders(store, ManualClock(NOW))
    for number, call, undo, words in (
        (called[0], "nowhere", False, "there is no call nowhere"),
        (called[0], "c1", False, "is linked with call c1 already"),
        (called[0], "c1", True, "was made from call c1: that link stays"),
        (called[0], "c2", True, "is not linked with call c2"),
        ("9", "c2", False, "there is no ticket 9"),
    ):
        with pytest.raises(OrderRefused, match=words):
            await orders.link(number, call, "li", undo=undo)
    assert (await shown(store, called[0])).changes == []


async def test_a_merged_ticket_is_closed_and_its_calls_belong_to_the_other(store: Store, called: list[str]) -> None:
    orders = Orders(store, ManualClock(NOW))
    first, second, third = called
    await orders.take(first, Wish(TicketStep.MERGE, into=second), "li")
    await orders.take(second, Wish(TicketStep.MERGE, "同一路灯", into=third), "li")
    merged = await shown(store, first)
    assert (merged.state, merged.merged_into, merged.closed_at) == ("closed", third, NOW)
    kept = await shown(store, third)
    assert (kept.state, [call.id for call in kept.calls]) == ("registered", ["c1", "c2", "c3"])
    assert [(change.action, change.note) for change in kept.changes] == [("merge", f"{second} is part of this")]
    assert (await shown(store, second)).changes[-1].note == f"into {third}: 同一路灯"
    with pytest.raises(OrderRefused, match=f"was itself merged into {third}"):
        await orders.take(third, Wish(TicketStep.MERGE, into=second), "li")
    await orders.take(first, Wish(TicketStep.REOPEN, "其实不同"), "li")
    assert (await shown(store, first)).merged_into == ""


async def test_texts_are_compared_beside_the_loop_so_that_no_call_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    ratio = fuzz.ratio

    def watched(one: str, other: str, **how: Any) -> float:
        compared.append(threading.get_ident())
        return float(ratio(one, other, **how))

    monkeypatch.setattr(fuzz, "ratio", watched)
    orders = Orders(store, ManualClock(NOW))
    older, newer = [await orders.create(OrderFacts(subject="路灯", content="灯" * 9_000), "li") for _ in range(2)]
    assert [one.number for one in (await shown(store, newer)).similar] == [older]
    assert compared and threading.get_ident() not in compared


async def test_texts_that_are_much_alike_are_shown_the_most_alike_first(store: Store) -> None:
    clock = ManualClock(NOW)
    orders = Orders(store, clock)
    facts = OrderFacts(subject="路灯不亮", content="人民路12号门前路灯三天不亮", caller="13812345678")
    long_ago = await orders.create(facts, "li")
    clock.advance(40 * 86400)
    same = await orders.create(facts, "li")
    near = await orders.create(
        OrderFacts(subject="路灯坏了", content="人民路12号门前的路灯已经三天不亮了", caller="13900000000"), "li"
    )
    await orders.create(OrderFacts(subject="水压太低", content="高层住户早上没有水"), "li")
    merged = await orders.create(facts, "li")
    await orders.take(merged, Wish(TicketStep.MERGE, into=same), "li")
    newest = await orders.create(facts, "li")

    found = (await shown(store, newest)).similar
    assert [one.number for one in found] == [same, near]
    assert [(one.likeness == 100, one.same_caller) for one in found] == [(True, True), (False, False)]
    assert long_ago not in {one.number for one in found}
    strict = await OrderBook(store, alike=SimilarRule(alike_from=95)).one(newest, NOW)
    assert strict is not None and [one.number for one in strict.similar] == [same]
    never = await OrderBook(store, alike=SimilarRule(alike_from=0)).one(newest, NOW)
    assert never is not None and never.similar == []


async def test_links_are_made_of_tickets_that_are_there_and_go_down_again(store: Store, called: list[str]) -> None:
    await migrate.downgrade(store, "0009")
    await migrate.upgrade(store)
    assert [[call.id for call in (await shown(store, number)).calls] for number in called] == [["c1"], ["c2"], ["c3"]]
