"""Recording a talk: MixMonitor on the caller's channel, which lasts across a move into a three-way room."""

from pathlib import Path

import structlog

from telephony.ami import Ami, AmiError

log = structlog.get_logger(__name__)


class TalkMonitor:
    """The recording of one channel."""

    def __init__(self, ami: Ami, channel: str) -> None:
        self._ami = ami
        self._channel = channel
        self.running = False

    async def start(self, path: Path) -> None:
        """Record into ``path`` from now on. A refusal is logged: the talk goes on, the missing file is seen later."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            await self._ami.action("MixMonitor", Channel=self._channel, File=str(path))
            self.running = True
        except AmiError:
            log.exception("line.recording_failed")

    async def stop(self, *, gone: bool) -> None:
        """Stop; when the channel is gone, Asterisk has done so already."""
        if not self.running or gone:
            return
        self.running = False
        try:
            await self._ami.action("StopMixMonitor", Channel=self._channel)
        except AmiError as error:
            log.warning("line.stop_recording_failed", error=str(error))
