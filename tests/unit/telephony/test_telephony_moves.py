"""A channel that was sent somewhere to be fetched from is there when that is told."""

import asyncio
from typing import cast

import pytest

from telephony.ami import Ami, AmiMessage, AmiRefused
from telephony.moves import BETWEEN, DESK, ON_HOLD, Moves

THIRD = "PJSIP/trunk-2"


class Asterisk:
    """A channel in a conference, which does not leave at once when it is redirected."""

    def __init__(self) -> None:
        self.arguments = "room-1,hotline_bridge"  # of the application that it is in
        self.gone = False
        self.redirected = asyncio.Event()

    async def action(self, name: str, **headers: str) -> AmiMessage:
        self.is_there(name)
        assert name == "Redirect", "what Getvar tells of an application may crash Asterisk 22"
        self.redirected.set()
        return AmiMessage([])

    async def collect(self, name: str, complete: str, **headers: str) -> list[AmiMessage]:
        self.is_there(name)
        assert (name, complete, headers) == ("Status", "StatusComplete", {"Channel": THIRD})
        return [AmiMessage([("Event", "Status"), ("Application", "BridgeWait"), ("Data", self.arguments)])]

    def is_there(self, name: str) -> None:
        if self.gone:
            raise AmiRefused(name, AmiMessage({"Message": "No such channel"}))


def sent(asterisk: Asterisk, place: str) -> "asyncio.Task[None]":
    return asyncio.create_task(Moves(cast("Ami", asterisk), "room-1").to(place, THIRD))


@pytest.mark.parametrize("place", [BETWEEN, ON_HOLD])
async def test_a_channel_has_arrived_when_its_move_is_told_done(place: str) -> None:
    asterisk = Asterisk()
    moving = sent(asterisk, place)
    await asterisk.redirected.wait()
    for still in ("room-1,hotline_bridge", ""):  # of the conference, of Answer
        asterisk.arguments = still
        await asyncio.sleep(0.05)
        assert not moving.done()
    asterisk.arguments = f"{place}-a1-7.1,participant"
    async with asyncio.timeout(0.5):
        await moving


async def test_who_was_put_on_hold_because_the_agent_hung_up_has_not_arrived_before_they_have_left_that() -> None:
    """Both wait in the same application; who is bridged sooner is with the caller for a moment, and goes away again."""
    asterisk = Asterisk()
    asterisk.arguments = "on-hold-a1-7.1,participant"
    moving = sent(asterisk, BETWEEN)
    await asterisk.redirected.wait()
    await asyncio.sleep(0.05)
    assert not moving.done()
    asterisk.arguments = "between-a1-7.1,participant"
    async with asyncio.timeout(0.5):
        await moving


async def test_nobody_waits_for_a_channel_that_hung_up_on_its_way() -> None:
    asterisk = Asterisk()
    moving = sent(asterisk, BETWEEN)
    await asterisk.redirected.wait()
    asterisk.gone = True
    async with asyncio.timeout(0.5):
        await moving


async def test_a_desk_tells_itself_that_the_agent_has_come() -> None:
    asterisk = Asterisk()
    async with asyncio.timeout(0.5):
        await sent(asterisk, DESK)
    assert asterisk.redirected.is_set()
