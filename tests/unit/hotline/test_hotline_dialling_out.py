"""Calls that agents make, on a pretended line: what becomes of each is in the books and on the floor."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from dialling_world import NUMBER, SEAT, WISH, ZONE, A, FakeLine, FakePerson, World

from agents import AgentState
from agents.dial_rules import DialRefusal, Wish
from calls import CallId, SeatId, Sound
from calls.line import RingOutcome, TalkEnd
from calls.timeline import CallEnded
from hotline.asterisk_plan import outside_address
from hotline.dialling_orders import DialOrders, dial_plan
from hotline.http import BadOrder
from hotline.settings import Settings


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_talk_is_presented_recorded_and_followed_by_wrap_up(world: World) -> None:
    seen: list[AgentState] = []
    line = FakeLine(
        while_ringing=lambda: seen.append(world.state),
        while_talking=lambda: (seen.append(world.state), world.clock.advance(30))[0],
    )
    await world.out.serve(line, SEAT, Wish(NUMBER, "2611240001"))
    assert line.asked == ["answer", "present 12345", f"ring to:{NUMBER}", "talk", "hang_up"]
    assert (seen, world.state) == ([AgentState.DIALLING, AgentState.TALKING], AgentState.WRAP_UP)
    told = world.summary
    assert (told.outcome, told.direction, told.agent, told.seat) == ("answered", "outbound", "2001", "1001")
    assert (told.dialled, told.ticket, told.talking_s, world.cause) == (NUMBER, "2611240001", 30.0, "callee")
    assert world.kept == [told.recording]


@pytest.mark.parametrize(
    ("rung", "outcome"),
    [(RingOutcome.BUSY, "busy"), (RingOutcome.DECLINED, "busy"), (RingOutcome.NO_ANSWER, "no_answer"),
     (RingOutcome.UNREACHABLE, "failed"), (RingOutcome.FAILED, "failed")],
)  # fmt: skip
async def test_what_comes_to_nothing_is_told_and_the_agent_is_back_where_they_were(
    world: World, rung: RingOutcome, outcome: str
) -> None:
    world.floor.start_break(A, "meal")
    line = FakeLine(outcome=rung)
    await world.out.serve(line, SEAT, WISH)
    assert line.asked[-2:] == [f"play dial.{outcome}", "hang_up"]
    assert (world.summary.outcome, world.summary.recording, world.state) == (outcome, "", AgentState.BREAK)
    assert world.kept == []


async def test_while_the_agent_hears_that_it_is_busy_no_caller_is_meant_for_them(world: World) -> None:
    line = FakeLine(outcome=RingOutcome.BUSY)
    states: list[AgentState] = []
    play = line.play

    async def listening(sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        states.append(world.state)
        return await play(sounds, interrupt=interrupt)

    line.play = listening  # type: ignore[method-assign]
    await world.out.serve(line, SEAT, WISH)
    assert (states, world.state) == ([AgentState.DIALLING], AgentState.READY)


@pytest.mark.parametrize(
    ("hangs_up_in", "outcome", "state"),
    [("ring", "no_answer", AgentState.READY), ("talk", "answered", AgentState.WRAP_UP),
     ("present", "no_answer", AgentState.READY)],
)  # fmt: skip
async def test_the_agent_may_hang_up_at_any_time(
    world: World, hangs_up_in: str, outcome: str, state: AgentState
) -> None:
    await world.out.serve(FakeLine(hangs_up_in=hangs_up_in), SEAT, WISH)
    assert (world.summary.outcome, world.cause, world.state) == (outcome, "agent", state)


@pytest.mark.parametrize(
    ("end", "cause", "left"),
    [(TalkEnd.AGENT_LEFT, "agent", []), (None, "callee", []),
     (TalkEnd.PASSED_ON, "callee", [TalkEnd.PASSED_ON]), (TalkEnd.HANDED_OVER, "callee", [TalkEnd.HANDED_OVER])],
)  # fmt: skip
async def test_whom_the_agent_called_can_be_left_to_others_and_is_hung_up_otherwise(
    world: World, end: TalkEnd | None, cause: str, left: list[TalkEnd]
) -> None:
    world.person = FakePerson(end)
    await world.out.serve(FakeLine(), SEAT, WISH)
    assert (world.summary.outcome, world.cause, world.state) == ("answered", cause, AgentState.WRAP_UP)
    assert (world.left, world.person.hung_up, world.person.call.caller) == (left, end is not None, NUMBER)


async def test_a_fault_of_ours_is_a_failed_call_and_keeps_nobody_dialling(world: World) -> None:
    def breaks() -> None:
        raise OSError("the disk is full")

    await world.out.serve(FakeLine(while_ringing=breaks), SEAT, WISH)
    assert (world.summary.outcome, world.cause) == ("failed", "OSError: the disk is full")
    assert world.state is AgentState.READY


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish("110"), DialRefusal.EMERGENCY),
        (Wish("95588"), DialRefusal.NOT_ALLOWED),
        (Wish(NUMBER, "2611249999"), DialRefusal.NO_TICKET),
    ],
)
async def test_refusals_are_spoken_and_kept_and_nothing_is_dialled(world: World, wish: Wish, why: DialRefusal) -> None:
    line = FakeLine()
    await world.out.serve(line, SEAT, wish)
    assert line.asked == ["answer", f"play dial.{why}", "hang_up"]
    assert (world.summary.outcome, world.cause, world.summary.dialled) == ("refused", why, wish.number)
    assert world.state is AgentState.READY


async def test_at_night_nobody_is_called(world: World) -> None:
    world.clock.advance(8 * 3600)
    line = FakeLine()
    await world.out.serve(line, SEAT, WISH)
    assert line.asked[1] == "play dial.outside_hours"


async def test_without_a_way_out_it_is_said(tmp_path: Path) -> None:
    world = World(tmp_path, trunk=False)
    await world.out.serve(FakeLine(), SEAT, WISH)
    assert (world.summary.outcome, world.cause) == ("refused", "no_trunk")


async def test_a_ticket_that_cannot_be_looked_up_is_not_taken_for_granted(world: World) -> None:
    world.store_is_there = False
    await world.out.serve(FakeLine(), SEAT, Wish(NUMBER, "2611240001"))
    assert (world.summary.outcome, world.cause) == ("refused", "no_ticket")


async def test_who_is_talking_cannot_dial(world: World) -> None:
    world.floor.dials_out(A, CallId("other"))
    await world.out.serve(FakeLine(), SEAT, WISH)
    assert (world.cause, world.state) == ("not_now", AgentState.DIALLING)


async def test_where_nobody_is_logged_in_nothing_is_dialled_or_kept(world: World) -> None:
    line = FakeLine()
    await world.out.serve(line, SeatId("1002"), WISH)
    assert line.asked == ["answer", "play seat.not_logged_in", "hang_up"]
    assert world.book.events == []


# -- ordered -----------------------------------------------------------------------------------------------------------


async def test_an_ordered_call_rings_the_seat_and_is_one_call(world: World) -> None:
    call, refusal = await world.out.order(A, Wish(NUMBER, "2611240001"))
    assert (refusal, world.state) == (None, AgentState.DIALLING)  # before the seat rings: no caller comes between
    await settled(world)
    assert world.rung == [("1001", f"*9{NUMBER}*2611240001")]
    assert {event.call for event in world.book.events} == {call}
    assert (world.summary.outcome, world.summary.ticket) == ("answered", "2611240001")
    assert world.state is AgentState.WRAP_UP


async def test_an_ordered_call_whose_seat_is_not_answered_came_to_nothing(world: World) -> None:
    world.seat_answers = False
    await world.out.order(A, WISH)
    await settled(world)
    assert (world.summary.outcome, world.state) == ("no_answer", AgentState.READY)


async def settled(world: World) -> None:
    async with asyncio.timeout(5):
        while not any(isinstance(event, CallEnded) for event in world.book.events) or world.state in (  # noqa: ASYNC110
            AgentState.DIALLING,
            AgentState.TALKING,
        ):
            await asyncio.sleep(0)
    await world.out.close()


async def test_nobody_who_was_called_is_left_in_silence_when_they_cannot_be_brought_together_with_the_agent(
    world: World,
) -> None:
    world.person = FakePerson(None, fault="Asterisk cannot do it")
    line = FakeLine()
    await world.out.serve(line, SEAT, WISH)
    assert world.person.hung_up
    assert (world.summary.outcome, line.asked[-2:], world.state) == (
        "answered", ["play dial.failed", "hang_up"], AgentState.WRAP_UP,
    )  # fmt: skip


async def test_orders_over_http_are_looked_at_closely(world: World) -> None:
    orders = DialOrders(world.out)
    for told in (
        {}, {"agent": "2001"}, {"agent": 2001, "number": NUMBER}, {"agent": "2001", "number": "138\r\nAction: x"},
        {"agent": "2001", "number": NUMBER, "ticket": "1&2"}, {"agent": "2001", "number": NUMBER, "more": 1},
    ):  # fmt: skip
        with pytest.raises(BadOrder):
            await orders(told)
    assert world.book.events == []
    done = await orders({"agent": "2001", "number": "110"})
    assert (done["ok"], done["result"]) == (False, "emergency")
    done = await orders({"agent": "2002", "number": NUMBER})
    assert (done["ok"], done["result"]) == (False, "not_logged_in")


def test_only_digits_ever_become_an_address() -> None:
    settings = Settings.model_validate({"sip": {"department_trunk": "sip:192.0.2.7:5060"}})
    assert outside_address(settings, NUMBER) == f"PJSIP/departments/sip:{NUMBER}@192.0.2.7:5060"
    for bad in ("", "138&PJSIP/1001", "138@evil", "１３８", "+86138"):
        with pytest.raises(ValueError, match="digits"):
            outside_address(settings, bad)
    assert outside_address(Settings.model_validate({}), NUMBER) is None


def test_the_plan_follows_the_settings() -> None:
    wanted = {"allowed": ["95*"], "denied": ["955*"], "hours": "00:00-24:00", "caller_id": "01012345"}
    plan = dial_plan(Settings.model_validate({"outbound": wanted}), ZONE)
    assert (plan.caller_id, plan.rules.refusal("951", 0), plan.rules.refusal("95588", 0)) == (
        "01012345", None, DialRefusal.DENIED,
    )  # fmt: skip
    assert dial_plan(Settings.model_validate({}), ZONE).caller_id == "12345"


@pytest.mark.parametrize("wrong", [{"allowed": ["1[9-3]"]}, {"hours": "8-21"}, {"caller_id": "12 34"}])
def test_wrong_settings_are_mistakes(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"write|match"):
        Settings.model_validate({"outbound": wrong})
