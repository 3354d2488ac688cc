"""A call's way through the queue, with the real router and the real floor, and a line without telephony."""

import asyncio

import pytest
from acd_fake_line import FakeLine
from acd_hall import S

from acd import QueueOutcome
from agents import DeviceState
from calls import AgentId, CallerHungUp, CallId, SeatId, summarise
from calls.line import RingOutcome, TalkEnd
from calls.recording_events import RecordingStarted
from calls.timeline import Connected, Dequeued, Offered, OfferFailed, PlaceAnnounced, Queued, TalkEnded


async def test_a_caller_is_rung_through_to_an_agent_who_is_ready_again_afterwards(hall):
    agent = hall.agent(1)
    line, task = hall.call("c")
    address, phone = await line.rung.get()
    assert address == "sip:1001"
    assert hall.state(agent) is S.RINGING
    phone.set_result(RingOutcome.ANSWERED)
    await line.event("talk").wait()
    assert hall.state(agent) is S.TALKING
    assert hall.router.waiting() == []
    line.talk_over.set_result(TalkEnd.AGENT_LEFT)
    served = await task
    assert (served.outcome, served.agent, served.talk_end) == (QueueOutcome.SERVED, agent, TalkEnd.AGENT_LEFT)
    assert hall.kinds("c") == ["Queued", "Offered", "Connected", "RecordingStarted", "TalkEnded", "WrapUpEnded"]
    assert summarise(hall.timeline.events).agent == agent
    hall.at_rest(agent)


async def test_a_talk_counts_from_the_answer_though_its_recording_begins_later(hall):
    hall.agent(1)
    line, _ = hall.call("c")
    phone = (await line.rung.get())[1]
    line.answered_at = hall.clock.now() - 0.3
    phone.set_result(RingOutcome.ANSWERED)
    await line.event("talk").wait()
    [connected] = [e for e in hall.timeline.events if isinstance(e, Connected)]
    [recorded] = [e for e in hall.timeline.events if isinstance(e, RecordingStarted)]
    assert connected.at == line.answered_at
    assert recorded.at >= line.answered_at + 0.3
    line.hang_up()


@pytest.mark.parametrize("end", ["agent_left", "the caller hangs up"])
async def test_the_next_caller_is_rung_through_before_the_line_of_the_last_one_is_in_order_again(hall, end):
    agent = hall.agent(1)
    line, task = hall.call("c")
    (await line.rung.get())[1].set_result(RingOutcome.ANSWERED)
    await line.event("talk").wait()
    after, _ = hall.call("next")
    await after.event("next_digit").wait()
    line.freed()
    hall.floor.ready(agent)  # out of the wrap-up
    async with asyncio.timeout(1):
        await after.rung.get()
    assert not task.done()
    if end == "agent_left":
        line.talk_over.set_result(TalkEnd.AGENT_LEFT)
        assert (await task).talk_end is TalkEnd.AGENT_LEFT
    else:
        line.hang_up()
        with pytest.raises(CallerHungUp):
            await task
    ended = [e for e in hall.timeline.events if isinstance(e, TalkEnded)]
    assert [(e.call, e.by) for e in ended] == [("c", "agent")]
    assert hall.state(agent) is S.RINGING, "the end of the last talk has to do with the next one"
    after.hang_up()


@pytest.mark.parametrize("where", ["next_digit", "ring", "talk", "music"])
@pytest.mark.parametrize("how", ["hang_up", "cancel"])
async def test_an_end_at_any_point_leaves_no_reservation_and_no_penalty(hall, where, how):
    agent = hall.agent(1, ready=where in ("ring", "talk"))
    line, task = hall.call("c")
    if where == "talk":
        (await line.rung.get())[1].set_result(RingOutcome.ANSWERED)
    await line.event(where).wait()
    line.hang_up() if how == "hang_up" else task.cancel()
    with pytest.raises(CallerHungUp if how == "hang_up" else asyncio.CancelledError):
        await task
    assert line.ringing == 0
    hall.floor.ready(agent)
    hall.at_rest(agent)
    if where == "ring":
        assert hall.kinds("c")[-1] == "OfferFailed"
    if where == "talk":
        ended = next(e for e in hall.timeline.events if isinstance(e, TalkEnded))
        assert ended.by == ("caller" if how == "hang_up" else "system")


async def test_an_end_in_the_same_breath_as_the_offer_frees_the_agent(hall):
    line, task = hall.call("c") if hall.agent(9, ready=False) else None
    await line.event("next_digit").wait()
    agent = hall.agent(1)  # the offer is made now, the call's coroutine has not run yet
    assert hall.state(agent) is S.RESERVED
    line.hang_up()
    with pytest.raises(CallerHungUp):
        await task
    hall.at_rest(agent)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (RingOutcome.NO_ANSWER, S.BREAK),
        (RingOutcome.BUSY, S.BREAK),
        (RingOutcome.DECLINED, S.BREAK),
        (RingOutcome.UNREACHABLE, S.UNREACHABLE),
        (RingOutcome.FAILED, S.BREAK),
    ],
)
async def test_a_missed_offer_puts_the_agent_aside_and_the_caller_back_at_the_head(hall, outcome, state):
    missing = hall.agent(1)
    first, _ = hall.call("first")
    _, phone = await first.rung.get()
    second, _ = hall.call("second")
    await second.event("next_digit").wait()
    phone.set_result(outcome)
    await first.event("next_digit").wait()
    assert hall.state(missing) is state
    assert [view.call for view in hall.distributor.queue()] == ["first", "second"]
    other = hall.agent(2)
    assert (await first.rung.get())[0] == "sip:1002"
    assert hall.state(other) is S.RINGING
    failed = next(e for e in hall.timeline.events if isinstance(e, OfferFailed))
    assert (failed.agent, failed.reason) == (missing, outcome.value)


async def test_a_declining_agent_is_offered_again_by_itself_after_a_short_time(hall):
    agent = hall.agent(1)
    line, _ = hall.call("c")
    (await line.rung.get())[1].set_result(RingOutcome.DECLINED)
    await line.rung.get()
    assert hall.state(agent) is S.RINGING


@pytest.mark.parametrize("act", ["break", "logout", "seat_lost"])
async def test_an_agent_who_leaves_while_ringing_is_rung_no_longer_and_another_is(hall, act):
    leaving = hall.agent(1)
    line, _ = hall.call("c")
    await line.rung.get()
    other = hall.agent(2)
    match act:
        case "break":
            hall.floor.start_break(leaving, "meal")
        case "logout":
            hall.floor.logout(leaving)
        case _:
            hall.floor.seat_device(SeatId("1001"), DeviceState.UNREACHABLE)
    assert (await line.rung.get())[0] == "sip:1002"
    assert line.cancelled_rings == 1
    assert hall.state(other) is S.RINGING
    assert hall.state(leaving) in (S.BREAK, S.UNREACHABLE, None)
    assert hall.router.check() == []


async def test_a_phone_that_blinks_while_ringing_is_offered_the_caller_again(hall):
    agent = hall.agent(1)
    line, task = hall.call("c")
    await line.rung.get()
    hall.floor.seat_device(SeatId("1001"), DeviceState.UNREACHABLE)
    hall.floor.seat_device(SeatId("1001"), DeviceState.IDLE)
    (await line.rung.get())[1].set_result(RingOutcome.ANSWERED)
    await line.event("talk").wait()
    assert hall.state(agent) is S.TALKING
    line.hang_up()
    with pytest.raises(CallerHungUp):
        await task
    hall.at_rest(agent)


async def test_a_withdrawal_in_the_moment_of_the_answer_lets_them_talk(hall):
    agent = hall.agent(1)
    line, task = hall.call("c")
    line.answers_at_once = True
    _, phone = await line.rung.get()
    other = hall.agent(2)
    phone.set_result(RingOutcome.ANSWERED)
    hall.floor.start_break(agent, "meal")
    await line.event("talk").wait()
    assert hall.state(agent) is S.TALKING
    assert hall.state(other) is S.READY
    line.hang_up()
    with pytest.raises(CallerHungUp):
        await task
    hall.at_rest(other)


async def test_callers_are_served_in_the_order_of_their_waiting(hall):
    agent = hall.agent(1, ready=False)
    lines = []
    for name in ("c1", "c2", "c3"):
        line, task = hall.call(name)
        await line.event("next_digit").wait()
        lines.append((line, task))
    hall.floor.ready(agent)
    for line, task in lines:
        (await line.rung.get())[1].set_result(RingOutcome.ANSWERED)
        await line.event("talk").wait()
        line.talk_over.set_result(TalkEnd.AGENT_LEFT)
        await task
    assert [e.call for e in hall.timeline.events if isinstance(e, Connected)] == ["c1", "c2", "c3"]


async def test_nobody_staffed_turns_the_caller_away_at_once(hall):
    line, task = hall.call("c")
    assert (await task).outcome is QueueOutcome.NOBODY_STAFFED
    assert hall.kinds("c") == ["Queued", "Dequeued"]
    assert not line.music_on
    hall.at_rest()


@pytest.mark.parametrize("act", ["logout", "break"])
async def test_waiting_callers_are_turned_away_when_the_last_agent_goes(hall, act):
    agent = hall.agent(1, ready=False)
    line, task = hall.call("c")
    await line.event("next_digit").wait()
    hall.floor.logout(agent) if act == "logout" else hall.floor.start_break(agent, "meal")
    assert (await task).outcome is QueueOutcome.NOBODY_STAFFED
    hall.at_rest()


async def test_a_missed_call_of_the_only_agent_does_not_turn_the_caller_away(hall):
    hall.agent(1)
    line, task = hall.call("c")
    (await line.rung.get())[1].set_result(RingOutcome.NO_ANSWER)
    await line.event("next_digit").wait()
    assert not task.done()
    assert hall.distributor.queue()[0].place == 1


async def test_waiting_ends_by_time_by_digit_and_by_a_full_queue(hall):
    agent = hall.agent(1, ready=False)
    _, timed = hall.call("t", max_wait_s=0.02)
    assert (await timed).outcome is QueueOutcome.TIMEOUT
    line, pressing = hall.call("d", exit_digits="*")
    line.digits.put_nowait("5")
    line.digits.put_nowait("*")
    left = await pressing
    assert (left.outcome, left.digit) == (QueueOutcome.DIGIT, "*")
    waiting, _ = hall.call("w", max_length=1)
    await waiting.event("next_digit").wait()
    _, full = hall.call("f", max_length=1)
    assert (await full).outcome is QueueOutcome.FULL
    reasons = [e.reason for e in hall.timeline.events if isinstance(e, Dequeued)]
    assert reasons == ["timeout", "digit", "full"]
    waiting.hang_up()
    await asyncio.wait(hall.tasks)
    hall.floor.ready(agent)
    hall.at_rest(agent)


async def test_the_place_is_announced_truly_and_an_offer_cuts_it_short(hall):
    agent = hall.agent(1, ready=False)
    ahead, _ = hall.call("ahead")
    await ahead.event("next_digit").wait()
    line, _ = hall.call("c", announce_after_s=0.0, announce_every_s=0.01)
    await hall.announcer.begun.wait()
    hall.announcer.begun.clear()
    hall.announcer.let_go.set()
    await hall.announcer.begun.wait()
    assert hall.announcer.places[0] == 2
    assert next(e for e in hall.timeline.events if isinstance(e, PlaceAnnounced)).place == 2
    ahead.hang_up()
    hall.announcer.let_go.set()
    while hall.announcer.places[-1] != 1:
        hall.announcer.begun.clear()
        await hall.announcer.begun.wait()
    hall.announcer.let_go.clear()
    hall.announcer.begun.clear()
    await hall.announcer.begun.wait()
    hall.floor.ready(agent)
    await line.rung.get()
    assert hall.announcer.cut_short


async def test_offers_are_held_while_paused_and_old_places_count_on_resuming(hall):
    hall.distributor.pause()
    agent = hall.agent(1)
    late, _ = hall.call("late", since=2000.0)
    early, _ = hall.call("early", since=1000.0)
    await late.event("next_digit").wait()
    await early.event("next_digit").wait()
    assert hall.router.open_offers() == []
    hall.distributor.resume()
    await early.rung.get()
    assert hall.state(agent) is S.RINGING
    assert next(e for e in hall.timeline.events if isinstance(e, Queued) and e.call == "early").since == 1000.0


async def test_an_adopted_talk_keeps_its_agent_from_offers_until_it_ended(hall):
    agent = hall.agent(1)
    assert hall.distributor.adopt(CallId("old"), agent, "general")
    line, _ = hall.call("c")
    await line.event("next_digit").wait()
    assert hall.state(agent) is S.TALKING
    hall.distributor.adopted_talk_ended(CallId("old"), agent, "caller")
    await line.rung.get()
    assert not hall.distributor.adopt(CallId("x"), AgentId("2009"), "general")


async def test_a_busy_phone_is_not_offered_until_it_is_idle(hall):
    agent = hall.agent(1)
    hall.floor.seat_device(SeatId("1001"), DeviceState.IN_USE)
    line, _ = hall.call("c")
    await line.event("next_digit").wait()
    assert hall.state(agent) is S.READY and hall.router.open_offers() == []
    hall.floor.seat_device(SeatId("1001"), DeviceState.IDLE)
    await line.rung.get()


async def test_a_hundred_callers_on_five_seats_are_never_doubled_and_all_end(hall):
    """Callers, misses, hang-ups and withdrawals mixed: no seat rings twice at once, nothing is left over."""
    agents = [hall.agent(n) for n in range(1, 6)]
    lines = [hall.call(f"c{n}") for n in range(100)]

    async def phone(number: int, line: FakeLine) -> None:
        while True:
            _, answer = await line.rung.get()
            busy = [x for x, _ in lines if x is not line and x.ringing and x.at == "ring"]
            assert len(busy) < 5
            await asyncio.sleep(0)
            if answer.done():
                continue
            if number % 7 == 3:
                line.hang_up()
            elif number % 5 == 0 and line.event("missed").is_set() is False:
                line.event("missed").set()
                answer.set_result(RingOutcome.DECLINED)
            else:
                answer.set_result(RingOutcome.ANSWERED)
                line.talk_over.set_result(TalkEnd.AGENT_LEFT)

    phones = [asyncio.create_task(phone(n, line)) for n, (line, _) in enumerate(lines)]
    outcomes = await asyncio.gather(*(task for _, task in lines), return_exceptions=True)
    for each in phones:
        each.cancel()
    faults = [f for f in await asyncio.gather(*phones, return_exceptions=True) if isinstance(f, AssertionError)]
    assert faults == []
    assert sum(isinstance(o, CallerHungUp) for o in outcomes) == sum(n % 7 == 3 for n in range(100))
    assert all(isinstance(o, CallerHungUp) or o.outcome is QueueOutcome.SERVED for o in outcomes)
    open_seats: dict[str, str] = {}
    for event in hall.timeline.events:
        if isinstance(event, Offered):
            assert event.seat not in open_seats, "a seat was offered two callers"
            open_seats[event.seat] = event.call
        elif isinstance(event, OfferFailed):
            assert open_seats.pop(event.seat) == event.call
        elif isinstance(event, TalkEnded):
            open_seats = {seat: call for seat, call in open_seats.items() if call != event.call}
    while not all(hall.state(a) is S.READY for a in agents):  # noqa: ASYNC110 - they come back by themselves
        await asyncio.sleep(0.01)
    hall.at_rest(*agents)
    assert any(isinstance(e, RecordingStarted) for e in hall.timeline.events)
