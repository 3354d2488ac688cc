"""Listening in to a talk on Asterisk, whispering, joining in, and a beep for those who talk.

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
from telephony.ami import Ami, AmiError, AmiRefused
from telephony.channels import live_channels
from telephony.conversation import Conversation, WishRefused
from telephony.sides import Mode, SupervisorLine, spy_on

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

    async def listen(self, line: SupervisorLine, channel: str, call: str, mode: Mode, who: str) -> None:
        """Let ``who`` into the talk of a channel until they leave by ``*``, or it ends. Raises ``CallerHungUp``."""
        talk = self._talks().get(CallId(call))
        if talk is None:  # nobody moves those who talk, either
            await line.execute(*spy_on(channel, _OPTIONS[mode]))
        else:
            await talk.supervise(line, supervisor_party(who), channel, mode)

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

    async def keep_beeping(self, channel: str, every_s: float) -> None:
        """Let those who talk hear a beep every so many seconds, until cancelled.

        A Local channel that plays it barges into the talk, as PERIODIC_HOOK does, which may not be used over AMI; into
        a conference it comes as a party does.
        """
        while True:
            talk = next((talk for talk in self._talks().values() if talk.agent_channel == channel), None)
            application, data = "ChanSpy", f"{channel},qEB"
            if talk is not None and talk.room:
                application, data = "ConfBridge", f"{talk.room},hotline_bridge,hotline_party"
            try:
                await self._ami.action(
                    "Originate", Channel="Local/beep@hooks", Application=application, Data=data, Async="true"
                )
            except AmiError as error:
                log.warning("listening.no_beep", channel=channel, error=str(error))
            await asyncio.sleep(every_s)
