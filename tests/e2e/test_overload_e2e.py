"""More comes than can be carried: new callers are turned away at once, and those who are inside are served."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pytest
from test_recording_policy_e2e import phones_of

from calls import Language
from simulator.leg import CallFailed

if TYPE_CHECKING:
    from conftest import Phones, Site

    Beside = Callable[..., AbstractContextManager[Site]]

_LATE = {"HOTLINE_OVERLOAD__LATE_S": "0.8", "HOTLINE_OVERLOAD__LATE_ALL_S": "1.2"}
_EMERGENCY = """
numbers: ["12300"]
start: person
person: person
steps:
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, beside: "Beside") -> Iterator["Site"]:
    """A hotline that has room for two calls, and turns callers away when it is a second late."""
    with beside(
        tmp_path_factory.mktemp("narrow"), "", HOTLINE_OVERLOAD__MOST_CALLS="2", HOTLINE_OVERLOAD__NEVER="12300",
        **_LATE,
    ) as site:  # fmt: skip
        yield site


@contextlib.asynccontextmanager
async def too_slow(pid: int) -> AsyncIterator[None]:
    """A process of ours is on time a tenth of the time only."""

    async def stands_still() -> None:
        while True:
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(1.8)
            os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(0.25)

    task = asyncio.create_task(stands_still())
    try:
        yield
    finally:
        task.cancel()
        os.kill(pid, signal.SIGCONT)


async def refused(phones: "Phones", number: str, *, within: float = 10.0) -> str:
    """Call, and return how that was refused; fail when it was answered."""
    leg = await phones.agent.call("12345", number=number)
    with pytest.raises(CallFailed) as told:
        await leg.wait_answered(within)
    return str(told.value)


async def ended(site: "Site", number: str, *outcomes: str) -> None:
    """Wait until the books have so many calls from a number, which ended so, in their order."""

    async def look() -> bool:
        calls = await site.hotline("calls", "--caller", number)
        return [call["outcome"] for call in reversed(calls)] == [*outcomes]

    await site.eventually(look, 20)


async def test_who_finds_no_room_hears_why_before_the_answer_and_gets_503_while_those_inside_talk_on(
    narrow: "Site", phones: "Phones"
) -> None:
    async with phones_of(narrow, type(phones)) as here:
        await here.seat("1001", "2001", tone=700)
        inside = await here.ask_for_a_person("13809300001", tone=2300)
        await inside.hear_tone(700, 15)
        second = await here.call("13809300002")
        third = await here.agent.call("12345", number="13809300003")
        await third.hear_prompt(narrow.system_sound("all_lines_busy"), 15)
        assert not third.session.answered.is_set(), "the caller pays for being turned away"
        await third.hear_prompt(narrow.system_sound("all_lines_busy", Language.EN), 15)
        with pytest.raises(CallFailed, match="503"):
            await third.wait_answered(15)
        await inside.hear_tone(700, 5)
        await second.hang_up()
        await narrow.eventually(lambda: narrow.api("status")["calls"] == 1)
        again = await here.call("13809300003")
        await again.hear_sound(10)
        await asyncio.gather(again.hang_up(), inside.hang_up())
        await ended(narrow, "13809300003", "turned_away", "abandoned_menu")
    assert narrow.api("live")["today"]["turned_away"] == 1
    [missed] = await narrow.hotline("callbacks", "--missed")
    assert (missed["turned_away"], missed["queue"], missed["reached"]) == (True, "", False)


async def test_a_line_for_emergencies_is_never_full(narrow: "Site", phones: "Phones") -> None:
    await narrow.add_flow("emergency", _EMERGENCY)
    async with phones_of(narrow, type(phones)) as here:
        await here.seat("1002", "2002", tone=900)
        await asyncio.gather(*(here.call(f"1380930001{n}") for n in range(2)))
        assert "503" in await refused(here, "13809300012", within=25)
        caller = await here.call("13809300013", to="12300")
        await caller.hear_tone(900, 15)


async def test_a_service_that_is_seconds_late_turns_new_callers_away_at_once_and_lets_them_in_when_it_is_over(
    narrow: "Site", phones: "Phones"
) -> None:
    async with phones_of(narrow, type(phones)) as here:
        await here.seat("1003", "2003", tone=1100)
        inside = await here.ask_for_a_person("13809300021", tone=2300)
        await inside.hear_tone(1100, 15)
        async with too_slow(narrow.service_pid()):
            await narrow.eventually(lambda: narrow.api("status")["overload"]["turned_away_share"] == 1, 25)
            assert "503" in await refused(here, "13809300022")
            await inside.hear_tone(1100, 5)
        await narrow.eventually(lambda: narrow.api("status")["overload"]["turned_away_share"] == 0, 15)
        after = await here.call("13809300022")
        await after.hear_sound(10)
        await asyncio.gather(after.hang_up(), inside.hang_up())
        await narrow.eventually(lambda: "overload.over" in narrow.log(), 20)
        await ended(narrow, "13809300022", "turned_away", "abandoned_menu")
