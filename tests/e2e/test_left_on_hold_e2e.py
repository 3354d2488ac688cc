"""Who is on hold, or alone, when the service dies: brought together again when it is back; nobody waits for ever."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from talk_scenes import AGENT, FLOW, THIRD, Stage
from test_restart_e2e import kill_service

from calls.conversation import State
from simulator import Behaviour, CallLeg, Department, MediaEngine, Reaction, constant

if TYPE_CHECKING:
    from conftest import Phones, Site

ROOT = Path(__file__).resolve().parents[2]
Beside = Callable[..., contextlib.AbstractContextManager["Site"]]
_UNHURRIED = "  unhurried: {zh: 从容坐席, en: Unhurried, needs: {general: 1, lang.zh: 1}, ring_s: 5, wrap_up_s: 60}\n"
_ANSWER = Behaviour(Reaction.ANSWER, constant(0.1))
_LIMIT_S = 6


@pytest.fixture(scope="module")
def hasty_site(tmp_path_factory: pytest.TempPathFactory, beside: Beside) -> Iterator["Site"]:
    """A hotline on which nobody is left on hold for long."""
    limits = {"HOTLINE_CALLS__HOLD_S": str(_LIMIT_S), "HOTLINE_CALLS__TAKEOVER_S": str(_LIMIT_S)}
    with beside(tmp_path_factory.mktemp("hasty"), _UNHURRIED, **limits) as site:
        yield site


@contextlib.asynccontextmanager
async def stage_at(site: "Site", kind: type["Phones"]) -> AsyncIterator[Stage]:
    """Phones and departments of another hotline."""
    media = MediaEngine("127.0.0.1")
    phones = kind(site, media)
    await phones.agent.start()
    try:
        async with Department(port=site.department_port, tone=THIRD, media=media) as department:
            stage = Stage(site, phones, department)
            try:
                yield stage
            finally:
                await stage.close()
                await phones.close()
    finally:
        await media.close()


@contextlib.asynccontextmanager
async def without_service(site: "Site") -> AsyncIterator[None]:
    """Kill the service; the next one comes up afterwards only."""
    up, old = psutil.Process(site.process.pid), site.service_pid()
    before = {child.pid for child in up.children()}
    await site.written()
    os.kill(old, signal.SIGKILL)

    def started() -> psutil.Process | None:
        return next((child for child in up.children() if child.pid not in before), None)

    new = await site.eventually(started, 30)
    new.suspend()
    try:
        yield
    finally:
        new.resume()
        await site.eventually(lambda: site.service_pid() not in {0, old} and site.api("status"), 60)


async def waits_in_vain(leg: CallLeg, words: Path, since: float) -> None:
    """Somebody hears music, then an apology, and is hung up: not sooner than the limit says, and not much later."""
    await leg.wait_ended(_LIMIT_S + 25)
    assert leg.matches(words, since=since, in_parts=True), "there was no apology"
    assert time.monotonic() - since >= _LIMIT_S


async def on_hold_with_the_agent(site: "Site", stage: Stage, number: str) -> tuple[CallLeg, CallLeg]:
    """An agent calls somebody and puts them on hold; return the agent's leg and theirs."""
    desk = await stage.phones.seat("1009", "2009", tone=AGENT, behaviour=_ANSWER)
    agent = await desk.dial(f"*9{number}")
    away = await stage.department.next_call()
    away.answer()
    await asyncio.gather(agent.hear_tone(THIRD, 10), away.hear_tone(AGENT, 10))
    await agent.send_digits("*0")
    await site.eventually(lambda: site.agent("2009")["state"] == "on_hold")
    since = time.monotonic()
    await away.hear_sound(10)
    assert not away.heard_tones([AGENT], since=since)
    return agent, away


async def test_whom_an_agent_called_and_put_on_hold_talks_with_the_agent_again_when_the_service_is_back(
    site: "Site", phones: "Phones", department: Department
) -> None:
    department.answer_after_s = None
    stage = Stage(site, phones, department)
    agent, away = await on_hold_with_the_agent(site, stage, "13921380001")
    await kill_service(site)
    await asyncio.gather(away.hear_tone(AGENT, 40), agent.hear_tone(THIRD, 40))
    await site.eventually(lambda: site.agent("2009")["state"] == "talking")
    await asyncio.sleep(1)  # of talk
    await agent.hang_up()
    await away.wait_ended(10)
    await site.eventually(lambda: site.agent("2009")["state"] == "wrap_up")
    [call] = [row for row in await site.hotline("calls", "--outbound") if row["dialled"] == "13921380001"]
    assert call["outcome"] == "answered"
    await site.without_channels()


async def test_whom_an_agent_called_hears_that_it_is_over_when_the_agent_has_left_meanwhile(
    hasty_site: "Site", phones: "Phones"
) -> None:
    site = hasty_site
    async with stage_at(site, type(phones)) as stage:
        stage.department.answer_after_s = None
        agent, away = await on_hold_with_the_agent(site, stage, "13921380002")
        await site.written()
        os.kill(site.service_pid(), signal.SIGKILL)
        await agent.hang_up()
        since = time.monotonic()
        await away.wait_ended(30)
        assert away.matches(site.system_sound("closed_now"), since=since, in_parts=True)
        await site.without_channels()


async def test_nobody_hears_music_for_ever_while_the_service_does_not_come_back(
    hasty_site: "Site", phones: "Phones"
) -> None:
    site = hasty_site
    words = site.system_sound("closed_now")
    async with stage_at(site, type(phones)) as stage:
        await site.add_flow("left_alone", FLOW)
        await stage.open(1, 3)
        inviting, merged = await asyncio.gather(
            stage.scene("13838200001", State.INVITING), stage.scene("13838200002", State.MERGED)
        )
        swapped = await stage.scene("13838200003", State.CONSULTING)
        await merged.hearing("caller agent third")
        await swapped.order("swap")
        swap = time.monotonic()
        assert inviting.third is not None
        assert merged.third is not None
        assert merged.agent is not None
        assert swapped.third is not None
        async with without_service(site):
            await asyncio.gather(merged.third.hang_up(), merged.agent.hang_up())  # the caller is alone
            inviting.third.answer()
            answer = time.monotonic()
            await asyncio.gather(
                waits_in_vain(swapped.third, words, swap),
                waits_in_vain(inviting.third, words, answer),
                swapped.hearing("caller agent", "third"), inviting.hearing("caller agent", "third"),
            )  # fmt: skip
            conferences = [
                row for row in site.asterisk("core show channels concise").splitlines() if "ConfBridge" in row
            ]
            assert not conferences, "the caller waits in a conference for nobody"
            await merged.caller.hear_sound(10)
        for scene in (inviting, merged, swapped):
            await scene.hang_up()
        await site.without_channels()
        await site.eventually(lambda: not site.api("status")["calls"], 20)


async def test_who_was_invited_stays_in_the_conference_beyond_the_time_that_they_would_have_waited_alone(
    hasty_site: "Site", phones: "Phones"
) -> None:
    async with stage_at(hasty_site, type(phones)) as stage:
        await hasty_site.add_flow("left_alone", FLOW)
        await stage.open(1, 1)
        scene = await stage.scene("13838200004", State.MERGED)
        await scene.hearing("caller agent third")
        await asyncio.sleep(_LIMIT_S + 1)  # within which nothing may happen
        await scene.hearing("caller agent third")
        await scene.order("complete")
        await scene.hearing("caller third")
        await scene.hang_up()
        await hasty_site.without_channels()
