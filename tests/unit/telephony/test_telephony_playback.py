"""A prompt is stopped by a digit, but never by the echo of one that was read already."""

import asyncio
from pathlib import Path
from typing import Any, cast

from calls import Sound
from telephony.agi_codec import Reply
from telephony.ami import Ami
from telephony.digits import DigitBuffer
from telephony.playback import Playback


class _Manager:
    """An AMI connection as far as playing asks for it."""

    def __init__(self, *, connected: bool = True) -> None:
        self.connected = connected


class _Asterisk:
    """Answers STREAM FILE with the digits given, one a sound; 0 is a sound heard to its end."""

    def __init__(self, *digits: int) -> None:
        self._digits = list(digits)
        self.played: list[str] = []

    async def command(self, *words: str) -> Reply:
        self.played.append(Path(words[1]).name)
        return Reply(200, result=str(self._digits.pop(0)))


async def _never() -> Exception:
    await asyncio.Event().wait()
    raise AssertionError


def _playback(asterisk: _Asterisk, digits: DigitBuffer, *, connected: bool = True) -> Playback:
    manager: Any = _Manager(connected=connected)
    return Playback(asterisk.command, _never, cast(Ami, manager), digits, "PJSIP/1001-1")


_SOUNDS = [Sound(Path("who")), Sound(Path("what"))]


async def test_the_echo_of_a_digit_that_was_read_does_not_stop_the_next_prompt_nor_count_again() -> None:
    digits = DigitBuffer()
    digits.put("#")
    assert await digits.get() == "#"
    asterisk = _Asterisk(ord("#"), 0, 0)
    await _playback(asterisk, digits).prompt(_SOUNDS, barge_in=True)
    assert asterisk.played == ["who", "who", "what"]
    assert digits.peek() == ""


async def test_a_digit_that_ami_tells_of_a_little_later_stops_the_prompt_once() -> None:
    digits = DigitBuffer()
    digits.put("1")
    assert await digits.get() == "1"
    asterisk = _Asterisk(ord("1"))
    prompt = asyncio.create_task(_playback(asterisk, digits).prompt(_SOUNDS, barge_in=True))
    asyncio.get_running_loop().call_later(0.05, digits.put, "1")  # pressed again, not an echo
    await prompt
    assert asterisk.played == ["who"]
    assert await digits.get() == "1"
    assert digits.peek() == ""


async def test_without_ami_agis_word_is_taken_for_a_digit() -> None:
    digits = DigitBuffer()
    digits.put("1")
    assert await digits.get() == "1"
    asterisk = _Asterisk(ord("1"))
    await _playback(asterisk, digits, connected=False).prompt(_SOUNDS, barge_in=True)
    assert asterisk.played == ["who"]
    assert digits.peek() == "1"
