"""Recording a talk: MixMonitor on the caller's channel, which lasts across a move into a three-way room.

With its option ``D`` both directions are kept apart in one headerless stereo file (16-bit, 8 kHz): left is what the
channel says, right what it hears. While it is muted, MixMonitor goes on writing silence, so a pause keeps its length.
"""

import asyncio
import re
from contextlib import suppress
from pathlib import Path

import structlog

from telephony.ami import Ami, AmiError, AmiRefused

log = structlog.get_logger(__name__)

OPTIONS = "D"
_FORGOTTEN_S = 0.1  # five packets each way
_FORGOTTEN_PACKETS = 4  # either way: on a busy machine they come later
_LOOK_S, _LOOKS = 0.05, 10
_COUNTS = re.compile(r"\b[rt]xcount=(\d+)")


class TalkMonitor:
    """The recording of one channel."""

    def __init__(self, ami: Ami, channel: str) -> None:
        self._ami = ami
        self._channel = channel
        self.running = False
        self.paused = False
        self._path: Path | None = None

    async def start(self, path: Path) -> None:
        """Record into ``path`` (a .raw) from now on. A refusal is logged: the talk goes on, the missing file is seen
        later."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        try:
            await self._ami.action("MixMonitor", Channel=self._channel, File=str(path), Options=OPTIONS)
            self.running, self.paused = True, False
        except AmiError:
            log.exception("line.recording_failed")

    def take_up(self, path: Path | None, *, paused: bool) -> None:
        """Take it that the channel is being recorded into ``path``, as a service that is gone has left it; None: into
        a file that is not known, so ``go_on`` does nothing."""
        self._path, self.running, self.paused = path, True, paused

    async def pause(self, *, on: bool) -> bool:
        """Leave out what is said from now on, or (``on`` False) record it again; return whether that has changed."""
        if not self.running or self.paused is on:
            return False
        try:
            await self._ami.action("MixMonitorMute", Channel=self._channel, Direction="both", State=str(int(on)))
        except AmiError as error:
            log.warning("line.pause_recording_failed", error=str(error), on=on)
            return False
        self.paused = on
        return True

    async def go_on(self) -> None:
        """Record on, in the same file, with somebody else at the other end, who is there already.

        A channel's audio hooks take packets for old ones whose RTP sequence numbers are below those of the last party,
        so a new party is silent in the recording in every second case, for minutes. They forget when the last hook has
        gone and some packets have passed without one (Asterisk 22, seen by recording with known sequence numbers). They
        are waited for: half a second at most where neither side sends."""
        path, paused = self._path, self.paused
        if not self.running or path is None:
            return
        try:
            with suppress(AmiRefused):  # it was stopped while the service was away
                await self._ami.action("StopMixMonitor", Channel=self._channel)
            await self._until_forgotten()
            await self._ami.action("MixMonitor", Channel=self._channel, File=str(path), Options=f"{OPTIONS}a")
        except AmiError as error:
            log.warning("line.recording_not_continued", error=str(error))
            return
        self.paused = False
        if paused:
            await self.pause(on=True)

    async def _until_forgotten(self) -> None:
        before = await self._packets()
        await asyncio.sleep(_FORGOTTEN_S)
        for _ in range(_LOOKS):
            if await self._packets() - before >= _FORGOTTEN_PACKETS:
                return
            await asyncio.sleep(_LOOK_S)
        log.info("line.recording_goes_on_unsure", channel=self._channel)

    async def _packets(self) -> int:
        """Return how many RTP packets have come and gone. Raises ``AmiError``."""
        told = await self._ami.action("Getvar", Channel=self._channel, Variable="CHANNEL(rtcp,all,audio)")
        return sum(map(int, _COUNTS.findall(told.get("Value"))))

    async def stop(self, *, gone: bool) -> None:
        """Stop; when the channel is gone, Asterisk has done so already."""
        if not self.running or gone:
            return
        self.running = False
        try:
            await self._ami.action("StopMixMonitor", Channel=self._channel)
        except AmiError as error:
            log.warning("line.stop_recording_failed", error=str(error))
