"""What waiting callers are told: the place and the estimate that are true then; a key pressed meanwhile counts."""

import asyncio

from acd_hall import Announcer

from acd import QueueOutcome, Told
from calls.line import RingOutcome
from calls.timeline import Dequeued, PlaceAnnounced


class Talkative(Announcer):
    """Tells the estimate it is given, and says which key cut it short."""

    def __init__(self, digit: str = "") -> None:
        super().__init__()
        self.digit = digit
        self.estimates: list[float | None] = []

    async def announce(self, line, place, estimate_s):
        self.estimates.append(estimate_s)
        self.begun.set()
        return Told(self.digit, estimate_s)


async def told(hall, line) -> PlaceAnnounced:
    await asyncio.wait_for(line.event("next_digit").wait(), 5)  # the announcement is over
    return next(event for event in hall.timeline.events if isinstance(event, PlaceAnnounced))


async def test_the_estimate_that_the_router_has_is_what_can_be_told_and_what_the_record_keeps(hall):
    hall.announcer = Talkative()
    hall.agent(1)
    talking, _ = hall.call("talks")
    (await talking.rung.get())[1].set_result(RingOutcome.ANSWERED)
    await talking.event("talk").wait()
    line, _ = hall.call("c", announce_after_s=0.0, announce_every_s=60.0)
    said = await told(hall, line)
    (estimate,) = hall.announcer.estimates
    assert estimate is not None, "somebody works, so there is an estimate"
    assert estimate > 0
    assert (said.place, said.wait_s) == (1, estimate)
    line.hang_up()


async def test_a_key_pressed_into_the_announcement_leaves_the_queue_when_it_is_one_that_does(hall):
    hall.announcer = Talkative("2")
    hall.agent(1, ready=False)
    _, leaving = hall.call("c", announce_after_s=0.0, announce_every_s=60.0, exit_digits="23")
    left = await asyncio.wait_for(leaving, 5)
    assert (left.outcome, left.digit) == (QueueOutcome.DIGIT, "2")
    assert [event.reason for event in hall.timeline.events if isinstance(event, Dequeued)] == ["digit"]
    assert hall.router.waiting() == []


async def test_any_other_key_changes_nothing(hall):
    hall.announcer = Talkative("7")
    hall.agent(1, ready=False)
    line, waiting = hall.call("c", announce_after_s=0.0, announce_every_s=60.0, exit_digits="23")
    await told(hall, line)
    assert not waiting.done()
    assert hall.router.place_of(line.call.id) == 1
    line.hang_up()
