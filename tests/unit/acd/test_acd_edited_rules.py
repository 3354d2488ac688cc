"""The directory is edited while callers wait: they ask for what their queue asks for now, and nobody is turned away for
a rule that is no more."""

import asyncio
from collections.abc import Callable

import pytest
from acd_hall import GENERAL, Hall

from acd.desk import QueueOutcome, QueueRequest
from acd.matching import Need
from acd.waiting import Stage
from agents.loader import parse_directory
from calls.line import RingOutcome, TalkEnd
from calls.timeline import NeedRelaxed

OLD = """\
skills: {general: {zh: 综合}, housing: {zh: 住房}}
queues: {housing: {zh: 住房, needs: {housing: 2}}}
people:
  2001: {name: 甲, skills: {general: 3, housing: 2}, pin: 111111}
  2002: {name: 乙, skills: {general: 3}, pin: 111111}
"""
NEW = OLD.replace(", housing: {zh: 住房}}", "}").replace("{housing: 2}}", "{general: 1}}").replace(", housing: 2", "")
HOUSING = Need.of({"housing": 2})
PINS = {"2001": "111111", "2002": "111111"}


@pytest.fixture
async def house(hall: Hall) -> Hall:
    """One who knows about housing, and talks; one who does not, and is free."""
    hall.floor.use_directory(parse_directory(OLD, "d.yaml"), PINS)  # type: ignore[arg-type]
    hall.agent(1)
    talking, _ = hall.call("talking", queue="housing", need=HOUSING)
    _, phone = await talking.rung.get()
    phone.set_result(RingOutcome.ANSWERED)
    await talking.event("talk").wait()
    hall.agent(2)
    return hall


def edit(hall: Hall, plan: Callable[[QueueRequest], tuple[Need, tuple[Stage, ...]] | None], text: str = NEW) -> None:
    directory = parse_directory(text, "d.yaml")
    hall.distributor.rules_changed(lambda: hall.floor.use_directory(directory, PINS), plan)  # type: ignore[arg-type]


async def test_who_waits_for_a_skill_that_is_taken_out_gets_whoever_the_queue_asks_for_now(house: Hall) -> None:
    line, task = house.call("waits", queue="housing", need=HOUSING)
    await line.event("next_digit").wait()
    edit(house, lambda request: (GENERAL, ()))
    address, phone = await asyncio.wait_for(line.rung.get(), 5)
    assert address == "sip:1002"
    phone.set_result(RingOutcome.ANSWERED)
    await line.event("talk").wait()
    [told] = [e for e in house.timeline.events if isinstance(e, NeedRelaxed)]
    assert (told.call, told.need, told.edited) == ("waits", "general >= 1", True)
    line.talk_over.set_result(TalkEnd.AGENT_LEFT)
    assert (await task).outcome is QueueOutcome.SERVED


async def test_a_queue_that_is_gone_keeps_its_callers_until_they_are_served(house: Hall) -> None:
    line, task = house.call("waits", queue="housing", need=HOUSING)
    await line.event("next_digit").wait()
    edit(house, lambda request: None, OLD)
    assert not task.done()
    assert [view.call for view in house.distributor.queue()] == ["waits"]


async def test_who_cannot_be_served_after_the_change_is_turned_away(house: Hall) -> None:
    line, task = house.call("waits", queue="housing", need=HOUSING)
    await line.event("next_digit").wait()
    edit(house, lambda request: (Need.of({"general": 5}), ()))
    assert (await asyncio.wait_for(task, 5)).outcome is QueueOutcome.NOBODY_STAFFED


async def test_places_are_kept_and_stages_that_are_due_are_reached(house: Hall) -> None:
    now = house.clock.now()
    for name, since in (("second", now - 20), ("first", now - 40)):
        line, _ = house.call(name, queue="housing", need=HOUSING, since=since)
        await line.event("next_digit").wait()
    edit(house, lambda request: (HOUSING, (Stage(30, GENERAL),)), OLD)
    ringing = [view for view in house.distributor.queue() if view.ringing]
    assert [(view.call, view.ringing, view.need) for view in ringing] == [("first", "2002", "general >= 1")]


async def test_edited_rules_leave_an_offer_that_rings_alone(house: Hall) -> None:
    line, _ = house.call("rings", need=GENERAL)
    _, phone = await line.rung.get()
    edit(house, lambda request: (HOUSING, ()), OLD)
    phone.set_result(RingOutcome.ANSWERED)
    await asyncio.wait_for(line.event("talk").wait(), 5)
    assert house.router.check() == []
