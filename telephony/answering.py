"""What of a line answers it. Asterisk answers at once, and the call goes on: an agent can be rung already. Only the
first sound waits for the caller's first audio, so that nothing of it is lost where the way to them is learnt from that.
"""

import asyncio

from calls import Clock
from telephony.agi_codec import Reply
from telephony.playback import look_at_result

_WAITS_S = 0.5  # as long as Asterisk's own Answer waits
_FIRST_LOOK_S, _LOOK_S = 0.015, 0.01  # a phone sends every 20 ms, and begins when it has got the answer
_HEARD = "${CHANNEL(rtcp,rxcount,audio)}"  # packets that have come from the caller


class Answering:
    """A line's answer. The line itself (``ChannelLine``) says how a command is given."""

    _clock: Clock
    _answering: "asyncio.Task[Reply] | None" = None
    _waits_until = 0.0  # monotonic seconds

    async def _command(self, *words: str) -> Reply:
        raise NotImplementedError

    async def _value(self, expression: str) -> str:
        raise NotImplementedError

    async def answer(self, *, wait: bool = True) -> None:
        """Answer the line (idempotent). ``wait``: return when the caller's first audio is there, within 0.5 s at the
        latest; else at once, and what the line is asked next waits. Raises ``CallerHungUp``, ``LineFault``."""
        if wait:
            await self._command("ANSWER")
            return
        self._answering = asyncio.create_task(self._answered())
        self._answering.add_done_callback(look_at_result)
        await asyncio.sleep(0)  # it has been sent by then

    async def _answered(self) -> Reply:
        reply = await self._command("EXEC", "Answer", ",i")
        self._waits_until = self._clock.monotonic() + _WAITS_S
        return reply

    async def _can_hear(self) -> None:
        """Wait until the line is answered, and audio has come from the caller, though not for long."""
        if self._answering is None:
            return
        if not self._answering.done():
            await asyncio.wait([self._answering])
            await asyncio.sleep(_FIRST_LOOK_S)
        while self._clock.monotonic() < self._waits_until and await self._value(_HEARD) == "0":  # noqa: ASYNC110 - no event
            await asyncio.sleep(_LOOK_S)
        self._answering = None
