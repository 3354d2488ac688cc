"""What of a line brings two parties together: commands of its AGI session that last as long as they are."""

import asyncio
from contextlib import suppress
from pathlib import Path

from calls import Call, Line, LineFault
from telephony.agi_codec import Reply
from telephony.agi_server import AgiSession
from telephony.ami import Ami, AmiError
from telephony.bridged import until_bridged
from telephony.leg import Leg
from telephony.monitor import TalkMonitor
from telephony.moves import AFTER_CALLER, BETWEEN, Moves
from telephony.waiting import first_of

_LET_GO_S = 5.0


class Bridging:
    """A line's bridges. The line itself (``ChannelLine``) says how a command is given."""

    channel: str
    leg: Leg | None
    _ami: Ami
    _call: Call
    _music: str | None
    _session: AgiSession
    _monitor: TalkMonitor
    consult_monitor: TalkMonitor | None = None
    """The recording of what agent and third say without the caller."""
    _is_joined = False
    _dial: "asyncio.Task[Reply] | None"

    @property
    def gone(self) -> bool:
        """Whether this line's session is over."""
        raise NotImplementedError

    async def wait_gone(self) -> None:
        """Wait until it is."""
        raise NotImplementedError

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
    def is_joined(self) -> bool:
        """Whether it was connected with a party who was on another line before (``join``)."""
        return self._is_joined

    @property
    def dial(self) -> "asyncio.Task[Reply] | None":
        """The last ``ring`` or ``join``, which lasts as long as the talk that it led to."""
        return self._dial

    def meet(self, channel: str, *, outlives: bool = False) -> "asyncio.Task[Reply]":
        """Bridge with another channel, wherever it is; the task ends when they are apart. The other hangs up then, or
        (``outlives``) hears music until it is fetched when this one was hung up."""
        return self._begin("Bridge", f"{channel},{AFTER_CALLER if outlives else 'x'}")

    async def join(self, other: Line, *, record_to: Path | None = None) -> None:
        """Connect the caller with the party of another line. See ``calls.Line``."""
        if not isinstance(other, Bridging) or other.gone:
            raise LineFault("the other party is no longer on the line")
        self._music = None
        with suppress(AmiError):  # without AMI, Bridge fetches it from where it is
            await asyncio.gather(Moves(self._ami, "").to(BETWEEN, other.channel), other.let_go())
        try:
            await self._join(other)
        except BaseException:  # it has left its own session, and nobody else would hang it up
            await Moves(self._ami, "").hang_up(other.channel)
            raise
        if record_to is not None:  # not sooner: of whoever comes later MixMonitor may hear nothing
            await self._monitor.start(record_to)

    async def _join(self, other: "Bridging") -> None:
        self._is_joined = True
        leg = self.leg = Leg(channel=other.channel, unique_id=other.call.channel.unique_id, rang=True)
        leg.answered.set()
        await self._command("SET MUSIC", "OFF")
        self._dial = self.meet(other.channel)
        await other.let_go()
        with suppress(AmiError):
            await until_bridged(self._ami, self.channel, other.channel)
        if self._dial is not None and self._dial.done():
            await self._dial  # the caller may have, too
            raise LineFault("the other party has just hung up")

    async def let_go(self) -> None:
        """Return when the channel has been taken out of this session by another line. Raises ``LineFault``."""
        try:
            async with asyncio.timeout(_LET_GO_S):
                await self.wait_gone()
        except TimeoutError:
            raise LineFault("the other party could not be brought together with the caller") from None
        self._session.close()

    async def record_on(self) -> None:
        """Record on, with whoever is at the other end now; there is nothing to wait for once the caller has left."""
        going_on = asyncio.ensure_future(self._monitor.go_on())
        try:
            await first_of(going_on, self.wait_gone())
            if going_on.done():
                going_on.result()
        finally:
            going_on.cancel()

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
