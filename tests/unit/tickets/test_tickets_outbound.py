"""Calls that agents make: one record each, with its direction, linked to a ticket, and none made of them."""

from collections.abc import Callable

import pytest
from sqlalchemy import MetaData, Table, insert

from calls import timeline as t
from calls.call import Outcome
from calls.identity import AgentId, CallId, SeatId
from calls.standing import Stage, outcome_of, standing_of
from calls.summary import summarise
from calls.timeline import from_record, to_record
from tickets import Journal, Reader, Store, migrate

_NOTHING: dict[type, object] = {str: "0", int: 0, float: 0.0, bool: False, dict: [], object: []}

AGENT, SEAT = AgentId("2001"), SeatId("1001")
Answered = Callable[..., list[t.Event]]


def placed(call: str, ticket: str = "", at: float = 2000.0) -> t.CallPlaced:
    return t.CallPlaced(
        call=CallId(call), at=at, agent=AGENT, seat=SEAT, caller="12345", dialled="13912345678", ticket=ticket,
        node="n1", unique_id=call,
    )  # fmt: skip


def talked(call: str, ticket: str = "") -> list[t.Event]:
    """Rings for 6 s, talks for 30 s."""
    of = CallId(call)
    return [
        placed(call, ticket),
        t.Connected(call=of, at=2006.0, agent=AGENT, seat=SEAT),
        t.RecordingStarted(call=of, at=2006.0, path=f"{call}.wav"),
        t.TalkEnded(call=of, at=2036.0, agent=AGENT, by="callee"),
        t.CallEnded(call=of, at=2036.5, outcome=Outcome.ANSWERED, cause="callee"),
        t.RecordingStored(call=of, at=2037.0, path=f"{call}.wav", duration_s=30.0, size=480_044, sha256="ab" * 32),
    ]


async def keep(journal: Journal, *events: t.Event) -> None:
    for event in events:
        journal.append(event)
    await journal.flush()


def test_a_placed_call_is_written_and_read_back() -> None:
    assert from_record(to_record(placed("o1", "2611240001"))) == placed("o1", "2611240001")


def test_an_outbound_talk_has_its_figures() -> None:
    summary = summarise(talked("o1", "2611240001"))
    assert (summary.direction, summary.caller, summary.dialled) == ("outbound", "12345", "13912345678")
    assert (summary.agent, summary.seat, summary.ticket) == ("2001", "1001", "2611240001")
    assert (summary.ringing_s, summary.talking_s, summary.waiting_s, summary.offers) == (6.0, 30.0, 0.0, 0)


def test_nobody_answering_is_rung_until_the_end() -> None:
    events = [placed("o1"), t.CallEnded(call=CallId("o1"), at=2030.0, outcome=Outcome.NO_ANSWER)]
    assert summarise(events).ringing_s == 30.0


def test_an_outbound_call_stands_as_dialling_until_it_is_answered() -> None:
    dialling, talking = standing_of([placed("o1")]), standing_of(talked("o1")[:2])
    assert (dialling.stage, dialling.outbound, dialling.agent) == (Stage.DIALLING, True, AGENT)
    assert (talking.stage, talking.outbound, talking.seat) == (Stage.TALKING, True, SEAT)
    assert (outcome_of(dialling), outcome_of(talking)) == (Outcome.NO_ANSWER, Outcome.ANSWERED)


async def test_one_record_with_direction_recording_and_checksum_and_no_ticket_of_its_own(
    journal: Journal, reader: Reader
) -> None:
    await keep(journal, *talked("o1"))
    [call] = await reader.calls(direction="outbound")
    assert (call.direction, call.outcome, call.ticket, call.unique_id) == ("outbound", "answered", "", "o1")
    assert (call.recording, call.recording_s, call.recording_sha256) == ("o1.wav", 30.0, "ab" * 32)
    assert await reader.tickets() == []


async def test_calls_are_found_by_direction_and_callers_alone_are_counted(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    await keep(journal, *answered("c1"), *talked("o1"))
    assert [call.id for call in await reader.calls(direction="inbound")] == ["c1"]
    assert [call.id for call in await reader.calls(direction="outbound")] == ["o1"]
    assert len(await reader.calls()) == 2
    assert await reader.counts() == {"answered": 1}


async def test_a_ticket_shows_the_calls_made_about_it(journal: Journal, reader: Reader, answered: Answered) -> None:
    await keep(journal, *answered("c1"))
    [ticket] = await reader.tickets()
    await keep(journal, *talked("o1", ticket.number), *talked("o2"))
    found = await reader.ticket(ticket.number)
    assert found is not None and found.call is not None
    assert (found.call.id, [call.id for call in found.outbound]) == ("c1", ["o1"])
    assert len(await reader.tickets()) == 1


async def test_a_running_outbound_call_is_there_with_its_ticket(journal: Journal, reader: Reader) -> None:
    await keep(journal, *talked("o1", "2611240001")[:2])
    [call] = await reader.calls(running=True)
    assert (call.direction, call.agent, call.ticket) == ("outbound", "2001", "2611240001")
    [(call_id, events)] = [(open_.id, open_.events) for open_ in await journal.open_calls()]
    assert (call_id, len(events)) == ("o1", 2)


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.NO_ANSWER, Outcome.REFUSED, Outcome.FAILED])
async def test_a_call_that_came_to_nothing_is_listed_with_why(
    journal: Journal, reader: Reader, outcome: Outcome
) -> None:
    await keep(journal, placed("o1"), t.CallEnded(call=CallId("o1"), at=2001.0, outcome=outcome, cause="emergency"))
    [call] = await reader.calls(outcome=outcome.value)
    assert (call.cause, call.talking_s) == ("emergency", 0.0)


async def test_calls_kept_before_directions_were_known_came_in(url: str) -> None:
    store = Store(url)
    await migrate.upgrade(store, "0001")
    async with store.write() as connection:
        calls = await connection.run_sync(lambda sync: Table("calls", MetaData(), autoload_with=sync))
        await connection.execute(insert(calls).values({c.name: _NOTHING[c.type.python_type] for c in calls.columns}))
    await migrate.upgrade(store)
    assert [call.direction for call in await Reader(store).calls()] == ["inbound"]
    await store.close()
