"""Recording what agent and third say to each other while the caller hears music: a file of its own, for as long.

It is made on the agent's channel, so left is the agent and right the third, and nothing of it touches the caller's
recording. Who comes back to the third after a swap has another one.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from calls import Clock, Timeline
from calls.recording_events import ConsultRecordingEnded, ConsultRecordingStarted
from telephony.ami import Ami, AmiError
from telephony.bridged import until_bridged
from telephony.monitor import TalkMonitor
from telephony.parties import Third
from telephony.talk_desk import TalkDesk

if TYPE_CHECKING:
    from telephony.bridging import Bridging

log = structlog.get_logger(__name__)


class ConsultRecord:
    """The recording of one conversation's talks without the caller; ``channel`` is the agent's."""

    def __init__(
        self, line: "Bridging", channel: str, hotline: TalkDesk, ami: Ami, *, timeline: Timeline, clock: Clock
    ) -> None:
        self._line, self._channel, self._hotline, self._ami = line, channel, hotline, ami
        self._timeline, self._clock = timeline, clock
        self._name = ""  # of the file, as the timeline knows it
        self._asked = False  # whether it is to be recorded is asked once for each such talk

    async def begin(self, third: Third) -> None:
        """Record agent and third from now on, unless they are recorded already or not to be."""
        if self._asked:
            return
        self._asked = True
        call = self._line.call.id
        place = self._hotline.consult_file(call)
        if place is None:
            return
        path, name = place
        monitor = TalkMonitor(self._ami, self._channel)
        try:
            await until_bridged(self._ami, self._channel, third.channel)
        except AmiError as error:
            log.warning("consult.not_recorded", call=call, error=str(error))
            return
        await monitor.start(path)
        if not monitor.running:
            return
        self._line.consult_monitor, self._name = monitor, name
        self._timeline.append(ConsultRecordingStarted(call=call, at=self._clock.now(), path=name, party=third.party))
        if self._line.monitor.paused:
            await monitor.pause(on=True)

    def take_up(self, name: str, path: Path | None, *, paused: bool) -> None:
        """Take it that a service that is gone has begun it, into ``path``."""
        monitor = TalkMonitor(self._ami, self._channel)
        monitor.take_up(path, paused=paused)
        self._line.consult_monitor, self._name, self._asked = monitor, name, True

    async def go_on(self) -> None:
        """Agent and third are together in another way: record on, in the same file."""
        if self._line.consult_monitor is not None:
            await self._line.consult_monitor.go_on()

    async def end(self, *, gone: bool) -> None:
        """Agent and third no longer talk without the caller. ``gone``: the agent's channel is."""
        self._asked = False
        monitor, self._line.consult_monitor = self._line.consult_monitor, None
        if monitor is None:
            return
        await monitor.stop(gone=gone)
        call = self._line.call.id
        self._timeline.append(ConsultRecordingEnded(call=call, at=self._clock.now(), path=self._name))
