"""Seats' people log in: who is not let in is told, and counts for no seat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from registrar import QUICK, Registrar

from simulator import CallLeg, NotAccepted, SeatPlan, Softphone, UserAgent
from simulator.media.engine import MediaEngine
from simulator.scenario import Scenario, run_scenario
from simulator.scenario.reading import Read
from simulator.telling.report import report_of

PROMPT, PIN = 700, "1234"
SAID_S = 1.2  # longer than a phone waits between two entries


class Desk(Registrar):
    """Logs people in by ``*11``: asks for id and PIN, says something, then hangs up, or asks again as hotlines do."""

    def __init__(self, media: MediaEngine) -> None:
        super().__init__(media)
        self.accounts = {"1001": "right", "1002": "right"}
        self.dialled: list[tuple[str, str]] = []
        self.thinks_s = 0.0  # before it says what became of the login
        self.hangs_up_early = False

    async def _answer(self, leg: CallLeg) -> None:
        self.dialled.append((leg.caller_number, leg.called_number))
        leg.answer()
        if leg.called_number != "*11":
            await leg.hang_up()
            return
        await self._entered(leg, 5)
        if self.hangs_up_early:
            await leg.hang_up()
            return
        entered = await self._entered(leg, 10)
        await asyncio.sleep(self.thinks_s)
        await self._says(leg)
        if entered.endswith(f"{PIN}#"):
            await leg.hang_up()
            return
        await self._says(leg)  # asks again

    async def _entered(self, leg: CallLeg, digits: int) -> str:
        await self._says(leg)
        return await leg.wait_digits(digits, 15)

    async def _says(self, leg: CallLeg) -> None:
        leg.say_tone(PROMPT)
        await asyncio.sleep(SAID_S)
        leg.say_tone(0)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    media = MediaEngine(ports=(26_400, 26_598))
    async with Desk(media) as desk:
        yield desk
    await media.close()


@pytest.fixture
async def seats(desk: Desk) -> AsyncIterator[UserAgent]:
    async with UserAgent(target=desk.address, media=desk.media, timers=QUICK) as agent:
        yield agent


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.softphone.ASKS_AGAIN_S", 1.5)


async def test_a_login_that_is_taken_is_followed_by_the_ready_code(desk: Desk, seats: UserAgent) -> None:
    desk.thinks_s = 2.0  # slow, but not waiting for more
    await Softphone(seats, "1001", "right").login("2001", PIN)
    assert [code for _, code in desk.dialled] == ["*11", "*12"]


@pytest.mark.usefixtures("quick")
async def test_time_to_think_before_the_answer_is_no_refusal(desk: Desk, seats: UserAgent) -> None:
    desk.thinks_s = 3.0  # longer than the silence by which it is known that more is wanted
    await Softphone(seats, "1001", "right").login("2001", PIN, ready_code="")


@pytest.mark.usefixtures("quick")
async def test_a_wrong_pin_is_known_before_the_time_is_up(desk: Desk, seats: UserAgent) -> None:
    async with asyncio.timeout(15):
        with pytest.raises(NotAccepted, match=r"^\*11 was not accepted \(agent 2001\): it asks again"):
            await Softphone(seats, "1001", "right").login("2001", "9999", timeout=60)
    assert [code for _, code in desk.dialled] == ["*11"]


async def test_a_login_that_never_ends_is_not_accepted(desk: Desk, seats: UserAgent) -> None:
    desk.thinks_s = 60.0
    with pytest.raises(NotAccepted, match="agent 2001"):
        await Softphone(seats, "1001", "right").login("2001", PIN, timeout=6)


async def test_who_hangs_up_before_the_pin_has_not_taken_the_login(desk: Desk, seats: UserAgent) -> None:
    desk.hangs_up_early = True
    with pytest.raises(NotAccepted, match=r"\(agent 2001\): hung up before all was entered"):
        await Softphone(seats, "1001", "right").login("2001", PIN)


@pytest.mark.usefixtures("quick")
async def test_a_seat_with_a_wrong_pin_is_a_fault_and_is_not_ready(desk: Desk) -> None:
    scenario = Scenario.model_validate({
        "name": "s", "number": "9", "calls": 1, "callers": {"one": {"steps": [{"wait": 0.1}, {"hang_up": True}]}},
        "agents": {"staff": {"count": 2, "accounts": "x.csv"}},
    })  # fmt: skip
    plans = {"staff": [SeatPlan("1001", "right", "2001", "9999"), SeatPlan("1002", "right", "2002", PIN)]}
    run = await run_scenario(Read(scenario, Path()), plans, target=desk.address, rtp_ports=(24_000, 24_798))
    agents: dict[str, Any] = report_of(run)["agents"]
    assert agents["seats"] == 1
    assert agents["faults"] == ["1001: *11 was not accepted (agent 2001): it asks again: are agent and PIN right?"]
    assert ("1001", "*12") not in desk.dialled
    assert ("1002", "*12") in desk.dialled
