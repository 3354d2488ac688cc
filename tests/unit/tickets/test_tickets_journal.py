"""What goes into the journal comes out as records, tickets and hand-offs."""

import asyncio
from collections.abc import Callable

import pytest

from calls import timeline as t
from calls.call import Outcome
from calls.identity import AgentId, CallId
from calls.timeline import from_record
from tickets import Deliveries, Journal, Reader, Store

Answered = Callable[..., list[t.Event]]


async def test_an_answered_call_becomes_one_record_with_its_figures_and_timeline(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    for event in answered("n1-1.1"):
        journal.append(event)
    await journal.flush()
    call = await reader.call("n1-1.1")
    assert call is not None
    assert (call.outcome, call.queue, call.agent, call.seat) == ("answered", "general", "2001", "1001")
    assert (call.waiting_s, call.ringing_s, call.talking_s) == (10.0, 4.0, 60.0)
    assert (call.arrived_at, call.ended_at, call.node, call.unique_id) == (1000.0, 1075.0, "n1", "n1-1.1")
    kinds = [entry.kind for entry in call.timeline]
    assert kinds[0] == "CallArrived"
    assert kinds[-2:] == ["CallEnded", "TicketOpened"]
    rebuilt = [from_record({"kind": e.kind, "call": "n1-1.1", "at": e.at, **e.data}) for e in call.timeline]
    assert rebuilt[:-1] == list(answered("n1-1.1"))


async def test_what_has_happened_in_a_call_is_read_as_it_was_told(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    told = list(answered("n1-1.1"))
    for event in [*answered("n1-1.2"), *told]:
        journal.append(event)
    await journal.flush()
    *read, last = await reader.events("n1-1.1")
    assert read == told
    assert isinstance(last, t.TicketOpened)
    assert await reader.events("nobody") == []


async def test_an_answered_call_gets_an_enquiry_and_listeners_hear_of_it(
    make_journal: Callable[..., Journal], reader: Reader, answered: Answered
) -> None:
    heard: list[t.Event] = []
    journal = make_journal(listeners=[heard.append])
    await journal.start()
    for event in answered("n1-1.1"):
        journal.append(event)
    await journal.flush()
    (ticket,) = await reader.tickets()
    assert (ticket.kind, ticket.state, ticket.call_id) == ("enquiry", "registered", "n1-1.1")
    assert (ticket.caller, ticket.queue, ticket.agent) == ("13812345678", "general", "2001")
    assert ticket.number.isdigit()
    assert isinstance(heard[-1], t.TicketOpened)
    assert heard[-1].ticket == ticket.number
    detail = await reader.ticket(ticket.number)
    assert detail is not None
    assert detail.call is not None
    assert detail.call.ticket == ticket.number


async def test_a_message_makes_a_voicemail_ticket_whatever_the_outcome(journal: Journal, reader: Reader) -> None:
    for n, outcome in enumerate([Outcome.VOICEMAIL, Outcome.SELF_SERVED]):
        call = CallId(f"c{n}")
        journal.append(t.MessageLeft(call=call, at=10, box="mayor", path=f"m{n}.wav", duration_s=7.5, end="hang_up"))
        journal.append(t.CallEnded(call=call, at=20, outcome=outcome))
    await journal.flush()
    tickets = await reader.tickets()
    assert [(ticket.kind, ticket.subject) for ticket in tickets] == [("voicemail", "mayor")] * 2


@pytest.mark.parametrize(
    "outcome", [Outcome.ABANDONED_MENU, Outcome.ABANDONED_QUEUE, Outcome.FAILED, Outcome.SELF_SERVED]
)
async def test_a_call_without_talk_or_message_has_a_record_but_no_ticket(
    journal: Journal, reader: Reader, outcome: Outcome
) -> None:
    journal.append(t.CallEnded(call=CallId("c1"), at=20, outcome=outcome, cause="because"))
    await journal.flush()
    (call,) = await reader.calls()
    assert (call.outcome, call.cause, call.ticket) == (outcome.value, "because", "")
    assert await reader.tickets() == []


async def test_late_events_reach_the_record_and_make_no_second_ticket(
    journal: Journal, reader: Reader, store: Store, answered: Answered
) -> None:
    for event in answered("c1"):
        journal.append(event)
    await journal.flush()
    deliveries = Deliveries(store)
    assert await deliveries.fan_out({"oa": ["*"]}, 1e12) == 1
    ((first, _),) = await deliveries.due("oa", 1e12)
    await deliveries.delivered(first, 1.0)
    assert await deliveries.due("oa", 1e12) == []
    journal.append(t.WrapUpEnded(call=CallId("c1"), at=1100, agent=AgentId("2001"), seconds=25.0))
    stored = t.RecordingStored(
        call=CallId("c1"), at=1101, path="2026/11/23/c1.wav", duration_s=59.5, size=9, sha256="ab"
    )
    journal.append(stored)
    await journal.flush()
    (call,) = await reader.calls()
    assert (call.wrap_up_s, call.recording_s, call.recording_sha256) == (25.0, 59.5, "ab")
    assert len(await reader.tickets()) == 1
    assert await deliveries.fan_out({"oa": ["*"]}, 1e12) == 1
    ((again, payload),) = await deliveries.due("oa", 1e12)
    assert (again.key, again.revision, payload and payload["wrap_up_s"]) == (first.key, 2, 25.0)
    await deliveries.delivered(first, 2.0)  # a receipt for the old revision does not count for the new one
    assert len(await deliveries.due("oa", 1e12)) == 1


async def test_a_call_ended_twice_is_one_record_one_ticket_one_parcel(
    journal: Journal, reader: Reader, store: Store, answered: Answered
) -> None:
    for _ in range(2):
        for event in answered("c1"):
            journal.append(event)
        await journal.flush()
    assert len(await reader.calls()) == 1
    assert len(await reader.tickets()) == 1
    assert await Deliveries(store).fan_out({"oa": ["*"]}, 1e12) == 1


async def test_a_running_call_is_seen_and_can_be_taken_over_with_its_events_in_order(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    events = list(answered("open"))[:4]
    for event in [*answered("done"), *events]:
        journal.append(event)
    await journal.flush()
    assert [call.id for call in await reader.calls(running=True)] == ["open"]
    (found,) = await journal.open_calls()
    assert (found.id, found.events) == ("open", events)


async def test_a_running_calls_record_tells_how_it_stands_now(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    for event in list(answered("c1"))[:2]:
        journal.append(event)
    await journal.flush()
    for event in list(answered("c1"))[2:7]:
        journal.append(event)
    await journal.flush()
    (call,) = await reader.calls(running=True)
    assert (call.queue, call.agent, call.seat, call.waiting_s) == ("general", "2001", "1001", 10.0)
    assert call.recording == "2026/11/23/c1.wav"
    detail = await reader.call("c1")
    assert detail is not None
    assert (detail.agent, detail.outcome) == ("2001", None)


async def test_events_that_are_not_written_yet_belong_to_the_open_calls_too(
    journal: Journal, answered: Answered
) -> None:
    for event in list(answered("c1"))[:3]:
        journal.append(event)
    (found,) = await journal.open_calls()
    assert len(found.events) == 3


async def test_agents_come_back_with_their_latest_state(journal: Journal) -> None:
    base = {"agent": "2001", "seat": "1001", "cause": "code", "skills": {"english": 3}}
    journal.append_agent({**base, "state": "ready", "at": 1.0})
    journal.append_agent({**base, "state": "break", "at": 2.0, "reason": "lunch"})
    journal.append_agent({**base, "agent": "2002", "state": "ready", "at": 3.0})
    unwritten = await journal.latest_agents()
    await journal.flush()
    assert await journal.latest_agents() == unwritten
    assert [(a["agent"], a["state"], a.get("reason")) for a in unwritten] == [
        ("2001", "break", "lunch"),
        ("2002", "ready", None),
    ]
    assert unwritten[0]["skills"] == {"english": 3}


async def test_appending_never_raises_and_what_is_no_event_is_counted(journal: Journal) -> None:
    journal.append("nonsense")  # type: ignore[arg-type]
    journal.append_agent({"no": "agent"})
    assert journal.health.lost == 2


async def test_a_listener_that_fails_hurts_nobody(make_journal: Callable[..., Journal], reader: Reader) -> None:
    def bad(_: t.Event) -> None:
        raise RuntimeError

    journal = make_journal(listeners=[bad])
    await journal.start()
    journal.append(t.CallEnded(call=CallId("c1"), at=20, outcome=Outcome.FAILED))
    await journal.flush()
    assert len(await reader.calls()) == 1


async def test_two_hundred_calls_ending_together_have_two_hundred_numbers(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    async def one(n: int) -> None:
        for event in answered(f"c{n}"):
            journal.append(event)
            await asyncio.sleep(0)

    await asyncio.gather(*(one(n) for n in range(200)))
    await journal.flush()
    numbers = {ticket.number for ticket in await reader.tickets(limit=1000)}
    assert len(numbers) == 200
    assert {number[6:] for number in numbers} == {f"{n:04d}" for n in range(1, 201)}


HOSTILE = [
    "'; DROP TABLE calls; --",
    '"%_\\',
    "张三 😀 \u202e",
    "名" * 10_000,
    "a\nb\r\nc\t",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_a_caller_sends_as_a_name_is_stored_verbatim(
    journal: Journal, reader: Reader, answered: Answered, name: str
) -> None:
    for event in answered("c1", name=name):
        journal.append(event)
    await journal.flush()
    call = await reader.call("c1")
    assert call is not None
    assert call.caller_name == name
    assert call.timeline[0].data["caller_name"] == name
    assert (await reader.tickets())[0].caller_name == name


async def test_text_no_database_can_hold_is_mended_in_the_record_and_never_lost(
    make_journal: Callable[..., Journal], reader: Reader, answered: Answered
) -> None:
    journal = make_journal(patience_s=60.0)  # what is spooled was refused then, and not only slow
    await journal.start()
    for event in answered("c1", name="a\ud800b\0c", caller="1" * 5000):
        journal.append(event)
    await journal.flush()
    (call,) = await reader.calls()
    assert call.caller_name == "a?b\ufffdc"
    assert call.caller == "1" * 200
    assert journal.health.spooled == 0


async def test_the_state_of_a_ticket_is_told_by_its_number_alone(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    for event in answered("c1"):
        journal.append(event)
    await journal.flush()
    (ticket,) = await reader.tickets()
    assert await reader.ticket_state(ticket.number) == "registered"
    assert await reader.ticket_state("0000000000") is None
    assert await reader.ticket_state("' OR 1=1 --") is None


async def test_calls_are_found_by_outcome_time_caller_and_queue(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    for event in [*answered("early", 1000.0), *answered("late", 5000.0, caller="100")]:
        journal.append(event)
    journal.append(t.CallEnded(call=CallId("lost"), at=3000.0, outcome=Outcome.ABANDONED_MENU))
    await journal.flush()

    async def found(**wanted: object) -> list[str]:
        return [call.id for call in await reader.calls(**wanted)]  # type: ignore[arg-type]

    assert await found() == ["late", "lost", "early"]
    assert await found(limit=1) == ["late"]
    assert await found(since=3000.0) == ["late", "lost"]
    assert await found(until=3000.0) == ["early"]
    assert await found(outcome="abandoned_menu") == ["lost"]
    assert await found(caller="100") == ["late"]
    assert await found(queue="general") == ["late", "early"]
    assert await reader.counts() == {"answered": 2, "abandoned_menu": 1}


async def test_recordings_begun_and_messages_left_are_pending_until_they_are_stored(
    journal: Journal, answered: Answered
) -> None:
    talk, message = "2026/11/23/c1.wav", "2026/11/23/c2-message.wav"
    for event in answered("c1"):
        journal.append(event)
    journal.append(
        t.MessageLeft(call=CallId("c2"), at=2000.0, box="mayor", path=message, duration_s=3.0, end="silence")
    )
    await journal.flush()
    found = await journal.pending_recordings()
    assert [(p.call, p.path, p.kind, p.call_ended) for p in found] == [
        ("c1", talk, "talk", True),
        ("c2", message, "message", False),
    ]
    for call, path in (("c1", talk), ("c2", message)):
        journal.append(t.RecordingStored(call=CallId(call), at=2001.0, path=path, duration_s=0.0, size=0, sha256=""))
    await journal.flush()
    assert await journal.pending_recordings() == []


async def test_a_call_with_two_talks_has_both_recordings_cared_for(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    events = list(answered("c1"))
    journal.append(t.RecordingStarted(call=CallId("c1"), at=1.0, path="first.wav"))
    for event in events:
        journal.append(event)
    await journal.flush()
    assert [pending.path for pending in await journal.pending_recordings()] == ["first.wav", "2026/11/23/c1.wav"]
    (call,) = await reader.calls()
    assert call.recording == "2026/11/23/c1.wav"


async def test_the_agents_room_gets_its_own_events_back(journal: Journal) -> None:
    from agents.journal import AgentEvent, from_record
    from agents.states import AgentState, Cause

    event = AgentEvent(
        agent=AgentId("2001"), at=2.0, cause=next(iter(Cause)), state=next(iter(AgentState)), since=1.0, reason="lunch"
    )
    journal.agents.append(event)
    await journal.flush()
    assert [from_record(record) for record in await journal.latest_agents()] == [event]
