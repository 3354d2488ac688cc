"""Waiting for two channels to be together ends when they are, and when one of them is gone."""

import asyncio
from typing import cast

import pytest

from telephony.ami import Ami, AmiMessage, AmiRefused
from telephony.bridged import until_bridged

CALLER, THIRD = "PJSIP/trunk-1", "PJSIP/trunk-2"


class Asterisk:
    """Knows with whom channels are bridged; of those it does not know it knows nothing."""

    def __init__(self, **partners: str) -> None:
        self.partners = {CALLER: "", THIRD: ""} | partners

    async def action(self, name: str, **headers: str) -> AmiMessage:
        assert name == "Getvar"
        if headers["Channel"] not in self.partners:
            raise AmiRefused(name, AmiMessage({"Message": "No such channel"}))
        return AmiMessage([("Value", self.partners[headers["Channel"]])])


async def waits(asterisk: Asterisk, peer: str = THIRD) -> None:
    async with asyncio.timeout(0.5):
        await until_bridged(cast("Ami", asterisk), CALLER, peer)


@pytest.mark.parametrize("gone", [CALLER, THIRD])
async def test_who_is_gone_is_not_waited_for(gone: str) -> None:
    asterisk = Asterisk()
    del asterisk.partners[gone]
    await waits(asterisk)


async def test_it_lasts_until_they_are_together_and_not_only_until_somebody_else_is() -> None:
    asterisk = Asterisk(**{CALLER: "PJSIP/1001-1"})
    waiting = asyncio.create_task(waits(asterisk))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    asterisk.partners[CALLER] = THIRD
    await waiting
    await waits(Asterisk(**{CALLER: "PJSIP/1001-1"}), peer="")
