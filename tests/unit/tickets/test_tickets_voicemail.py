"""Messages in the store, folded from what happened: left, heard, assigned, escalated, called back, done."""

from collections.abc import Iterator

import pytest

from calls import timeline as t
from calls.call import Outcome
from calls.identity import AgentId, CallId, SeatId
from calls.message_events import MessageHandled, MessageStep
from tickets import Journal, Message, Store, VoicemailStore, WantedMessages


def left(call: str, at: float, box: str = "mayor", caller: str = "13800000001") -> Iterator[t.Event]:
    """A caller leaves a message."""
    about = CallId(call)
    yield t.CallArrived(call=about, at=at, caller=caller, caller_name="", dialled="12345", node="a", unique_id=call)
    yield t.MessageStarted(call=about, at=at + 1, box=box, path=f"{call}.wav")
    yield t.MessageLeft(call=about, at=at + 5, box=box, path=f"{call}.wav", duration_s=4.0, end="digit")
    yield t.CallEnded(call=about, at=at + 6, outcome=Outcome.VOICEMAIL)


def handled(call: str, at: float, step: MessageStep, by: str = "2001", agent: str = "") -> MessageHandled:
    return MessageHandled(call=CallId(call), at=at, path=f"{call}.wav", step=step.value, by=by, agent=agent)


def called_back(call: str, ticket: str, at: float, outcome: Outcome) -> Iterator[t.Event]:
    about, agent, seat = CallId(call), AgentId("2001"), SeatId("1001")
    yield t.CallPlaced(call=about, at=at, agent=agent, seat=seat, caller="12345", dialled="13800000001", ticket=ticket,
                       node="a", unique_id=call)  # fmt: skip
    if outcome is Outcome.ANSWERED:
        yield t.Connected(call=about, at=at + 1, agent=agent, seat=seat)
    yield t.CallEnded(call=about, at=at + 9, outcome=outcome)


@pytest.fixture
async def books(store: Store, journal: Journal) -> VoicemailStore:
    for event in (*left("c1", 100), *left("c2", 50, caller="13800000002"), *left("c3", 70, box="small")):
        journal.append(event)
    await journal.settled()
    return VoicemailStore(store)


async def message_of(books: VoicemailStore, call: str) -> Message:
    return next(one for one in await books.find(WantedMessages(done=None)) if one.call == call)


async def test_unheard_messages_come_first_and_of_these_the_oldest(books: VoicemailStore, journal: Journal) -> None:
    journal.append(handled("c2", 200, MessageStep.HEARD))
    await journal.settled()
    found = await books.find(WantedMessages())
    assert [(one.call, one.state) for one in found] == [("c3", "new"), ("c1", "new"), ("c2", "heard")]
    assert (found[2].heard_at, found[2].heard_by, found[2].caller) == (200, "2001", "13800000002")
    assert found[0].ticket
    assert found[0].duration_s == 4.0


async def test_what_was_done_with_a_message_shows_and_the_first_time_counts(
    books: VoicemailStore, journal: Journal
) -> None:
    for event in (
        handled("c1", 3700, MessageStep.ESCALATED, "hotline"), handled("c1", 3800, MessageStep.HEARD, "2001"),
        handled("c1", 3900, MessageStep.HEARD, "2002"), handled("c1", 4000, MessageStep.ASSIGNED, "2090", "2003"),
        handled("c1", 4100, MessageStep.DONE, "2003"), handled("c1", 4200, MessageStep.DONE, "2004"),
        handled("nothing", 4300, MessageStep.DONE),
    ):  # fmt: skip
        journal.append(event)
    await journal.settled()
    one = await message_of(books, "c1")
    assert (one.heard_at, one.heard_by, one.assigned, one.escalated_at) == (3800, "2001", "2003", 3700)
    assert (one.done_at, one.done_by, one.state) == (4100, "2003", "done")
    assert [left.call for left in await books.waiting(10)] == ["c2", "c3"]
    assert [left.call for left in await books.find(WantedMessages(agent="2003", done=True))] == ["c1"]
    assert await books.waiting_in("mayor") == 1


async def test_an_overdue_message_is_overdue_until_somebody_has_listened(
    books: VoicemailStore, journal: Journal
) -> None:
    journal.append(handled("c1", 3700, MessageStep.ESCALATED, "hotline"))
    await journal.settled()
    assert (await message_of(books, "c1")).state == "overdue"
    journal.append(handled("c1", 3800, MessageStep.HEARD))
    await journal.settled()
    assert (await message_of(books, "c1")).state == "heard"


async def test_calls_about_its_ticket_are_counted_and_one_that_is_answered_reached_the_caller(
    books: VoicemailStore, journal: Journal
) -> None:
    ticket = (await message_of(books, "c1")).ticket
    for event in (handled("c1", 190, MessageStep.HEARD), *called_back("d1", ticket, 200, Outcome.NO_ANSWER)):
        journal.append(event)
    await journal.settled()
    one = await message_of(books, "c1")
    assert (one.calls_back, one.reached, one.state) == (1, False, "heard")
    for event in called_back("d2", ticket, 300, Outcome.ANSWERED):
        journal.append(event)
    await journal.settled()
    one = await message_of(books, "c1")
    assert (one.calls_back, one.reached, one.state) == (2, True, "called back")
    assert (await message_of(books, "c2")).calls_back == 0
