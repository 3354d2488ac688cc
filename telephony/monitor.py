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
_MANY_LOOKS = 200  # beside what follows; then it begins anew
_RETRY_S = 1.0
_COUNTS = re.compile(r"\b[rt]xcount=(\d+)")


class TalkMonitor:
    """The recording of one channel."""

    def __init__(self, ami: Ami, channel: str) -> None:
        self._ami = ami
        self._channel = channel
        self.running = False
        self.paused = False
        self._path: Path | None = None
        self._waits = False  # it is to be recorded on, and is not yet
        self._waiting: asyncio.Task[None] | None = None

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
        if self._waits:  # as it will be from the first packet
            self.paused = on
            return True
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
        are waited for: half a second at most here, and where neither side sends, or Asterisk does not answer, beside
        what follows, for as long as it takes. Nothing is missed by that, as there is nothing to be heard."""
        if not self.running or self._path is None:
            return
        await self._stop_waiting()
        self._waits, stopped = True, False
        try:
            await self._stop_hook()
            stopped = True
            if await self._forgotten(_LOOKS):
                stopped = False
                await self._start_again(self._path)
                return
            log.info("line.recording_waits_for_packets", channel=self._channel)
        except AmiRefused as error:
            self._waits = False
            log.warning("line.recording_not_continued", error=str(error))
            return
        except AmiError as error:
            log.warning("line.recording_continued_later", error=str(error))
        going_on = self._go_on_later(self._path, stopped=stopped)
        self._waiting = asyncio.create_task(going_on, name=f"record on {self._channel}")

    async def _go_on_later(self, path: Path, *, stopped: bool) -> None:
        while True:
            try:
                if not stopped:  # it may be running, though no answer came: two must not write into one file
                    await self._stop_hook()
                stopped = True
                if await self._forgotten():
                    stopped = False
                    await self._start_again(path)
                    log.info("line.recording_goes_on", channel=self._channel)
                    return
            except AmiRefused as error:
                self._waits = False
                log.info("line.recording_not_continued", error=str(error))
                return
            except AmiError as error:
                log.debug("line.recording_still_waits", error=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _start_again(self, path: Path) -> None:
        await self._ami.action("MixMonitor", Channel=self._channel, File=str(path), Options=f"{OPTIONS}a")
        self._waits = False
        if self.paused:
            self.paused = False
            await self.pause(on=True)

    async def _stop_hook(self) -> None:
        with suppress(AmiRefused):  # it was stopped while the service was away
            await self._ami.action("StopMixMonitor", Channel=self._channel)

    async def _forgotten(self, looks: int = _MANY_LOOKS) -> bool:
        """Return whether enough packets have passed, after so many looks at the latest. Raises ``AmiError``."""
        before = await self._packets()
        await asyncio.sleep(_FORGOTTEN_S)
        for _ in range(looks):
            now = await self._packets()
            if before is None or now is None or now - before >= _FORGOTTEN_PACKETS:
                return True
            await asyncio.sleep(_LOOK_S)
        return False

    async def _packets(self) -> int | None:
        """Return how many RTP packets have come and gone, None when Asterisk cannot tell. Raises ``AmiError``."""
        told = await self._ami.action("Getvar", Channel=self._channel, Variable="CHANNEL(rtcp,all,audio)")
        counts = _COUNTS.findall(told.get("Value"))
        return sum(map(int, counts)) if counts else None

    async def _stop_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        self._waits = False
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait([waiting])

    async def stop(self, *, gone: bool) -> None:
        """Stop; when the channel is gone, Asterisk has done so already."""
        if gone:
            return
        await self._stop_waiting()
        if not self.running:
            return
        self.running = False
        try:
            await self._ami.action("StopMixMonitor", Channel=self._channel)
        except AmiError as error:
            log.warning("line.stop_recording_failed", error=str(error))
