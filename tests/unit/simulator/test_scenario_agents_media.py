"""How much audio agents send, counted in packets; and what then can be said of a talk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from registrar import Registrar

from simulator import SeatPlan, Softphone, UserAgent
from simulator.media.engine import MediaEngine
from simulator.media.stream import MediaMode
from simulator.scenario import Run, Scenario, run_scenario
from simulator.scenario.crew import Crew
from simulator.scenario.reading import Read
from simulator.scenario.record import Defect, Went
from simulator.scenario.setting import Setting

TALK_S = 3.0
OF_A_DIGIT = 10
"""Packets, and some more: 100 ms of RFC 4733 with its repeated end."""
NO_CODES = {"login": "", "ready": "", "end_wrap_up": "", "logout": ""}


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    media = MediaEngine(ports=(26_400, 26_598))
    async with Registrar(media) as registrar:
        yield registrar
    await media.close()


def scenario(media: str, **more: Any) -> Scenario:
    agents = {"staff": {"count": 1, "accounts": "x.csv", "answers_after": 0, "media": media, **more}}
    callers = {"one": {"steps": [{"wait": 0.2}, {"talk": 4}, {"hang_up": True}],
                       "account": {"user": "1001", "password": "right"}}}  # fmt: skip
    return Scenario.model_validate({
        "name": "s", "number": "9", "calls": 1, "callers": callers, "agents": agents, "codes": NO_CODES,
    })  # fmt: skip


@pytest.mark.parametrize(("media", "least", "most"), [("full", 140, 160), ("digits", 2, 4), ("none", 0, 1)])
async def test_an_agent_sends_as_much_audio_as_its_kind_says_and_digits_all_the_same(
    registrar: Registrar, media: str, least: int, most: int
) -> None:
    setting = Setting(scenario(media, in_talk={"steps": [{"wait": TALK_S}, {"press": "5"}]}), Path())
    async with UserAgent(target=registrar.address, media=registrar.media) as desk:
        crew = Crew(desk, setting, {"staff": [SeatPlan("1001", "right")]})
        await crew.open()
        async with UserAgent(target=desk.address, media=registrar.media) as caller:
            leg = await caller.call("1001", number="138")
            await leg.wait_answered()
            await asyncio.sleep(TALK_S)
            came = leg.stats.packets
            assert await leg.wait_digits(1, 5) == "5"
            await leg.hang_up()
        await crew.close()
    assert least <= came <= most + (OF_A_DIGIT if leg.stats.packets == came else 0)
    assert leg.stats.lost == 0


async def talked(registrar: Registrar, media: str) -> Run:
    """A caller who does not know who answers talks with somebody who sends hardly anything."""
    Softphone(registrar, "9", "", mode=MediaMode.DIGITS)
    read, plans = Read(scenario(media), Path()), {"staff": [SeatPlan("1001", "right")]}
    return await run_scenario(read, plans, target=registrar.address, rtp_ports=(24_000, 24_798))


async def test_nobody_who_sends_no_audio_on_purpose_is_accused_of_a_gap(registrar: Registrar) -> None:
    ((record,), (accused,)) = [(await talked(registrar, media)).records for media in ("digits", "full")]
    assert (record.went, record.defects) == (Went.DONE, []), record.reason
    assert Defect.GAP in accused.defects or Defect.ONE_WAY in accused.defects, "it would not have been found at all"
