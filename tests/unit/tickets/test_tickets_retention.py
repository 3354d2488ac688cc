"""Retention by age, on SQLite and PostgreSQL: what is old goes whole, what is still needed stays whole."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from calls import timeline as t
from calls.clock import ManualClock
from calls.identity import AgentId, CallId
from tickets import (
    Deliveries,
    Journal,
    OrderBook,
    Orders,
    Reader,
    RecordingHold,
    RecordingStore,
    RecordingUse,
    Store,
    TicketStep,
    WantedOrders,
    Wish,
)
from tickets import retention as r
from tickets.models import Base, RecordingRow, RecordingUseRow
from tickets.resume import latest_agents

Answered = Callable[..., list[t.Event]]
NUMBER, LATER = "13812345678", 2_000_000_000.0


async def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    async with store.read() as session:
        tables = Base.metadata.sorted_tables
        return {one.name: [tuple(row) for row in await session.execute(select(one))] for one in tables}


async def purge(store: Store, before: float = LATER, *, trial: bool = False) -> r.Purged:
    total = r.Purged()
    for portions in (r.purge_tickets(store, before, trial=trial), r.purge_calls(store, before, trial=trial)):
        async for one in portions:
            total.tickets += one.tickets
            total.calls += one.calls
            total.kept += one.kept
    return total


async def without_files(store: Store, *calls: str) -> None:
    """Their recordings were deleted by the recordings' own retention, and everything was told to everybody."""
    for call in calls:
        path = call if call.endswith(".wav") else f"2026/11/23/{call}.wav"
        use = RecordingUse(at=1.0, by="li", action="delete", call_id=call, path=path, detail="")
        assert await RecordingStore(store).may_delete(use)
    await Deliveries(store).fan_out({}, LATER)


async def live(journal: Journal, answered: Answered, *calls: str, start: float = 1000.0) -> None:
    for call in calls:
        for event in answered(call, start=start):
            journal.append(event)
    await journal.flush()


async def ticket_of(store: Store, call: str) -> str:
    found = await OrderBook(store).find(WantedOrders(), LATER)
    return next(one.number for one in found if one.call_id == call)


async def test_old_calls_and_what_was_settled_in_them_go_whole_after_a_trial_that_deletes_nothing(
    store: Store, journal: Journal, answered: Answered
) -> None:
    await live(journal, answered, "c1", "c2")
    await without_files(store, "c1", "c2")
    before = await everything(store)
    assert NUMBER in str(before)
    would = await purge(store, trial=True)
    assert await everything(store) == before
    done = await purge(store)
    assert (sorted(done.calls), len(done.tickets), dict(done.kept)) == (["c1", "c2"], 2, {})
    assert would == done
    left = {name for name, rows in (await everything(store)).items() if rows}
    assert left == {RecordingRow.__tablename__, RecordingUseRow.__tablename__, "counters"}
    assert NUMBER not in str(await everything(store))
    assert await purge(store) == r.Purged()


async def test_what_is_younger_stays(store: Store, journal: Journal, answered: Answered, reader: Reader) -> None:
    await live(journal, answered, "old", start=1000.0)
    await live(journal, answered, "young", start=5000.0)
    await without_files(store, "old", "young")
    done = r.Purged()
    async for one in r.purge_calls(store, 5000.0):
        done.calls += one.calls
    assert done.calls == ["old"]
    assert await reader.call("young") is not None and await reader.call("old") is None


async def test_a_call_linked_to_an_open_ticket_stays_until_the_ticket_is_closed(
    store: Store, journal: Journal, answered: Answered, reader: Reader
) -> None:
    await live(journal, answered, "own", "linked", "other")
    await without_files(store, "own", "linked", "other")
    clock = ManualClock(2000.0)
    orders, number = Orders(store, clock), await ticket_of(store, "own")
    await orders.link(number, "linked", "li")
    await orders.take(number, Wish(TicketStep.DISPATCH, department="water"), "li")
    await Deliveries(store).fan_out({}, LATER)
    done = await purge(store)
    assert (done.calls, dict(done.kept)) == (["other"], {r.Why.TICKET: 2})
    assert await reader.call("own") is not None and await reader.call("linked") is not None

    for step in (TicketStep.RETURN, TicketStep.CLOSE):
        await orders.take(number, Wish(step, "settled"), "li")
    await Deliveries(store).fan_out({}, LATER)
    done = await purge(store)
    assert (sorted(done.calls), done.tickets) == (["linked", "own"], [number])


async def test_a_ticket_that_is_kept_longer_than_its_call_stays_whole_and_can_be_worked_with(
    store: Store, journal: Journal, answered: Answered
) -> None:
    await live(journal, answered, "c1")
    await without_files(store, "c1")
    number, orders = await ticket_of(store, "c1"), Orders(store, ManualClock(2000.0))
    await orders.take(number, Wish(TicketStep.CLOSE, "settled"), "li")
    await Deliveries(store).fan_out({}, LATER)
    assert [call async for one in r.purge_calls(store, LATER) for call in one.calls] == ["c1"]
    found = await OrderBook(store).one(number, LATER)
    assert found is not None and (found.call_id, found.caller, len(found.changes)) == (None, NUMBER, 1)
    await orders.take(number, Wish(TicketStep.REOPEN, "again"), "li")


async def test_a_legal_hold_keeps_the_call_and_its_tickets(
    store: Store, journal: Journal, answered: Answered, reader: Reader
) -> None:
    await live(journal, answered, "held")
    await without_files(store, "held")
    books = RecordingStore(store)
    await books.hold(RecordingHold(call_id="held", since=1.0, by="li", reason="court"))
    before = await everything(store)
    assert dict((await purge(store)).kept) == {r.Why.HOLD: 2}
    assert await everything(store) == before
    await books.release("held", 2.0, "li", "over")
    assert (await purge(store)).calls == ["held"]


async def test_what_still_has_a_recording_a_message_or_somebody_to_be_told_stays(
    store: Store, journal: Journal, answered: Answered, reader: Reader
) -> None:
    await live(journal, answered, "recorded", "message", "untold")
    message = t.MessageLeft(call=CallId("message"), at=1070, box="general", path="m.wav", duration_s=5.0, end="key")
    journal.append(message)
    await journal.flush()
    await without_files(store, "message", "m.wav", "untold")
    deliveries = Deliveries(store)
    journal.append(t.WrapUpEnded(call=CallId("untold"), at=1100, agent=AgentId("2001"), seconds=25.0))
    await journal.flush()
    await deliveries.fan_out({"oa": ["*"]}, LATER)
    done = [one async for one in r.purge_calls(store, LATER)]
    assert [(one.calls, dict(one.kept)) for one in done] == [
        ([], {r.Why.RECORDING: 1, r.Why.MESSAGE: 1, r.Why.UNTOLD: 1})
    ]


async def test_agents_changes_go_by_age_but_for_the_latest_by_which_a_restarted_service_knows_them(
    store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(r, "AGENT_PORTION", 2)
    base: dict[str, Any] = {"seat": "1001", "cause": "x"}
    for agent, at, state in (("2001", 10, "ready"), ("2001", 10, "talking"), ("2001", 30, "logged_out"),
                             ("2002", 20, "ready"), ("2002", 90, "break"), ("2003", 40, "ready")):  # fmt: skip
        journal.append_agent({**base, "agent": agent, "at": float(at), "state": state})
    await journal.flush()
    before = await everything(store)
    would = [one.agent_changes async for one in r.purge_agents(store, 90.0, trial=True)]
    assert sum(would) == 3 and await everything(store) == before
    assert [one.agent_changes async for one in r.purge_agents(store, 90.0)] == would
    left = {(agent, state) for _, agent, _, _, state, *_ in (await everything(store))["agent_journal"]}
    assert left == {("2001", "logged_out"), ("2002", "break"), ("2003", "ready")}
    assert [one["state"] for one in await latest_agents(store, ())] == ["logged_out", "break", "ready"]
    assert sum([one.agent_changes async for one in r.purge_agents(store, 90.0)]) == 0


async def test_more_than_a_portion_goes_in_portions_past_those_that_stay(
    store: Store, journal: Journal, answered: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(r, "PORTION", 2)
    calls = [f"c{i}" for i in range(7)]  # all ended at the same time
    await live(journal, answered, *calls)
    await without_files(store, *calls)
    books = RecordingStore(store)
    for call in ("c0", "c1", "c4"):
        await books.hold(RecordingHold(call_id=call, since=1.0, by="li", reason="court"))
    portions = [one async for one in r.purge_tickets(store, LATER)]
    assert [len(one.tickets) + one.kept.total() for one in portions] == [2, 2, 2, 1]
    assert [one.calls async for one in r.purge_calls(store, LATER)] == [[], ["c2", "c3"], ["c5"], ["c6"]]
