"""An agent who hangs up is free at once: the next caller does not wait for the last one's line."""

import asyncio

import pytest
from talk_world import Desk, PretendedAmi, Session, conversation, line_of, turns

from calls import CallerHungUp
from calls.conversation import State
from calls.line import TalkEnd
from telephony.agi_codec import Reply

_ENDING_MUSIC = ["SET MUSIC OFF", "SET VARIABLE HOTLINE_ON_HOLD 0"]


@pytest.mark.parametrize(("was_on_hold", "before"), [(False, []), (True, _ENDING_MUSIC)])
async def test_nothing_is_done_before_an_agent_is_free_but_ending_the_music_of_a_caller_who_was_on_hold(
    was_on_hold: bool, before: list[str]
) -> None:
    session, ami = Session(), PretendedAmi()
    line = line_of(session, ami, "1.1")
    talk = conversation(line, ami, Desk())
    talk._may_hear_music = was_on_hold
    freed: list[list[str]] = []
    running = asyncio.ensure_future(talk.run(line.meet("PJSIP/1001"), lambda: freed.append([*session.given])))
    await turns()
    given = [*session.given]
    talk._agent_watch.gone.set()
    session.let_go.set()
    assert await asyncio.wait_for(running, 5) is TalkEnd.AGENT_LEFT
    assert freed == [[*given, *before]]
    assert session.given == [*given, *before], "no music was on: none is to be ended"


@pytest.mark.parametrize("seen_first", ["the end of the bridge", "the agent's end"])
async def test_a_caller_who_hangs_up_has_done_so_though_the_agents_end_is_told_before_theirs(seen_first: str) -> None:
    session, ami = Session(), PretendedAmi()
    session.answer = Reply(200, "-1")  # of Dial, when the caller has left
    line = line_of(session, ami, "1.1")
    talk = conversation(line, ami, Desk())
    freed: list[None] = []
    running = asyncio.ensure_future(talk.run(line.meet("PJSIP/1001"), lambda: freed.append(None)))
    await turns()
    if seen_first == "the end of the bridge":
        session.let_go.set()
        await turns()
        talk._agent_watch.gone.set()
    else:
        talk._agent_watch.gone.set()
        await turns()
        session.let_go.set()
    with pytest.raises(CallerHungUp):
        await asyncio.wait_for(running, 5)
    assert not freed


@pytest.mark.parametrize("state", [State.HELD, State.TALKING])
async def test_an_agent_is_not_told_free_by_a_caller_who_hangs_up_nor_while_the_caller_is_on_hold(state: State) -> None:
    session, ami = Session(), PretendedAmi()
    line = line_of(session, ami, "1.1")
    talk = conversation(line, ami, Desk())
    talk.state = state
    freed: list[None] = []
    running = asyncio.ensure_future(
        talk.run(None if state is State.HELD else line.meet("PJSIP/1001"), lambda: freed.append(None))
    )
    await turns()
    if state is State.HELD:
        talk._agent_watch.gone.set()
        assert await asyncio.wait_for(running, 5) is TalkEnd.AGENT_LEFT
    else:
        session.leave()
        with pytest.raises(CallerHungUp):
            await asyncio.wait_for(running, 5)
    assert not freed
