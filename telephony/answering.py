"""What of a line answers it: while Asterisk waits for the caller's first packet, the call goes on."""

import asyncio

from telephony.agi_codec import Reply
from telephony.playback import look_at_result


class Answering:
    """A line's answer. The line itself (``ChannelLine``) says how a command is given."""

    _answering: "asyncio.Task[Reply] | None" = None

    async def _command(self, *words: str) -> Reply:
        raise NotImplementedError

    async def answer(self, *, wait: bool = True) -> None:
        """Answer the line (idempotent). Asterisk's ANSWER takes until the caller's first packet, 0.5 s at most."""
        self._answering = asyncio.create_task(self._command("ANSWER"))
        self._answering.add_done_callback(look_at_result)
        await (asyncio.shield(self._answering) if wait else asyncio.sleep(0))  # it has been sent by then

    async def _answered(self) -> None:
        """What is played must have begun before it can be stopped: it is not sent while the line is being answered."""
        if self._answering is not None:
            await asyncio.wait([self._answering])
