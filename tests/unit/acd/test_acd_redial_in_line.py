"""Who hangs up in line and calls again at once goes before those who came meanwhile."""

import asyncio

import pytest
from acd_hall import Hall

from acd.desk import Limit, Overflow, QueueOutcome
from calls import CallerHungUp
from calls.line import RingOutcome
from calls.timeline import Queued

NUMBER = "13812345678"


async def test_a_redial_keeps_the_arrival_and_one_after_a_talk_does_not(hall: Hall) -> None:
    hall.agent(1)
    busy, _ = hall.call("busy")
    _, phone = await busy.rung.get()
    phone.set_result(RingOutcome.ANSWERED)
    await busy.event("talk").wait()
    first, task = hall.call("first", NUMBER)
    await first.event("next_digit").wait()
    first.hang_up()
    with pytest.raises(CallerHungUp):
        await task
    other, _ = hall.call("other")
    await other.event("next_digit").wait()
    again, task_again = hall.call("again", NUMBER)
    await again.event("next_digit").wait()
    came = {e.call: e.since for e in hall.timeline.events if isinstance(e, Queued)}
    assert came["again"] == came["first"] < came["other"]
    assert [view.call for view in hall.distributor.queue()] == ["again", "other"]
    busy.hang_up()
    _, phone = await again.rung.get()
    phone.set_result(RingOutcome.ANSWERED)
    await again.event("talk").wait()
    again.hang_up()
    with pytest.raises(CallerHungUp):
        await task_again
    later, _ = hall.call("later", NUMBER)
    await later.event("next_digit").wait()
    came = {e.call: e.since for e in hall.timeline.events if isinstance(e, Queued)}
    assert came["later"] > came["other"]


async def hung_up(hall: Hall, name: str, **request: object) -> None:
    line, task = hall.call(name, NUMBER, **request)
    await line.event("next_digit").wait()
    line.hang_up()
    with pytest.raises(CallerHungUp):
        await task


async def test_who_calls_again_has_a_place_though_the_queue_is_full_now(hall: Hall) -> None:
    hall.agent(1, ready=False)
    await hung_up(hall, "first")
    other, _ = hall.call("other")
    await other.event("next_digit").wait()
    again, task = hall.call("again", NUMBER, max_length=1, overflow=(Overflow(Limit.LENGTH, "elsewhere", 1),))
    await again.event("next_digit").wait()
    assert not task.done()
    _, stranger = hall.call("stranger", "13900000000", max_length=1)
    assert (await stranger).outcome is QueueOutcome.FULL


@pytest.mark.parametrize("limit", [{"max_wait_s": 60.2}, {"overflow": (Overflow(Limit.WAITED, "elsewhere", 60.2),)}])
async def test_a_redials_limits_count_from_the_first_arrival(hall: Hall, limit: dict[str, object]) -> None:
    hall.agent(1, ready=False)
    await hung_up(hall, "first", since=hall.clock.now() - 60)
    _, task = hall.call("again", NUMBER, **limit)
    left = await asyncio.wait_for(task, 10)  # and not after another minute
    assert left.outcome in (QueueOutcome.TIMEOUT, QueueOutcome.OVERFLOW)
