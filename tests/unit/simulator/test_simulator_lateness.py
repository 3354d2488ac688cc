"""The simulator's own lateness: nothing of a run is forgotten, however long, and no bad second is hidden by it."""

import asyncio
import pickle
import time
from pathlib import Path

import pytest

from simulator import Behaviour, Reaction, Softphone, UserAgent, constant
from simulator.measures.verdict import doubts
from simulator.media.engine import MediaEngine
from simulator.media.lateness import Lateness
from simulator.scenario import Run, Scenario, run_scenario
from simulator.scenario.reading import Read
from simulator.telling.report import report_of

TICKS_A_SECOND = 200


def ticks(lateness: Lateness, seconds: int, late_s: float, since: int = 0) -> None:
    for place in range(seconds * TICKS_A_SECOND):
        lateness.add(late_s, since + place / TICKS_A_SECOND)


def doubted(lateness: Lateness) -> str:
    return "; ".join(doubts({"late_ms": lateness.figures(), "unsent_s": 0.0, "held_back": 0}))


def test_a_run_that_was_late_at_first_is_doubted_also_when_a_long_good_time_has_followed() -> None:
    lateness = Lateness()
    ticks(lateness, 20, 0.06)
    ticks(lateness, 1000, 0.001, since=20)
    assert lateness.ms(0.99) == pytest.approx(60, rel=0.01)
    assert "60 ms at p99" in doubted(lateness)


def test_one_bad_second_of_a_long_run_is_doubted_though_hardly_a_tick_in_a_hundred_was_late() -> None:
    lateness = Lateness()
    ticks(lateness, 100, 0.001)
    assert doubted(lateness) == ""
    ticks(lateness, 1, 0.09, since=100)
    ticks(lateness, 100, 0.001, since=101)
    assert lateness.ms(0.99) < 2
    assert "90 ms or more for half of its worst second" in doubted(lateness)


def test_ticks_that_never_came_count_as_late_as_they_would_have_been() -> None:
    lateness = Lateness()
    ticks(lateness, 10, 0.0)
    lateness.add(3.0, 13.0, left_out_every=0.005)
    figures = lateness.figures()
    assert figures["max"] == pytest.approx(3000, rel=0.01)
    assert figures["p99"] == pytest.approx(2870, rel=0.01)  # 600 of 2,600 ticks are spread evenly up to 3 s


def test_what_several_processes_measured_is_put_together_as_if_one_had() -> None:
    one, other, both = Lateness(), Lateness(), Lateness()
    for lateness in (one, both):
        ticks(lateness, 3, 0.002)
    for lateness in (other, both):
        ticks(lateness, 2, 0.03, since=3)
    one.take(pickle.loads(pickle.dumps(other)))  # as it comes from another process
    assert one.figures() == both.figures()
    assert Lateness().figures() == {}


def test_each_part_of_a_run_has_its_own_lateness() -> None:
    lateness = Lateness()
    ticks(lateness, 7, 0.5)  # before the run began
    lateness.split(7.0, 2.0)
    ticks(lateness, 2, 0.001, since=7)
    ticks(lateness, 2, 0.03, since=9)
    ticks(lateness, 2, 0.002, since=13)
    parts = lateness.by_part()
    assert {part: round(figures["p99"]) for part, figures in parts.items()} == {0: 1, 1: 30, 3: 2}
    assert round(parts[1]["worst_second"]) == 30
    assert round(lateness.figures()["max"]) == 500, "the whole run's are as before"


def test_of_several_processes_a_part_has_the_lateness_of_the_latest_one() -> None:
    one, other = Lateness(), Lateness()
    for lateness, late_s in ((one, 0.001), (other, 0.04)):
        lateness.split(0.0, 1.0)
        ticks(lateness, 1, late_s)
    ticks(one, 1, 0.003, since=1)
    one.take(pickle.loads(pickle.dumps(other)))
    assert {part: round(figures["p99"]) for part, figures in one.by_part().items()} == {0: 40, 1: 3}


async def lived(busy_at: float, busy_s: float) -> Run:
    """A talk of five seconds, meanwhile something in the process computes and lets nobody else run."""
    scenario = Scenario.model_validate({
        "name": "s", "number": "1001", "calls": 1, "callers": {"one": {"steps": [{"hear": 500}, {"talk": 5}]}},
    })  # fmt: skip
    media = MediaEngine(ports=(22_400, 22_798))
    async with UserAgent(media=media) as exchange:
        answers = Behaviour(Reaction.ANSWER, constant(0.0))
        Softphone(exchange, "1001", "x", tone=500, behaviour=answers)

        async def computes() -> None:
            await asyncio.sleep(busy_at)
            until = time.monotonic() + busy_s
            while time.monotonic() < until:
                time.sleep(0.15)  # noqa: ASYNC251 - that nobody else runs is what it is for
                await asyncio.sleep(0.03)  # what waits is caught up with

        computing = asyncio.create_task(computes())
        run = await run_scenario(Read(scenario, Path()), {}, target=exchange.address, rtp_ports=(22_800, 23_598))
        await computing
    await media.close()
    return run


async def test_a_simulator_that_was_kept_from_its_work_says_so_at_the_end_of_the_run() -> None:
    run = await lived(busy_at=0.5, busy_s=2.2)  # so that a whole second by the clock is among it, wherever that begins
    told = report_of(run)["simulator"]
    assert run.unsent_s == 0, "it was to be late, and no more"
    assert told["late_ms"]["worst_second"] > 20
    assert [doubt for doubt in told["doubts"] if "the simulator itself was late" in doubt]
