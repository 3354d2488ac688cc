"""Talks at their edges, with an AGI session and an AMI that are pretended: nobody waits for ever."""

import asyncio
from typing import Any

import pytest
from talk_world import CALL, Desk, PretendedAmi, Session, conversation, line_of, turns

from calls import CallerHungUp, CallId, LineFault
from calls.conversation import Happening, State
from calls.identity import Address
from calls.line import TalkEnd
from calls.talk_events import Together
from calls.targets import Kind, Target, Way
from calls.timeline import PartyLeft
from telephony import called as called_room
from telephony.agi_codec import Reply
from telephony.ami import AmiRefused
from telephony.ami_framing import AmiMessage
from telephony.called import Called
from telephony.conversation import WishRefused
from telephony.leg import Leg
from telephony.line import ChannelLine
from telephony.parties import Third

# -- orders ----------------------------------------------------------------------------------------------------------


class _Faulty(Desk):
    """One with a fault."""

    def passes_on(self, call: CallId, target: Target) -> None:
        raise RuntimeError("a fault of ours")


async def test_an_order_whose_turn_comes_when_the_talk_is_over_is_refused_and_not_left_waiting() -> None:
    session, ami = Session(), PretendedAmi()
    line = line_of(session, ami, "1.1")
    talk = conversation(line, ami, Desk())
    bridge = line.meet("PJSIP/1001")
    ami.on_action = lambda name: session.let_go.set() if name == "Hangup" else None  # the agent is out: no bridge
    running = asyncio.ensure_future(talk.run(bridge))
    menu = asyncio.ensure_future(talk.order(Happening.TRANSFER, Target(Kind.MENU, ""), "test"))
    boss = asyncio.ensure_future(talk.order(Happening.TAKE, Target(Kind.SUPERVISOR, "2090"), "supervisor:2090"))
    await running
    await menu
    with pytest.raises(WishRefused):
        await asyncio.wait_for(boss, 5)
    with pytest.raises(WishRefused):
        await talk.order(Happening.TAKE, Target(Kind.SUPERVISOR, "2090"), "supervisor:2090")


async def test_an_order_that_a_fault_of_ours_breaks_is_refused_and_so_is_each_after_it() -> None:
    session, ami = Session(), PretendedAmi()
    line = line_of(session, ami, "1.1")
    talk = conversation(line, ami, _Faulty())
    running = asyncio.ensure_future(talk.run(line.meet("PJSIP/1001")))
    menu = asyncio.ensure_future(talk.order(Happening.TRANSFER, Target(Kind.MENU, ""), "test"))
    with pytest.raises(WishRefused):
        await asyncio.wait_for(menu, 5)
    with pytest.raises(RuntimeError, match="of ours"):
        await running
    with pytest.raises(WishRefused):
        await asyncio.wait_for(talk.order(Happening.TRANSFER, Target(Kind.MENU, ""), "test"), 5)
    session.let_go.set()


async def test_the_music_of_a_caller_who_hears_it_already_does_not_stop_when_they_are_passed_on() -> None:
    session, ami = Session(), PretendedAmi()
    line = line_of(session, ami, "1.1")
    desk = Desk()
    talk = conversation(line, ami, desk)
    talk.state = State.HELD
    running = asyncio.ensure_future(talk.run(None))
    await turns()
    await talk.order(Happening.TRANSFER, Target(Kind.MENU, ""), "test")
    await running
    assert session.given == ["SET VARIABLE HOTLINE_ON_HOLD 0", "SET MUSIC ON default"]
    assert desk.going == [Target(Kind.MENU, "")]


# -- dropping one of several -----------------------------------------------------------------------------------------

_CALLER_AND_AGENT = ["caller", "agent:2001"]


def _third(key: str, *, there: bool) -> Third:
    third = Third(Target(Kind.DEPARTMENT, key, (Way(Address(f"PJSIP/{key}"), f"66-{key}"),)), joined=there)
    if there:
        third.channel = third.unique_id = f"PJSIP/{key}"
    return third


async def _dropping(whom: str, *thirds: Third, state: State = State.MERGED) -> tuple[str, State, list[str], list[str]]:
    """Drop somebody; return who it was, the talk's state, whom the hotline learns of, and who hears the caller now."""
    session, ami, desk = Session(), PretendedAmi(), Desk()
    line = line_of(session, ami, "1.1")
    talk = conversation(line, ami, desk)
    ami.on_action = lambda name: session.let_go.set() if name == "ConfbridgeKick" else None
    talk.state, talk._in_conference, talk._thirds = state, state is State.MERGED, list(thirds)
    running = asyncio.ensure_future(talk.run(line.confer("room")))
    try:
        dropped = await asyncio.wait_for(talk.order_drop(frozenset({whom} if whom else ()), "test"), 5)
        [*_, together] = [event for event in talk._timeline.events if isinstance(event, Together)]
        left = [event.party for event in talk._timeline.events if isinstance(event, PartyLeft)]
        assert left == [dropped]
        return dropped, talk.state, desk.gone, together.groups[0]
    finally:
        running.cancel()


async def test_one_of_two_departments_is_dropped_by_name_and_the_other_stays_in_the_conference() -> None:
    dropped, state, told, together = await _dropping("66-fund", _third("fund", there=True), _third("water", there=True))
    assert (dropped, state, told) == ("department:fund", State.MERGED, ["department:fund"])
    assert together == [*_CALLER_AND_AGENT, "department:water"]


async def test_without_a_name_who_is_being_rung_is_called_off_before_anybody_is_hung_up() -> None:
    dropped, state, told, together = await _dropping("", _third("fund", there=False), _third("water", there=True))
    assert (dropped, state, told) == ("department:fund", State.MERGED, ["department:fund ringing"])
    assert together == [*_CALLER_AND_AGENT, "department:water"]


async def test_when_the_only_one_who_is_there_is_dropped_the_others_ring_on_and_two_talk_on_as_two() -> None:
    thirds = _third("fund", there=False), _third("water", there=True)
    dropped, state, told, together = await _dropping("department:water", *thirds)
    assert (dropped, state, told) == ("department:water", State.INVITING, ["department:water"])
    assert together == _CALLER_AND_AGENT


async def test_the_last_one_who_is_dropped_leaves_two_on_a_bridge_of_two() -> None:
    dropped, state, _, together = await _dropping("", _third("water", there=True))
    assert (dropped, state, together) == ("department:water", State.TALKING, _CALLER_AND_AGENT)


async def test_of_two_who_are_rung_one_is_called_off_and_the_other_rings_on() -> None:
    thirds = _third("fund", there=False), _third("water", there=False)
    dropped, state, told, _ = await _dropping("department:fund", *thirds, state=State.INVITING)
    assert (dropped, state, told) == ("department:fund", State.INVITING, ["department:fund ringing"])


async def test_an_unknown_name_drops_nobody_and_tells_who_is_there() -> None:
    with pytest.raises(WishRefused, match=r"department:fund \(66-fund\), being rung; department:water \(66-water\)"):
        await _dropping("agent:2002", _third("fund", there=False), _third("water", there=True))


# -- agent and third leave at once -------------------------------------------------------------------------------------


class _Unrecorded(Desk):
    """One whose consultations are not recorded, and whose thirds hang up."""

    def consult_file(self, call: CallId) -> None:
        assert call == CALL

    def left(self, call: CallId, target: Target, by: str) -> None:
        assert (call, by) == (CALL, "agent")
        self.gone.append(target.party)


async def test_an_agent_who_left_a_consultation_has_left_also_when_the_third_could_not_be_handed_over_to() -> None:
    """Asterisk has no channel of the third any more, and has not told so yet."""
    session, ami, third = Session(), PretendedAmi(), _third("water", there=True)
    desk = _Unrecorded()
    talk = conversation(line_of(session, ami, "1.1"), ami, desk)
    talk.state, talk._thirds, third.joined = State.CONSULTING, [third], False

    def refuse(name: str) -> None:
        if name == "Redirect":
            talk.third_gone(third)
            raise AmiRefused(name, AmiMessage([("Message", "Channel does not exist")]))

    ami.on_action = refuse
    talk._agent_watch.gone.set()
    assert await asyncio.wait_for(talk.run(None), 5) is TalkEnd.AGENT_LEFT
    assert desk.gone == ["department:water"]


# -- joining ---------------------------------------------------------------------------------------------------------


async def test_who_hung_up_just_when_they_were_brought_together_is_no_talk() -> None:
    session, other_session, ami = Session(), Session(), PretendedAmi()
    line, other = line_of(session, ami, "1.1"), line_of(other_session, ami, "1.2")
    session.let_go.set()  # the bridge ends at once
    joining = asyncio.ensure_future(line.join(other))
    await turns()
    other_session.leave()
    with pytest.raises(LineFault, match="hung up"):
        await joining


async def test_two_lines_are_joined_while_their_bridge_lasts() -> None:
    session, other_session, ami = Session(), Session(), PretendedAmi()
    line, other = line_of(session, ami, "1.1"), line_of(other_session, ami, "1.2")
    joining = asyncio.ensure_future(line.join(other))
    await turns()
    other_session.leave()
    await joining
    assert line.dial is not None and not line.dial.done()
    session.let_go.set()
    await line.dial


# -- whom agents dial --------------------------------------------------------------------------------------------------


class _Person:
    """The line of whom was dialled."""

    def __init__(self) -> None:
        self.hung_up = False

    async def hang_up(self) -> None:
        self.hung_up = True


def _dialled(session: Session, ami: PretendedAmi) -> ChannelLine:
    """Return a seat's line whose leg has answered."""
    line = line_of(session, ami, "1.1")
    line._dial = line._begin("Dial", "PJSIP/other")
    line.leg = Leg(channel="PJSIP/other", unique_id="1.2", rang=True)
    line.leg.answered.set()
    return line


def _comes(called: Called, person: Any) -> None:
    coming = called.expected(CALL)
    assert coming is not None
    coming.set_result(person)


async def test_whom_an_agent_dialled_is_hung_up_when_the_agent_hangs_up_as_their_line_comes() -> None:
    session, ami, person = Session(), PretendedAmi(), _Person()
    called: Any = Called(ami)  # type: ignore[arg-type]
    line = _dialled(session, ami)

    def moved(name: str) -> None:
        if name == "Redirect":
            _comes(called, person)
            session.answer = Reply(200, "-1")
            session.let_go.set()

    ami.on_action = moved
    with pytest.raises(CallerHungUp):
        await called.line_of_called(line)
    assert person.hung_up


async def test_when_nobody_can_be_moved_in_time_the_talk_stays_and_who_came_late_is_hung_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(called_room, "_COME_S", 0.05)
    session, ami, person = Session(), PretendedAmi(), _Person()
    called: Any = Called(ami)  # type: ignore[arg-type]
    line = _dialled(session, ami)
    ami.on_action = lambda name: _comes(called, person) if name == "Redirect" else None
    assert await called.line_of_called(line) is None
    assert person.hung_up
    assert line.dial is not None and not line.dial.done(), "Asterisk's Dial goes on, and is waited for"
    session.let_go.set()
    await line.talk()


async def test_whom_an_agent_dialled_has_a_line_once_the_agents_side_is_free() -> None:
    session, ami, person = Session(), PretendedAmi(), _Person()
    called: Any = Called(ami)  # type: ignore[arg-type]
    line = _dialled(session, ami)

    def moved(name: str) -> None:
        if name == "Redirect":
            session.let_go.set()
            asyncio.get_running_loop().call_soon(_comes, called, person)

    ami.on_action = moved
    assert await called.line_of_called(line) is person
    assert not person.hung_up
