"""A talk's recording goes on with whoever the caller is with now, whatever Asterisk and the phones do meanwhile."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from telephony import monitor
from telephony.ami import Ami, AmiRefused
from telephony.ami_framing import AmiMessage
from telephony.ami_manager import AmiTimeout
from telephony.monitor import TalkMonitor

_PATH = Path("talk.raw")


class _Asterisk:
    """Knows how many packets have passed, and what was done to the recording."""

    def __init__(self) -> None:
        self.packets = 0
        self.passing = True
        self.told = True  # whether it can tell of packets
        self.looks = 0
        self.done: list[str] = []
        self.before: Callable[[str], None] = lambda _name: None

    async def action(self, name: str, **said: str) -> AmiMessage:
        self.before(name)
        await asyncio.sleep(0)
        if name == "Getvar":
            self.looks += 1
            self.packets += 50 if self.passing else 0
            value = f"ssrc=1;rxcount={self.packets};lp=0;txcount=0" if self.told else ""
            return AmiMessage([("Response", "Success"), ("Value", value)])
        self.done.append(" ".join([name, *(said[key] for key in ("Options", "State") if key in said)]))
        return AmiMessage([("Response", "Success")])

    async def is_asked(self, times: int) -> None:
        """Wait until it has been asked for packets so many times more."""
        wanted = self.looks + times
        async with asyncio.timeout(5):
            while self.looks < wanted:  # noqa: ASYNC110 - nothing else tells of it
                await asyncio.sleep(0.01)

    async def has_done(self, *wanted: str) -> None:
        async with asyncio.timeout(5):
            while self.done != list(wanted):  # noqa: ASYNC110 - nothing else tells of it
                await asyncio.sleep(0.01)


@pytest.fixture
def asterisk(monkeypatch: pytest.MonkeyPatch) -> _Asterisk:
    for name in ("_FORGOTTEN_S", "_LOOK_S", "_RETRY_S"):
        monkeypatch.setattr(monitor, name, 0.001)
    return _Asterisk()


@pytest.fixture
async def talk(asterisk: _Asterisk, tmp_path: Path) -> TalkMonitor:
    recording = TalkMonitor(cast(Ami, asterisk), "PJSIP/7-1")
    await recording.start(tmp_path / _PATH)
    return recording


async def test_a_recording_goes_on_in_its_file_once_packets_have_passed_without_it(
    talk: TalkMonitor, asterisk: _Asterisk
) -> None:
    await talk.go_on()
    assert asterisk.done == ["MixMonitor D", "StopMixMonitor", "MixMonitor Da"]


async def test_while_nobody_sends_anything_nothing_is_held_up_and_it_goes_on_with_the_first_packets(
    talk: TalkMonitor, asterisk: _Asterisk
) -> None:
    asterisk.passing = False
    await talk.go_on()
    assert asterisk.done == ["MixMonitor D", "StopMixMonitor"]
    await asterisk.is_asked(10)
    assert asterisk.done[1:] == ["StopMixMonitor"], "begun too soon: nobody would be heard in it"
    asterisk.passing = True
    await asterisk.has_done("MixMonitor D", "StopMixMonitor", "MixMonitor Da")


async def test_what_was_paused_before_or_is_paused_meanwhile_goes_on_paused(
    talk: TalkMonitor, asterisk: _Asterisk
) -> None:
    await talk.pause(on=True)
    asterisk.passing = False
    await talk.go_on()
    assert await talk.pause(on=False)
    assert not await talk.pause(on=False), "it is so already"
    assert await talk.pause(on=True)
    asterisk.passing = True
    await asterisk.has_done(
        "MixMonitor D", "MixMonitorMute 1", "StopMixMonitor", "MixMonitor Da", "MixMonitorMute 1"
    )  # fmt: skip
    assert talk.paused


async def test_a_pause_that_ended_meanwhile_is_over_when_it_goes_on(talk: TalkMonitor, asterisk: _Asterisk) -> None:
    await talk.pause(on=True)
    asterisk.passing = False
    await talk.go_on()
    await talk.pause(on=False)
    asterisk.passing = True
    await asterisk.has_done("MixMonitor D", "MixMonitorMute 1", "StopMixMonitor", "MixMonitor Da")
    assert not talk.paused


@pytest.mark.parametrize("silent", ["StopMixMonitor", "Getvar", "MixMonitor"])
async def test_when_asterisk_does_not_answer_once_it_is_tried_anew_and_never_twice_at_once(
    talk: TalkMonitor, asterisk: _Asterisk, silent: str
) -> None:
    def once(name: str) -> None:
        if name == silent:
            asterisk.before = lambda _name: None
            raise AmiTimeout(f"{name}: no answer within 5 s")

    asterisk.before = once
    await talk.go_on()
    async with asyncio.timeout(5):
        while asterisk.done[-1] != "MixMonitor Da":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert asterisk.done[-2] == "StopMixMonitor", "else two may write into one file"
    assert asterisk.done.count("MixMonitor Da") == 1


async def test_a_talk_that_ends_meanwhile_is_not_recorded_any_more(talk: TalkMonitor, asterisk: _Asterisk) -> None:
    asterisk.passing = False
    await talk.go_on()
    waiting = talk._waiting
    assert waiting is not None and not waiting.done()
    await talk.stop(gone=False)
    assert waiting.done()
    assert asterisk.done[-1] == "StopMixMonitor"
    assert "MixMonitor Da" not in asterisk.done


async def test_a_channel_that_is_gone_is_asked_no_longer(talk: TalkMonitor, asterisk: _Asterisk) -> None:
    asterisk.passing = False
    await talk.go_on()
    asked = 0

    def gone(name: str) -> None:
        nonlocal asked
        asked += 1
        raise AmiRefused(name, AmiMessage([("Response", "Error"), ("Message", "No such channel")]))

    asterisk.before = gone
    assert talk._waiting is not None
    await asyncio.wait_for(talk._waiting, 5)
    assert asked == 1
    assert not await talk.pause(on=True), "nothing is recorded that could be paused"


async def test_a_channel_of_which_asterisk_tells_no_packets_is_recorded_at_once(
    talk: TalkMonitor, asterisk: _Asterisk
) -> None:
    asterisk.told = False
    await talk.go_on()
    assert asterisk.done[-1] == "MixMonitor Da"
