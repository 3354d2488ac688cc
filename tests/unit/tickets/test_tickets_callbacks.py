"""Callbacks in the store: what was promised is there after a restart; who was missed is listed."""

from collections.abc import Callable

import pytest

from calls import timeline as t
from calls.call import Outcome
from calls.identity import CallId
from calls.standing import outcome_of, standing_of
from calls.summary import summarise
from tickets import CallbackRecord, CallbackStore, Journal, Reader, Store, StoreUnavailable

Answered = Callable[..., list[t.Event]]
NUMBER = "13812345678"


def record(name: str = "b1", since: float = 1000.0, **more: object) -> CallbackRecord:
    fields: dict[str, object] = {
        "id": name, "number": NUMBER, "queue": "general", "origin": "c1", "since": since, "created_at": since + 30,
        "changed_at": since + 30, "missed": False, "language": "zh", "priority": 0, "asked": {"housing": 2},
        "tries": 3, "every_s": 300.0, "state": "waiting", "over": False, "attempts": 0, "not_before": 0.0,
        "call_id": "",
    }  # fmt: skip
    return CallbackRecord.model_validate({**fields, **more})


def gave_up(call: str, at: float, caller: str = NUMBER) -> list[t.Event]:
    """Waits for 20 s and hangs up."""
    of = CallId(call)
    return [
        t.CallArrived(call=of, at=at, caller=caller, caller_name="", dialled="12345", node="n1", unique_id=call),
        t.Queued(call=of, at=at, queue="general", needs={}, priority=0, since=at),
        t.CallEnded(call=of, at=at + 20, outcome=Outcome.ABANDONED_QUEUE, cause="caller"),
    ]


async def keep(journal: Journal, events: list[t.Event]) -> None:
    for event in events:
        journal.append(event)
    await journal.flush()


async def test_what_is_kept_is_there_for_the_next_service_in_the_order_of_arrival(store: Store, url: str) -> None:
    callbacks = CallbackStore(store)
    await callbacks.save(record("b2", 1005.0, number="13812345679"))
    await callbacks.save(record("b1", 1000.0))
    await callbacks.save(record("b0", 990.0, number="13812345670", state="done", over=True))
    other = Store(url)
    assert [one.id for one in await CallbackStore(other).open()] == ["b1", "b2"]
    assert (await CallbackStore(other).open())[0] == record("b1", 1000.0)
    await other.close()


async def test_saving_again_changes_the_one_that_is_there(store: Store) -> None:
    callbacks = CallbackStore(store)
    await callbacks.save(record())
    await callbacks.save(record(state="dialling", attempts=1, call_id="cb-1"))
    [found] = await callbacks.latest()
    assert (found.state, found.attempts, found.call_id) == ("dialling", 1, "cb-1")
    await callbacks.save(record(state="given_up", over=True))
    assert await callbacks.open() == []
    assert [one.state for one in await callbacks.latest(over=True)] == ["given_up"]


async def test_who_hung_up_while_waiting_is_listed_and_whether_they_were_reached_later(
    store: Store, journal: Journal, answered: Answered
) -> None:
    await keep(journal, [*gave_up("c1", 900.0), *answered("c2", 1000.0), *gave_up("c3", 2000.0)])
    await keep(journal, gave_up("c4", 2100.0, caller=""))
    await CallbackStore(store).save(record(origin="c3"))
    missed = await CallbackStore(store).missed()
    assert [(one.call, one.reached, one.callback) for one in missed] == [
        ("c4", False, ""), ("c3", False, "waiting"), ("c1", True, ""),
    ]  # fmt: skip
    assert missed[-1].waiting_s == 20
    assert [one.call for one in await CallbackStore(store).missed(since=2050.0)] == ["c4"]


async def test_who_was_turned_away_is_listed_too_and_told_apart(
    store: Store, journal: Journal, answered: Answered
) -> None:
    turned_away = [
        t.CallArrived(call=CallId("c1"), at=900.0, caller=NUMBER, caller_name="", dialled="12345", node="n1",
                      unique_id="c1"),
        t.CallEnded(call=CallId("c1"), at=903.0, outcome=Outcome.TURNED_AWAY, cause="full"),
    ]  # fmt: skip
    await keep(journal, [*turned_away, *gave_up("c2", 950.0), *answered("c3", 1000.0)])
    missed = await CallbackStore(store).missed()
    assert [(one.call, one.queue, one.turned_away, one.reached) for one in missed] == [
        ("c2", "general", False, True), ("c1", "", True, True),
    ]  # fmt: skip


async def test_a_callback_has_a_record_of_its_own_with_a_ticket_for_the_caller(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    of = CallId("cb-1")
    first = t.CallbackPlaced(
        call=of, at=1000.0, callback="b1", origin=CallId("c1"), caller=NUMBER, dialled="12345", node="n1",
        unique_id="cb-1",
    )  # fmt: skip
    await keep(journal, [first, *list(answered("cb-1"))[3:]])
    call = await reader.call("cb-1")
    assert call is not None
    assert (call.direction, call.caller, call.outcome, call.unique_id) == ("callback", NUMBER, "answered", "cb-1")
    assert call.ticket
    assert t.from_record(t.to_record(first)) == first


async def test_an_old_call_takes_what_becomes_of_its_callback(journal: Journal, reader: Reader) -> None:
    def changed(at: float, state: str) -> t.CallbackChanged:
        return t.CallbackChanged(call=CallId("c1"), at=at, callback="b1", state=state, cause="x")

    events = gave_up("c1", 900.0)
    assert outcome_of(standing_of([*events[:2], changed(910.0, "asked")])) is Outcome.ABANDONED_QUEUE
    assert outcome_of(standing_of([*events[:2], changed(911.0, "confirmed")])) is Outcome.CALLBACK
    await keep(journal, events)
    await keep(journal, [changed(1500.0, "done")])
    call = await reader.call("c1")
    assert call is not None
    assert call.timeline[-1].data["state"] == "done"
    assert call.ended_at == 920.0


def test_who_is_called_back_and_not_reached_has_not_given_up_in_line() -> None:
    placed = t.CallbackPlaced(
        call=CallId("cb-1"), at=1000.0, callback="b1", origin=CallId("c1"), caller=NUMBER, dialled="12345", node="n1",
        unique_id="cb-1",
    )  # fmt: skip
    queued = t.Queued(call=CallId("cb-1"), at=1000.0, queue="general", needs={}, priority=0, since=900.0)
    assert outcome_of(standing_of([placed, queued])) is Outcome.NO_ANSWER
    assert summarise([placed]).direction == "callback"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # a server is there, or it is not
async def test_a_store_that_is_not_there_is_told_with_a_remedy(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="no ticket store"):
        await CallbackStore(store).open()
    await store.close()
