"""What of a line brings two parties together: commands of its AGI session that last as long as they are."""

import asyncio

from calls import Call
from telephony.agi_codec import Reply
from telephony.leg import Leg
from telephony.monitor import TalkMonitor
from telephony.moves import AFTER_CALLER


class Bridging:
    """A line's bridges. The line itself (``ChannelLine``) says how a command is given."""

    channel: str
    leg: Leg | None
    _call: Call
    _monitor: TalkMonitor
    consult_monitor: TalkMonitor | None = None
    """The recording of what agent and third say without the caller."""
    _dial: "asyncio.Task[Reply] | None"

    async def _command(self, *words: str) -> Reply:
        raise NotImplementedError

    def _ending(self) -> Exception:
        raise NotImplementedError

    @property
    def call(self) -> Call:
        """The call this line belongs to."""
        return self._call

    @property
    def monitor(self) -> TalkMonitor:
        """The recording of its talk."""
        return self._monitor

    @property
    def dial(self) -> "asyncio.Task[Reply] | None":
        """The last ``ring`` or ``join``, which lasts as long as the talk that it led to."""
        return self._dial

    def meet(self, channel: str, *, outlives: bool = False) -> "asyncio.Task[Reply]":
        """Bridge with another channel, wherever it is; the task ends when they are apart. The other hangs up then, or
        (``outlives``) hears music until it is fetched when this one was hung up."""
        return self._begin("Bridge", f"{channel},{AFTER_CALLER if outlives else 'x'}")

    async def bring_in(self, channel: str, unique_id: str) -> None:
        """Begin a talk with a channel that is up already."""
        leg = self.leg = Leg(channel=channel, unique_id=unique_id, rang=True)
        leg.answered.set()
        await self._command("SET MUSIC", "OFF")
        self._dial = self.meet(channel)

    async def record_on(self) -> None:
        """Record on, with whoever is at the other end now."""
        await self._monitor.go_on()

    def confer(self, room: str) -> "asyncio.Task[Reply]":
        """Go into a conference; the task ends when the line is out of it."""
        return self._begin("ConfBridge", f"{room},hotline_bridge,hotline_caller")

    async def over(self, task: "asyncio.Task[Reply]") -> None:
        """Wait until a bridge that this line began is over. Raises ``CallerHungUp`` when this side ended it."""
        reply = await asyncio.shield(task)  # whoever does not wait any longer does not end it
        if (reply.number or 0) < 0:  # with Dial's option g, 0 is the other side's hang-up and -1 the caller's
            raise self._ending()

    def _begin(self, application: str, arguments: str) -> "asyncio.Task[Reply]":
        name = f"{application.lower()} {self._call.id}"
        return asyncio.create_task(self._command("EXEC", application, arguments), name=name)
