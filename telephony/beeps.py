"""The beep that those hear to whom a supervisor listens."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress

import structlog

from telephony.ami import Ami, AmiError, AmiRefused

log = structlog.get_logger(__name__)

_COMES_S = 0.3  # within this an originated channel is there to be hung up
_LOOK_S = 0.03


class Beeps:
    """Beeps into the talk of a channel. A Local channel that plays it barges into the talk, as PERIODIC_HOOK does,
    which may not be used over AMI; into a conference it comes as a party does."""

    def __init__(self, ami: Ami, channel: str, every_s: float, room: Callable[[], str]) -> None:
        """``room``: the conference in which the channel is, "" for none."""
        self._ami, self._channel, self._every_s, self._room = ami, channel, every_s, room
        self._may = asyncio.Event()
        self._lock = asyncio.Lock()
        self._last, self._began = "", 0.0

    async def run(self) -> None:
        """Beep every so many seconds, whenever it may be, until cancelled."""
        while True:
            await self._may.wait()
            async with self._lock:
                if self._may.is_set():
                    await self._beep()
            await asyncio.sleep(self._every_s)

    def again(self) -> None:
        """Beep from now on."""
        self._may.set()

    async def hush(self) -> None:
        """Return when no beep sounds and none will: while one does, Asterisk does not forget with whom the channel was
        before (``telephony.monitor``)."""
        self._may.clear()
        async with self._lock:
            last, self._last = self._last, ""
            if not last:
                return
            now = asyncio.get_running_loop().time
            while True:
                with suppress(AmiRefused):
                    await self._ami.action("Hangup", Channel=last)
                    return
                if now() - self._began > _COMES_S:
                    return  # it is over
                await asyncio.sleep(_LOOK_S)

    async def _beep(self) -> None:
        application, data = "ChanSpy", f"{self._channel},qEB"
        if self._room():
            application, data = "ConfBridge", f"{self._room()},hotline_bridge,hotline_party"
        self._last, self._began = f"beep-{secrets.token_hex(8)}", asyncio.get_running_loop().time()
        try:
            await self._ami.action(
                "Originate", Channel="Local/beep@hooks", Application=application, Data=data, Async="true",
                ChannelId=self._last,
            )  # fmt: skip
        except AmiError as error:
            log.warning("listening.no_beep", channel=self._channel, error=str(error))
