"""Playing sounds on a channel so that a digit stops them, and so that they can be called off."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NoReturn

import structlog

from calls import CallerHungUp, LineFault, Sound
from calls.line import ANY_DIGIT
from telephony.agi_codec import Reply
from telephony.ami import Ami, AmiError
from telephony.digits import DigitBuffer

log = structlog.get_logger(__name__)

_DIGIT_GRACE_S = 1.0  # how long AMI may lag behind the AGI reply that a digit caused
_ECHO_GRACE_S = 0.3  # the same, where the digit is the one that came last, so that it may well be its echo
_ECHOES = 3  # so often a sound is begun anew


class Playback:
    """Plays on one channel. ``command`` sends an AGI command; ``ended`` waits for the session's end, and says why."""

    def __init__(
        self,
        command: Callable[..., Awaitable[Reply]],
        ended: Callable[[], Awaitable[Exception]],
        ami: Ami,
        digits: DigitBuffer,
        channel: str,
    ) -> None:
        self._command, self._ended = command, ended
        self._ami, self._digits, self._channel = ami, digits, channel

    def close(self) -> None:
        """Play nothing any more, and forget whose channel it is: two who know each other stay in memory until Python
        looks for such."""
        self._command = self._ended = _nobody_there

    async def stream(self, sound: Sound, interrupt: str) -> Reply:
        """Play one sound; a cancelled one is stopped on the channel, so that the next command need not wait for it."""
        task = asyncio.ensure_future(self._command("STREAM FILE", str(sound.path), interrupt))
        try:
            reply = await asyncio.shield(task)
        except asyncio.CancelledError:
            await self._stop(task)
            raise
        if (reply.number or 0) < 0:
            try:
                async with asyncio.timeout(_DIGIT_GRACE_S):
                    error = await self._ended()
            except TimeoutError:
                raise LineFault(f"Asterisk could not play {sound.path}") from None
            raise error
        return reply

    async def prompt(self, sounds: Sequence[Sound], *, barge_in: bool) -> None:
        """Play sounds one after the other until a digit is there (with ``barge_in``)."""
        for sound in sounds:
            if barge_in and self._digits.peek():
                return
            if await self.until_digit(sound, ANY_DIGIT if barge_in else ""):
                return

    async def until_digit(self, sound: Sound, interrupt: str) -> bool:
        """Play one sound; return whether a digit of ``interrupt`` stopped it (it is then in the buffer).

        A sound that a mere echo stopped is begun anew: Asterisk hands on the end of a digit that was pressed while the
        former sound ended only when as much time again has passed (its DTMF emulation), long after AMI told of it.
        """
        for _ in range(_ECHOES):
            reply = await self.stream(sound, interrupt)
            if (reply.number or 0) <= 0:
                return False
            if await self.let_ami_catch_up(chr(reply.number or 0)):
                return True
        return False

    async def let_ami_catch_up(self, digit: str) -> bool:
        """A command was stopped by a digit: wait for AMI to deliver it; without AMI, take AGI's word. Return False when
        it was no digit but the echo of the last one, which has been read already."""
        if self._digits.peek():
            return True
        echo = digit == self._digits.last
        if self._ami.connected:
            try:
                async with asyncio.timeout(_ECHO_GRACE_S if echo else _DIGIT_GRACE_S):
                    await self._digits.wait()
            except TimeoutError:
                if echo:
                    log.debug("line.digit_echoed")
                    return False
                log.warning("line.digit_not_seen_by_ami")
            else:
                return True
        self._digits.put(digit)
        return True

    async def _stop(self, task: "asyncio.Future[Reply]") -> None:
        try:
            await self._ami.action("ControlPlayback", Channel=self._channel, Control="stop")
        except AmiError as error:
            log.warning("line.stop_playback_failed", error=str(error))
        task.add_done_callback(look_at_result)


async def _nobody_there(*_words: str) -> NoReturn:
    raise CallerHungUp


def look_at_result(task: "asyncio.Future[Any]") -> None:
    """Keep asyncio from calling a result that nobody needs any more 'never retrieved'."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.debug("line.late_end", error=repr(error))
