"""Orders about prompts: only for a seat whose phone is free, followed to their end, one fault never lost."""

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any

import pytest

from agents import AgentState, DeviceState
from calls import CallerHungUp, CallId, Language, ManualClock, SeatId
from hotline.http import BadOrder
from hotline.prompt_desk import PromptDesk
from ivr.studio import StudioEnd

ORDER = {"name": "goodbye", "language": "zh", "seat": "1001"}


class Studio:
    """Does what the test says."""

    def __init__(self) -> None:
        self.end: StudioEnd | Exception = StudioEnd.KEPT
        self.played: list[Any] = []

    def find(self, word: str, language: Language) -> Any:
        if word != "goodbye":
            raise LookupError(f"there is no prompt {word!r}")
        return SimpleNamespace(name=word)

    def text(self, word: str, language: Language) -> str:
        return "第{place|place}位"

    async def play(self, line: Any, word: str, language: Language, values: Any) -> None:
        self.played.append((word, values))

    async def record(self, line: Any, prompt: Any, who: str) -> StudioEnd:
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


class Floor:
    """One phone and who sits there."""

    def __init__(self) -> None:
        self.phone, self.state = DeviceState.IDLE, None
        self.directory = SimpleNamespace(seats={"1001", "1002"})

    def at_seat(self, seat: SeatId) -> Any:
        return None if self.state is None else SimpleNamespace(state=self.state)

    def device(self, seat: SeatId) -> DeviceState:
        return self.phone


class House:
    def __init__(self) -> None:
        self.studio, self.floor = Studio(), Floor()
        self.rung: list[tuple[str, str, str]] = []
        self.picked_up: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.desk = PromptDesk(self.studio, self.floor, ManualClock(1000.0), ring_seat=self.ring, number="12345")  # type: ignore[arg-type]

    async def ring(self, seat: SeatId, call: CallId, dial: str, *, shown: str, ring_s: float) -> bool:
        self.rung.append((seat, dial, shown))
        return await self.picked_up

    async def answered(self, job: str) -> bool:
        async def nothing() -> None:
            """Answering and hanging up always work."""

        line = SimpleNamespace(call=SimpleNamespace(id=job), answer=nothing, hang_up=nothing)
        return await self.desk.serve(line)  # type: ignore[arg-type]

    def told(self, job: str) -> dict[str, Any]:
        return self.desk.job({"job": job})


@pytest.fixture
async def house() -> House:
    return House()


async def test_an_order_rings_the_seat_and_is_told_to_its_end(house: House) -> None:
    job = house.desk.record(ORDER)
    assert (job["state"], job["seat"]) == ("ringing", "1001")
    await asyncio.sleep(0)
    assert house.rung == [("1001", "*10", "12345")]
    assert await house.answered(job["job"])
    assert house.told(job["job"])["state"] == "kept"
    await house.desk.close()


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (StudioEnd.GIVEN_UP, "given_up"),
        (StudioEnd.FAILED, "failed"),
        (RuntimeError("a fault"), "failed"),
        (CallerHungUp(), "hung_up"),
    ],
)
async def test_every_other_end_is_told_and_changes_nothing(house: House, end: Any, state: str) -> None:
    house.studio.end = end
    job = house.desk.record(ORDER)["job"]
    with contextlib.suppress(CallerHungUp):
        await house.answered(job)
    told = house.told(job)
    assert told["state"] == state
    assert "othing was changed" in told["message"]
    await house.desk.close()


async def test_a_phone_that_nobody_answers_is_told_and_free_again(house: House) -> None:
    job = house.desk.record(ORDER)["job"]
    with pytest.raises(BadOrder, match="in use"):
        house.desk.record(ORDER)
    house.picked_up.set_result(False)
    for _ in range(5):
        await asyncio.sleep(0)
    assert house.told(job)["state"] == "not_answered"
    assert not await house.answered(job)  # too late: it is no call of ours any more
    house.desk.record(ORDER)
    await house.desk.close()


async def test_a_prompt_is_played_with_its_values(house: House) -> None:
    job = house.desk.play({**ORDER, "values": {"place": "3", "more": "x"}})["job"]
    await house.answered(job)
    assert house.studio.played == [("goodbye", {"place": "3"})]
    assert house.told(job)["state"] == "played"
    await house.desk.close()


@pytest.mark.parametrize(
    ("order", "hint"),
    [
        ({"name": "nothing"}, "reloaded last"),
        ({"name": 7}, "name"),
        ({"language": "fr"}, "zh, en"),
        ({"seat": "9999"}, "no seat"),
        ({"seat": ["1001"]}, "no seat"),
        ({"language": ["zh"]}, "zh, en"),
        ({"shell": "rm"}, "nothing but"),
    ],
)
async def test_a_senseless_order_is_refused_with_what_would_do(house: House, order: dict[str, Any], hint: str) -> None:
    with pytest.raises(BadOrder, match=hint):
        house.desk.record({**ORDER, **order})
    with pytest.raises(BadOrder, match="no such job"):
        house.desk.job({})


async def test_values_that_are_missing_or_odd_are_told(house: House) -> None:
    for values in ({}, {"place": 3}, "place=3"):
        with pytest.raises(BadOrder, match="values"):
            house.desk.play({**ORDER, "values": values})


@pytest.mark.parametrize("phone", [DeviceState.IN_USE, DeviceState.RINGING, DeviceState.UNREACHABLE])
async def test_a_phone_that_is_in_use_or_gone_is_not_rung(house: House, phone: DeviceState) -> None:
    house.floor.phone = phone
    with pytest.raises(BadOrder, match=r"in use|reached"):
        house.desk.record(ORDER)


@pytest.mark.parametrize("state", [AgentState.TALKING, AgentState.RINGING, AgentState.RESERVED, AgentState.DIALLING])
async def test_an_agent_with_a_caller_is_left_alone(house: House, state: AgentState) -> None:
    house.floor.state = state  # type: ignore[assignment]
    with pytest.raises(BadOrder, match="in use"):
        house.desk.record(ORDER)
    assert house.rung == []


async def test_other_calls_of_seats_are_none_of_its_business(house: House) -> None:
    assert not await house.answered("a1-123.4")
