"""A queue's limits send callers elsewhere, and nobody who has a place already is sent away on coming back."""

import asyncio
from dataclasses import replace

import pytest
from acd_hall import GENERAL, Hall

from acd.desk import Distributed, Limit, Overflow, QueueOutcome
from acd.waiting import Stage
from calls import AgentId
from calls.line import RingOutcome
from calls.skills import parse
from calls.timeline import Dequeued


def rule(when: Limit, at: float = 0.0) -> tuple[Overflow, ...]:
    return (Overflow(when, "elsewhere", at),)


async def left(hall: Hall, name: str, **request: object) -> Distributed:
    _, task = hall.call(name, **request)
    result: Distributed = await task
    [event] = [e for e in hall.timeline.events if e.call == name and isinstance(e, Dequeued)]
    assert result.overflow is not None
    assert (event.reason, event.to, event.beyond) == ("overflow", "elsewhere", result.overflow.when.value)
    return result


async def test_beyond_the_expected_wait_a_caller_is_sent_on_and_one_who_comes_back_stays(hall: Hall) -> None:
    hall.agent(1, ready=False)
    hall.agent(2)
    first, _ = hall.call("first")
    await first.rung.get()  # the only one who works is taken: 180 s, as long as nothing else is known
    result = await left(hall, "c", overflow=rule(Limit.EXPECTED, 60))
    assert result.outcome is QueueOutcome.OVERFLOW
    line, task = hall.call("back", overflow=rule(Limit.EXPECTED, 60), since=hall.clock.now() - 30)
    await line.event("next_digit").wait()
    assert not task.done()
    patient, task = hall.call("patient", overflow=rule(Limit.EXPECTED, 600))
    await patient.event("next_digit").wait()
    assert not task.done()


async def test_no_end_of_the_wait_in_sight_is_beyond_any_expected_wait(hall: Hall) -> None:
    hall.agent(1, ready=False)  # has logged in, and nobody works yet
    await left(hall, "c", overflow=rule(Limit.EXPECTED, 36_000))
    line, task = hall.call("back", overflow=rule(Limit.EXPECTED, 60), since=hall.clock.now() - 30)
    await line.event("next_digit").wait()  # who has a place already keeps it
    assert not task.done()


async def test_who_is_held_for_an_agent_or_may_ask_for_less_expects_what_all_of_them_together_give(hall: Hall) -> None:
    hall.agent(2)
    overflow = rule(Limit.EXPECTED, 30)
    absent = replace(GENERAL, only=AgentId("2001"))
    line, _ = hall.call("known", need=absent, stages=(Stage(15, GENERAL),), overflow=overflow)
    await line.rung.get()  # the last agent is not there, and somebody else is free
    nobody_has_that = replace(GENERAL, hard=parse("general >= 5"))
    hall.agent(3)
    line, _ = hall.call("modest", need=nobody_has_that, stages=(Stage(45, GENERAL),), overflow=overflow)
    await line.rung.get()
    later = replace(GENERAL, hard=parse("general >= 3"))
    hall.agent(4, ready=False)
    await left(hall, "late", need=later, stages=(Stage(45, GENERAL),), overflow=overflow)  # two are taken: 180 s each


@pytest.mark.parametrize("hall", [{"miss_limit": 2}], indirect=True)
async def test_callers_are_sent_on_when_the_last_one_was_sent_on_a_break_for_not_taking_calls(hall: Hall) -> None:
    hall.floor.start_break(hall.agent(2), "meal")
    agent = hall.agent(1)
    line, task = hall.call("c", overflow=rule(Limit.UNSTAFFED))
    (await line.rung.get())[1].set_result(RingOutcome.NO_ANSWER)
    (await line.rung.get())[1].set_result(RingOutcome.NO_ANSWER)  # was put aside for a moment only: still staffing
    assert (await asyncio.wait_for(task, 5)).overflow == Overflow(Limit.UNSTAFFED, "elsewhere")
    assert hall.floor.standing(agent).reason == "missed"  # type: ignore[union-attr]


async def test_a_full_queue_sends_the_next_caller_on(hall: Hall) -> None:
    hall.agent(1, ready=False)
    line, _ = hall.call("first", overflow=rule(Limit.LENGTH, 1))
    await line.event("next_digit").wait()
    await left(hall, "second", overflow=rule(Limit.LENGTH, 1))


async def test_waiting_too_long_counts_from_the_original_arrival(hall: Hall) -> None:
    hall.agent(1, ready=False)
    await left(hall, "c", overflow=rule(Limit.WAITED, 30), since=hall.clock.now() - 29.9)


@pytest.mark.parametrize("there_at_first", [True, False])
async def test_callers_whom_nobody_could_serve_are_sent_on_at_once_or_when_the_last_one_leaves(
    hall: Hall,
    there_at_first: bool,
) -> None:
    if there_at_first:
        agent = hall.agent(1, ready=False)
        line, task = hall.call("c", overflow=rule(Limit.UNSTAFFED))
        await line.event("next_digit").wait()
        hall.floor.logout(agent)
        assert (await task).overflow == Overflow(Limit.UNSTAFFED, "elsewhere")
    else:
        await left(hall, "c", overflow=rule(Limit.UNSTAFFED))


async def test_who_comes_again_has_the_old_place_and_waits_anew(hall: Hall) -> None:
    hall.agent(1, ready=False)
    now = hall.clock.now()
    line, task = hall.call("again", overflow=rule(Limit.WAITED, 30), since=now - 100, limits_since=now)
    await line.event("next_digit").wait()
    assert [view.since for view in hall.distributor.queue()] == [now - 100]
    assert not task.done()
