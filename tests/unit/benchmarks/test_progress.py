"""A turn of minutes tells at a steady pace how far it is; a short one is over soon enough."""

import asyncio

import pytest

from benchmarks import progress
from benchmarks.progress import Progress, Standing, telling


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def told_of(due_s: float, *moments: float) -> list[str]:
    """What is told of a turn that is looked at in these moments."""
    clock, told = Hands(), list[str]()
    standing = Standing(begun=620, connected=310, ended=300, failed=2, waiting=308)
    one = Progress("long, round 1: app_queue", due_s, lambda: standing, now=clock, tell=told.append)
    for moment in moments:
        clock.now = 1000.0 + moment
        one.look()
    return told


def test_every_half_minute_a_turn_tells_which_it_is_how_far_and_how_its_calls_stand() -> None:
    told = told_of(616.0, 10.0, 29.9, 30.2, 31.0, 59.0, 60.1)
    assert [line.split(": ")[2] for line in told] == ["30 of 616 s", "60 of 616 s"]
    assert told[0] == (
        "long, round 1: app_queue: 30 of 616 s: 620 calls begun, 310 connected, 300 ended, 2 failed; 308 wait now"
    )


def test_a_turn_that_is_over_its_time_goes_on_telling() -> None:
    assert len(told_of(70.0, *range(0, 300, 10))) == 9


def test_who_looks_late_tells_once_and_keeps_the_pace() -> None:
    told = told_of(616.0, 100.0, 101.0, 119.0, 120.0)
    assert [line.split(": ")[2] for line in told] == ["100 of 616 s", "120 of 616 s"]


def test_of_a_turn_of_a_minute_at_most_nothing_is_told_meanwhile() -> None:
    assert told_of(60.0, *range(0, 300, 10)) == []


async def test_while_a_turn_goes_on_it_is_looked_at_and_afterwards_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LOOKS_S", 0.001)
    told = asyncio.Event()
    standing = Standing(1, 0, 0, 0, 1)
    one = Progress("long", 100.0, lambda: standing, every_s=0.001, tell=lambda _: told.set())
    async with telling(one):
        await asyncio.wait_for(told.wait(), 10)
    assert asyncio.all_tasks() == {asyncio.current_task()}, "somebody looks on"
