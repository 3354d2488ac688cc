"""A recorded day over SIP: each call at its time, by its kind, with its keys and for as long as it was."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulator import Behaviour, Reaction, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine
from simulator.scenario import Scenario, Went, run_scenario
from simulator.scenario.reading import Read
from simulator.scenario.recorded import RecordedCall

TONE = 500
STEPS = [{"hear": TONE}, {"press": "recorded"}, {"press": "recorded"}, {"talk": "recorded"}, {"hang_up": True}]
NINE = 9 * 3600.0
DAY = (
    RecordedCall(NINE - 60, "general", ("9",), talked_s=1),  # before the hours that are wanted
    RecordedCall(NINE + 20, "housing", ("1", "2"), talked_s=30),
    RecordedCall(NINE + 10, "general", ("3",), talked_s=20),
    RecordedCall(NINE + 15, "", (), waited_s=8, gave_up=True),
)


@pytest.fixture
async def exchange() -> AsyncIterator[tuple[UserAgent, Softphone]]:
    media = MediaEngine(ports=(24_800, 24_998))
    async with UserAgent(media=media) as agent:
        behaviour = Behaviour(Reaction.ANSWER, constant(0.0), one_call_at_a_time=False)
        yield agent, Softphone(agent, "1001", "x", tone=TONE, behaviour=behaviour)
    await media.close()


def scenario(**more: Any) -> Scenario:
    given = {
        "name": "s", "number": "1001", "compress": 20,
        "arrivals": {"kind": "replay", "day": "2026-11-02", "begins": "09:00", "ends": "10:00"},
        "callers": {
            "all": {"steps": STEPS},
            "homes": {"queues": ["housing"], "steps": STEPS},
            "lost": {"queues": [""], "steps": [{"hear": 3000, "patience": "recorded"}]},
        },
    }  # fmt: skip
    return Scenario.model_validate({**given, **more})


async def test_calls_come_again_as_they_came_compressed(exchange: tuple[UserAgent, Softphone]) -> None:
    agent, _ = exchange
    run = await run_scenario(
        Read(scenario(), Path(), DAY), {}, target=agent.address, rtp_ports=(25_000, 25_398)
    )  # fmt: skip
    records = sorted(run.records, key=lambda record: record.index)
    assert [(r.kind, r.planned_at, r.went) for r in records] == [
        ("all", 0.5, Went.DONE), ("lost", 0.75, Went.ABANDONED), ("homes", 1.0, Went.DONE),
    ]  # fmt: skip
    assert [r.talk_s for r in records if r.talk_s] == [pytest.approx(1.0, abs=0.2), pytest.approx(1.5, abs=0.2)]
    pressed = [[moment.what for moment in r.timeline if moment.what.startswith("presses")] for r in records]
    assert pressed == [["presses 3"], [], ["presses 1", "presses 2"]]
    assert records[1].ended_at - records[1].began_at < 1.5, "8 s of patience, compressed, are 0.4 s"


async def test_no_more_calls_come_than_are_wanted(exchange: tuple[UserAgent, Softphone]) -> None:
    agent, _ = exchange
    read = Read(scenario(calls=1), Path(), DAY)
    run = await run_scenario(read, {}, target=agent.address, rtp_ports=(25_000, 25_398))
    assert [record.planned_at for record in run.records] == [0.5]


async def test_a_day_compressed_too_much_comes_at_fifty_calls_a_second_and_says_so(
    exchange: tuple[UserAgent, Softphone],
) -> None:
    agent, _ = exchange
    callers = {"all": {"steps": [{"hang_up": True}]}}
    day = tuple(RecordedCall(NINE + place / 10) for place in range(90))
    read = Read(scenario(callers=callers, compress=3600, media="none"), Path(), day)
    run = await run_scenario(read, {}, target=agent.address, rtp_ports=(25_000, 25_998))
    began = sorted(record.began_at for record in run.records)
    assert len(began) == 90
    assert began[50] - began[0] >= 0.9
    assert run.held_back


def test_a_day_of_a_store_needs_no_kind() -> None:
    assert scenario(arrivals={"store": "sqlite+aiosqlite:///x.db", "day": "2026-11-02"}).arrivals.kind == "replay"


@pytest.mark.parametrize("step", [{"talk": "recorded"}, {"press": "recorded"}, {"hear": TONE, "patience": "recorded"}])
def test_recorded_is_for_days_that_are_replayed(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="nothing is recorded: that is for arrivals of kind replay"):
        scenario(arrivals={"kind": "constant", "rate": 1}, callers={"all": {"steps": [step]}})
