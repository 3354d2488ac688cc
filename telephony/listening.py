"""Listening in to a talk on Asterisk: ChanSpy on the channel of the agent's phone, and a beep for those who talk.

ChanSpy (Asterisk docs: Application_ChanSpy) takes the beginning of a channel's name: a whole name is exactly one. While
it runs, ``*`` leaves it; it ends by itself with the talk.
"""

import asyncio
from enum import StrEnum
from typing import Protocol

import structlog

from calls import SeatId
from telephony.ami import Ami, AmiError
from telephony.channels import live_channels

log = structlog.get_logger(__name__)

_LEAVE = "*"
_COMMON = f"qEx({_LEAVE})"


class Mode(StrEnum):
    """What a supervisor does in somebody's talk."""

    LISTEN = "listen"  # hears both, is heard by nobody
    WHISPER = "whisper"  # is heard by the agent, too
    BARGE = "barge"  # is heard by both


_OPTIONS = {Mode.LISTEN: _COMMON, Mode.WHISPER: f"{_COMMON}w", Mode.BARGE: f"{_COMMON}B"}


class SupervisorLine(Protocol):
    """The line of a supervisor's phone, as far as it is needed here."""

    async def execute(self, application: str, arguments: str) -> None:
        """Run an application of Asterisk's dialplan until it ends."""
        ...


class ListeningIn:
    """Finds talks by seat, and lets supervisors into them."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def talk_at(self, seat: SeatId) -> tuple[str, str] | None:
        """Return channel and call of the talk at a seat, or None. Raises ``AmiError``."""
        begin = f"PJSIP/{seat}-"
        for channel in (await live_channels(self._ami)).values():
            if channel.name.startswith(begin) and channel.up and channel.bridge_id:
                return channel.name, channel.linked_id
        return None

    async def listen(self, line: SupervisorLine, channel: str, mode: Mode) -> None:
        """Let somebody into the talk of a channel until they leave by ``*``, or it ends. Raises ``CallerHungUp``."""
        await line.execute("ChanSpy", f"{channel},{_OPTIONS[mode]}")

    async def end(self, channel: str) -> None:
        """Hang up a talk's channel, and with it the talk. Raises ``AmiError``."""
        await self._ami.action("Hangup", Channel=channel)

    async def keep_beeping(self, channel: str, every_s: float) -> None:
        """Let those who talk hear a beep every so many seconds, until cancelled.

        A Local channel that plays it barges into the talk, as PERIODIC_HOOK does, which may not be used over AMI.
        """
        while True:
            try:
                await self._ami.action(
                    "Originate", Channel="Local/beep@hooks", Application="ChanSpy", Data=f"{channel},qEB", Async="true"
                )
            except AmiError as error:
                log.warning("listening.no_beep", channel=channel, error=str(error))
            await asyncio.sleep(every_s)
