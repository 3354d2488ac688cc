"""Park numbers: each is given once, kept while the agent is told it, and over a restart."""

import asyncio

import pytest

from calls import AgentId, Call, CallerHungUp, CallId, ChannelId, ManualClock, SeatId
from calls.targets import Kind, NoTarget, Target
from hotline.parking import Park, Picker, Takers, shown
from hotline.picking_up import until_picked

A, B = AgentId("2001"), AgentId("2002")


def _call(name: str) -> CallId:
    return CallId(f"a1-{name}")


class _Line:
    """A parked caller's line."""

    def __init__(self) -> None:
        self.call = Call(_call("one"), ChannelId("a1", "1.1"), "13800000001", "", "12345", 0.0)
        self.gone = asyncio.Event()

    async def next_digit(self) -> str:
        await self.gone.wait()
        raise CallerHungUp


def test_numbers_are_given_once_and_the_one_left_last_comes_last_again() -> None:
    park = Park(3, 60.0, ManualClock(1000.0))
    numbers = [park.reserve(_call(name), A).key for name in "abc"]
    assert numbers == ["1", "2", "3"]
    with pytest.raises(NoTarget) as full:
        park.reserve(_call("d"), A)
    assert full.value.phrase == "talk.park_full"


def test_a_number_that_nobody_came_to_is_free_again_after_a_while() -> None:
    clock = ManualClock(1000.0)
    park = Park(1, 60.0, clock)
    park.reserve(_call("a"), A)
    clock.advance(31.0)
    assert park.reserve(_call("b"), A).key == "1"
    with pytest.raises(LookupError):
        park.take_place(_call("a"), 1, "general", "")


def test_a_number_told_in_vain_is_free_when_the_same_call_is_parked_anew() -> None:
    park = Park(2, 60.0, ManualClock(1000.0))
    assert park.reserve(_call("a"), A).key == "1"
    assert park.reserve(_call("a"), A).key == "2"
    assert park.number_of(_call("a")) == 2
    assert park.reserve(_call("b"), A).key == "1"


def test_one_supervisor_at_a_time_takes_a_talk_over_and_only_who_comes_can_stay_away() -> None:
    takers, first, second = Takers(), *(Picker(who, SeatId("1002"), _Line()) for who in (A, B))
    assert takers.comes(_call("one"), first) == Target(Kind.SUPERVISOR, A)
    assert takers.comes(_call("one"), second) is None
    assert takers.comes(_call("two"), second) == Target(Kind.SUPERVISOR, B)
    takers.stays_away(_call("one"), second)
    assert takers.taken(_call("one")) is first
    assert takers.taken(_call("one")) is None


async def test_only_who_is_there_can_be_picked_up_by_number_by_call_or_alone() -> None:
    park = Park(9, 60.0, ManualClock(1000.0))
    park.reserve(_call("one"), A)
    assert park.find("") is park.find("1") is None
    one = park.take_place(_call("one"), 1, "general", "13800000001")
    assert park.find("") is park.find("1") is park.find("a1-o") is one
    park.reserve(_call("two"), B)
    park.take_place(_call("two"), 2, "general", "")
    assert park.find("") is None
    assert park.find("a1-") is None, "two calls begin so"
    assert [(row["number"], row["agent"]) for row in shown(park)] == [(1, A), (2, B)]
    park.leave(one)
    assert park.find("1") is None


async def test_after_a_restart_the_number_and_the_time_are_kept_unless_given_away_meanwhile() -> None:
    park = Park(9, 60.0, ManualClock(1000.0))
    assert park.again(_call("one"), A, 4, 1010.0).key == "4"
    assert park.take_place(_call("one"), 4, "general", "").until == pytest.approx(1010.0)
    assert park.again(_call("two"), A, 4, 1010.0).key != "4"


async def test_a_picked_up_caller_goes_to_the_picker_one_who_hangs_up_to_nobody_and_time_ends_it() -> None:
    park, line = Park(9, 60.0, ManualClock(1000.0)), _Line()

    def there() -> object:
        park.reserve(_call("one"), A)
        return park.take_place(_call("one"), park.number_of(_call("one")) or 0, "", "")

    spot = there()
    picker = Picker(B, SeatId("1002"), line)
    spot.picked.set_result(picker)
    assert await until_picked(line, spot, 30.0) is picker
    park.leave(spot)
    spot = there()
    assert await until_picked(line, spot, 0.01) is None
    assert not spot.free_to_take, "too late to be picked up"
    park.leave(spot)
    spot = there()
    line.gone.set()
    with pytest.raises(CallerHungUp):
        await until_picked(line, spot, 30.0)
