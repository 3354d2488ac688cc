"""When more comes than can be carried: how late all is, and who is turned away at the door."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest
from pydantic import ValidationError

from calls import Call, CallId, ChannelId, ManualClock, MemoryTimeline, Outcome, SystemClock
from calls.timeline import CallArrived, CallEnded
from hotline.call_timeline import Timelines
from hotline.front_door import FrontDoor
from hotline.overload import Overload, OverloadLimits, Refused
from hotline.overload_settings import OverloadSettings
from telephony.ami import AmiDisconnected, AmiTimeout

LIMITS = OverloadLimits(late_s=0.5, late_all_s=1.5, most_calls=100)


def late_for(overload: Overload, late_s: float, seconds: float, *, since: float = 0.0) -> float:
    """Have the loop wake so late for a while; return when that was over."""
    now, end = since, since + seconds
    while now < end:
        now += 0.2 + late_s
        overload.woke(late_s, now)
    return now


def test_on_time_nobody_is_turned_away() -> None:
    overload = Overload(LIMITS)
    late_for(overload, 0.4, 10)
    overload.asterisk_answered(0.49)
    overload.asterisk_answered(0.49)
    assert overload.share == 0
    assert [overload.refuses(calls) for calls in range(101)] == [None] * 101


@pytest.mark.parametrize(("late_s", "turned_away"), [(0.6, 10), (1.0, 50), (1.25, 75), (1.5, 100), (4.0, 100)])
def test_the_later_all_is_the_more_are_turned_away_and_just_that_share(late_s: float, turned_away: int) -> None:
    overload = Overload(LIMITS)
    late_for(overload, late_s, 10)
    decided = [overload.refuses(7) for _ in range(100)]
    assert decided.count(Refused.LATE) == pytest.approx(turned_away, abs=1)


@pytest.mark.parametrize("pause_s", [0.6, 1.9, 3.0, 20.0])
def test_one_pause_is_no_overload_however_long(pause_s: float) -> None:
    overload = Overload(LIMITS)
    now = late_for(overload, 0.0, 10)
    overload.woke(pause_s, now + pause_s)
    assert overload.share == 0
    now = late_for(overload, 0.0, 6, since=now + pause_s)
    assert overload.late_s == 0


def test_a_service_that_stands_still_again_and_again_is_overloaded_though_it_wakes_on_time_in_between() -> None:
    overload, now = Overload(LIMITS), 0.0
    for _ in range(4):
        now += 2.2
        overload.woke(2.0, now)
        now += 0.2
        overload.woke(0.0, now)
    assert overload.share == 1
    late_for(overload, 0.0, 5.5, since=now)
    assert overload.share == 0, "it is over"


def test_when_asterisk_is_late_callers_are_turned_away_but_not_for_one_late_answer() -> None:
    overload = Overload(LIMITS)
    overload.asterisk_answered(0.01)
    overload.asterisk_answered(5.0)
    assert overload.share == 0
    overload.asterisk_answered(5.0)
    assert overload.share == 1
    overload.asterisk_away()
    assert overload.share == 0, "without a connection nothing is known"


def test_more_calls_than_the_most_are_full_however_fast_all_is() -> None:
    overload = Overload(LIMITS)
    assert (overload.refuses(100), overload.refuses(101)) == (None, Refused.FULL)
    assert Overload(OverloadLimits(most_calls=0)).refuses(100_000) is None


@dataclass
class Line:
    """The line of a caller at the door."""

    call: Call
    heard: list[bool] = field(default_factory=list)

    async def turn_away(self, *, say: bool) -> None:
        self.heard.append(say)


class House:
    """A front door, and who comes to it."""

    def __init__(self, **settings: object) -> None:
        self.clock, self.timeline = ManualClock(1_000.0), MemoryTimeline()
        self.calls, self.inside = 1, set[str]()
        self.timelines = Timelines(self.timeline)
        self.door = FrontDoor(
            OverloadSettings.model_validate(settings), self.timelines, self.clock,
            calls=lambda: self.calls, returning=lambda call: call in self.inside,
        )  # fmt: skip

    def caller(self, name: str = "a1-1.1", dialled: str = "12345") -> Line:
        return Line(Call(CallId(name), ChannelId("a1", name), "13800000001", "", dialled, self.clock.now()))

    async def measures(self, *answers: float | Exception) -> None:
        """Asterisk answers its pings so late, or not."""
        coming = list(answers)

        async def ping(_most: float) -> None:
            if not coming:
                await asyncio.Event().wait()
            answer = coming.pop(0)
            if isinstance(answer, Exception):
                raise answer
            self.clock.advance(answer)

        task = asyncio.create_task(self.door.watch_asterisk(ping))
        while coming:
            self.clock.advance(1.0)
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()


async def test_who_is_turned_away_is_told_is_in_the_books_and_is_counted() -> None:
    house = House(most_calls=5)
    house.calls = 6
    line = house.caller()
    assert not await house.door.admits(line)
    assert line.heard == [True]
    arrived, ended = house.timeline.events
    assert isinstance(arrived, CallArrived)
    assert (arrived.caller, arrived.dialled) == ("13800000001", "12345")
    assert isinstance(ended, CallEnded)
    assert (ended.outcome, ended.cause) == (Outcome.TURNED_AWAY, "overload: full")
    assert house.door.told()["turned_away"] == 1
    house.calls = 5
    assert await house.door.admits(house.caller("a1-2.2"))


async def test_those_who_were_inside_and_those_who_dial_what_is_never_turned_away_come_in() -> None:
    house = House(most_calls=5, never=["12300"])
    house.calls, house.inside = 50, {"a1-9.9"}
    assert await house.door.admits(house.caller("a1-9.9"))
    assert await house.door.admits(house.caller("a1-2.2", dialled="12300"))
    assert not await house.door.admits(house.caller("a1-3.3"))


async def test_when_asterisk_is_very_late_all_are_turned_away_without_a_word() -> None:
    house = House(late_s=0.3, late_all_s=1.0)
    await house.measures(2.0, AmiTimeout("late"))
    line = house.caller()
    assert not await house.door.admits(line)
    assert line.heard == [False], "words would cost what is short"
    await house.measures(AmiDisconnected("gone"))
    assert await house.door.admits(house.caller("a1-2.2"))


async def test_how_late_the_event_loop_really_wakes_is_measured_and_told() -> None:
    house, told = House(), list[float]()
    heard = asyncio.Event()
    house.door = FrontDoor(OverloadSettings(), house.timelines, SystemClock(), lambda: 1, lambda _: False)

    def tell(late_s: float) -> None:
        told.append(late_s)
        heard.set()

    task = asyncio.create_task(house.door.watch_loop(tell))
    await asyncio.sleep(0)  # it has begun to wait
    time.sleep(0.5)  # noqa: ASYNC251 - the loop stands still, as under load
    async with asyncio.timeout(10):
        await heard.wait()
    task.cancel()
    assert 0.25 < told[0] < 10


async def test_by_setting_lateness_turns_nobody_away() -> None:
    house = House(turn_away=False)
    await house.measures(60.0, 60.0)
    assert await house.door.admits(house.caller())


def test_a_share_that_cannot_grow_is_a_mistake_with_a_remedy() -> None:
    with pytest.raises(ValidationError, match=r"late_all_s \(1.5\) must be more than late_s \(2\)"):
        OverloadSettings.model_validate({"late_s": 2})
