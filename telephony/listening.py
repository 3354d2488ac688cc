"""Listening in to a talk on Asterisk, whispering, and joining in.

What supervisors hear while a talk is moved about is seen to by ``telephony.beside``. ChanSpy (Asterisk docs:
Application_ChanSpy) takes the beginning of a channel's name: a whole name is exactly one.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

from calls import CallId, SeatId
from calls.conversation import Happening
from calls.segments import supervisor_party
from telephony.ami import Ami, AmiRefused
from telephony.beeps import Beeps
from telephony.channels import live_channels
from telephony.conversation import Conversation, WishRefused
from telephony.sides import Mode, Side, SupervisorLine, spy_on

log = structlog.get_logger(__name__)

_MOST_THIRDS = 10
_SEATS = "seats"  # the context of extensions.conf from which supervisors come
_INTO_TALKS = frozenset({"ChanSpy", "ConfBridge"})  # what they are in then


_OPTIONS = {Mode.LISTEN: "", Mode.WHISPER: "w", Mode.BARGE: "B"}


class ListeningIn:
    """Finds talks by seat, and lets supervisors into them."""

    def __init__(self, ami: Ami, talks: Callable[[], Mapping[CallId, Conversation]]) -> None:
        """``talks``: those with an agent that go on."""
        self._ami, self._talks = ami, talks

    async def talk_at(self, seat: SeatId) -> tuple[str, str] | None:
        """Return channel and call of the talk at a seat, also of one whose caller is on hold, or None. Raises
        ``AmiError``."""
        begin = f"PJSIP/{seat}-"
        for call, talk in self._talks().items():
            if talk.agent_channel.startswith(begin):
                return talk.agent_channel, call
        for channel in (await live_channels(self._ami)).values():
            if channel.name.startswith(begin) and channel.up and channel.bridge_id:
                return channel.name, channel.linked_id
        return None

    async def listen(
        self, line: SupervisorLine, channel: str, call: str, mode: Mode, who: str, *, beep_s: float
    ) -> None:
        """Let ``who`` into the talk of a channel until they leave by ``*``, or it ends. Those who talk hear a beep
        every ``beep_s`` (0: none). Raises ``CallerHungUp``."""
        talk = self._talks().get(CallId(call))
        beeps = Beeps(self._ami, channel, beep_s, lambda: "" if talk is None else talk.room)
        beeping = asyncio.create_task(beeps.run()) if beep_s else None
        try:
            if talk is None:  # nobody moves those who talk, either
                beeps.again()
                await line.execute(*spy_on(channel, _OPTIONS[mode]))
            else:
                await talk.supervise(Side(line, supervisor_party(who), channel, mode, beeps))
        finally:
            if beeping is not None:
                beeping.cancel()

    async def end(self, channel: str, call: str) -> None:
        """End a talk: whoever the agent has brought in, and the agent, are hung up. Raises ``AmiError``."""
        talk = self._talks().get(CallId(call))
        if talk is not None and talk.agent_channel == channel:
            with suppress(WishRefused):  # nobody is left, or the agent has hung up
                for _ in range(_MOST_THIRDS):
                    await talk.order(Happening.DROP, None, "supervisor")
        await self._ami.action("Hangup", Channel=channel)

    async def hang_up_former(self) -> None:
        """Hang up the supervisors of a service that is gone: nobody would move them when their talk is. Raises
        ``AmiError``."""
        for channel in (await live_channels(self._ami)).values():
            if channel.context == _SEATS and channel.application in _INTO_TALKS:
                log.info("listening.former_hung_up", channel=channel.name)
                with suppress(AmiRefused):
                    await self._ami.action("Hangup", Channel=channel.name)
