"""Who hangs up in line and calls again at once goes before those who came meanwhile."""

import pytest
from test_acd_distributor import Hall, hall  # noqa: F401 - a fixture

from calls import CallerHungUp
from calls.line import RingOutcome
from calls.timeline import Queued

NUMBER = "13812345678"


async def test_a_redial_keeps_the_arrival_and_one_after_a_talk_does_not(hall: Hall) -> None:  # noqa: F811
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
