"""What is to be told to whom, on SQLite and PostgreSQL: from the outbox, once, in the transaction of the change."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from calls import timeline as t
from calls.clock import ManualClock
from calls.identity import AgentId, CallId
from tickets import Deliveries, Journal, OrderFacts, Orders, Reader, Store, StoreUnavailable, TicketStep, Wish

Answered = Callable[..., list[t.Event]]
NOW = 1e12  # later than whatever happened here
ALL = {"oa": ["*"], "copy": ["ticket.*"]}


async def test_a_change_and_what_is_told_of_it_are_there_together_or_not_at_all(store: Store) -> None:
    orders, deliveries = Orders(store, ManualClock(1000.0)), Deliveries(store)
    number = await orders.create(OrderFacts(subject="路灯"), "li")

    def break_off(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "INTO outbox" in statement:
            raise RuntimeError("the machine stops here")

    for engine in store.engines:
        event.listen(engine, "before_cursor_execute", break_off)
    with pytest.raises((RuntimeError, StoreUnavailable)):
        await orders.take(number, Wish(TicketStep.DISPATCH, department="water"), "li")
    for engine in store.engines:
        event.remove(engine, "before_cursor_execute", break_off)
    found = await Reader(store).ticket(number)
    assert found is not None and found.state == "registered"
    assert await deliveries.fan_out(ALL, NOW) == 1
    assert {one.topic for one in await deliveries.find()} == {"ticket.create"}


async def test_each_target_gets_what_it_wants_once_and_a_newer_revision_takes_the_place_of_an_older(
    store: Store, journal: Journal, answered: Answered
) -> None:
    deliveries = Deliveries(store)
    for one in answered("c1"):
        journal.append(one)
    await journal.flush()
    await Orders(store, ManualClock(1000.0)).create(OrderFacts(subject="路灯"), "li")
    assert await deliveries.fan_out(ALL, NOW) == 2
    assert await deliveries.fan_out(ALL, NOW) == 0
    assert sorted((one.target, one.topic) for one in await deliveries.find()) == [
        ("copy", "ticket.create"), ("oa", "call.completed"), ("oa", "ticket.create"),
    ]  # fmt: skip
    journal.append(t.WrapUpEnded(call=CallId("c1"), at=1100, agent=AgentId("2001"), seconds=25.0))
    await journal.flush()
    assert await deliveries.fan_out(ALL, NOW) == 1
    calls = [(one, payload) for one, payload in await deliveries.due("oa", NOW) if one.topic == "call.completed"]
    assert [(one.revision, payload and payload["wrap_up_s"]) for one, payload in calls] == [(1, None), (2, 25.0)]


async def test_what_was_given_up_or_is_for_nobody_any_more_is_forgotten_too_and_calls_go_on_counting(
    store: Store, journal: Journal, answered: Answered
) -> None:
    deliveries = Deliveries(store)
    await Orders(store, ManualClock(1000.0)).create(OrderFacts(subject="路灯"), "li")
    for one in answered("c1"):
        journal.append(one)
    await journal.flush()
    await deliveries.fan_out({"oa": ["*"], "former": ["ticket.*"]}, NOW)
    for one_of, _ in await deliveries.due("oa", NOW):
        await deliveries.failed(one_of, "answered 410", NOW, None)
    assert await deliveries.tidy(NOW, ["oa"]) == 0
    assert await deliveries.tidy(NOW + 1, ["oa"]) == 4  # three deliveries, and the ticket's row of the outbox
    assert await deliveries.find() == []
    journal.append(t.WrapUpEnded(call=CallId("c1"), at=1100, agent=AgentId("2001"), seconds=25.0))
    await journal.flush()
    await deliveries.fan_out({"oa": ["*"]}, NOW)
    assert [one.idempotency_key for one in await deliveries.find()] == ["call:c1:2"]


async def test_what_was_delivered_long_ago_is_forgotten_and_what_waits_is_not(store: Store) -> None:
    orders, deliveries = Orders(store, ManualClock(1000.0)), Deliveries(store)
    await orders.create(OrderFacts(subject="一"), "li")
    await orders.create(OrderFacts(subject="二"), "li")
    await deliveries.fan_out({"oa": ["*"]}, 2000.0)
    (first, _), (second, _) = await deliveries.due("oa", NOW)
    await deliveries.delivered(first, 2000.0)
    assert await deliveries.tidy(3000.0) == 2  # the delivery, and its row of the outbox
    assert [(one.id, payload is not None) for one, payload in await deliveries.due("oa", NOW)] == [(second.id, True)]
    await deliveries.failed(second, "answered 500\0", 2000.0, None)
    assert [one.error for one in await deliveries.find(state="dead", target="oa")] == ["answered 500\ufffd"]
    assert await deliveries.replay(NOW, [second.id]) == 1
    assert await deliveries.replay(NOW, [12345]) == 0
