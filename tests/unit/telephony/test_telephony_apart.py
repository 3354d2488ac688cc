"""When a talk is parted, by the books: as soon as one of the two is elsewhere."""

import asyncio
from typing import Any

import pytest
from talk_world import CALL, Desk, PretendedAmi, Session, conversation, line_of, turns

from calls import CallId, ManualClock, MemoryTimeline
from calls.conversation import Happening, State
from calls.talk_events import Together
from calls.targets import Kind, Target
from calls.timeline import Held
from telephony.conversation import Conversation, News
from telephony.parties import Third, Watched


def talking(
    session: Session, ami: PretendedAmi
) -> tuple[Conversation, ManualClock, MemoryTimeline, "asyncio.Future[Any]"]:
    """A talk under way, its clock and books, and what becomes of an agent who is sent to the desk."""
    talk: Any = conversation(line_of(session, ami, "1.1"), ami, Desk())
    coming = asyncio.get_running_loop().create_future()

    def expect_desk(call: CallId) -> "asyncio.Future[Any]":
        assert call == CALL
        return coming

    talk._board.expect_desk = expect_desk
    return talk, talk._clock, talk._timeline, coming


def parted_at(books: MemoryTimeline) -> float:
    return next(event.at for event in books.events if isinstance(event, Together) and event.groups == [])


@pytest.mark.parametrize("first", ["the agent", "the caller"])
async def test_of_two_who_are_parted_by_a_hold_the_first_to_be_elsewhere_ends_it(first: str) -> None:
    """A caller to whom Asterisk plays a digit leaves the bridge some tenths of a second after the agent."""
    session, ami = Session(), PretendedAmi()
    talk, clock, books, coming = talking(session, ami)
    running = asyncio.ensure_future(talk.run(talk._line.meet("PJSIP/1001")))
    await turns()
    talk.wish(Happening.HOLD)
    await turns()

    def agent_comes() -> None:
        coming.set_result(line_of(Session(), ami, "1.2"))

    both = [agent_comes, session.let_go.set]
    for leaves, after_s in zip(both if first == "the agent" else reversed(both), (0.01, 0.3), strict=True):
        clock.advance(after_s)
        leaves()
        await turns()
    assert talk.state is State.HELD
    assert parted_at(books) == pytest.approx(1000.01)
    assert [event.at for event in books.events if isinstance(event, Held)] == [parted_at(books)]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_caller_who_is_passed_on_talked_until_the_agent_was_gone() -> None:
    session, ami = Session(), PretendedAmi()
    talk, clock, books, _ = talking(session, ami)
    running = asyncio.ensure_future(talk.run(talk._line.meet("PJSIP/1001")))
    await turns()
    talk.wish(Happening.TRANSFER, Target(Kind.QUEUE, "housing"))
    await turns()
    clock.advance(0.01)
    talk._agent_watch.gone.set()
    await turns()
    clock.advance(0.3)
    session.let_go.set()
    await asyncio.wait_for(running, 5)
    assert parted_at(books) == pytest.approx(1000.01)


@pytest.mark.parametrize("third_leaves", [True, False])
async def test_a_caller_is_not_bridged_with_a_third_who_hangs_up_just_after_the_agent(third_leaves: bool) -> None:
    """Asterisk forgets to let go of a channel that hangs up while it is being bridged: the caller would stay there."""
    session, ami = Session(), PretendedAmi()
    talk, _, books, _ = talking(session, ami)
    watched = Watched()
    talk._board.watch = lambda _id: watched
    talk.state = State.CONSULTING
    talk._thirds.append(Third(Target(Kind.DEPARTMENT, "water"), channel="PJSIP/departments-1", unique_id="1.3"))
    handing_over = asyncio.ensure_future(talk.hand_over(News(Happening.AGENT_LEFT)))
    await turns()
    assert not [words for words in session.given if words.startswith("EXEC Bridge")], "the third may be leaving"
    if third_leaves:
        watched.gone.set()
    await asyncio.wait_for(handing_over, 5)
    met = any(words.startswith("EXEC Bridge") for words in session.given)
    together = any(isinstance(event, Together) and event.groups for event in books.events)
    assert (met, together) == (not third_leaves, not third_leaves)
    session.let_go.set()
    await turns()
