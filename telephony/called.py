"""Whom agents dial: from the answer on they have a line of their own, so that the talk is carried like any other."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from calls import CallerHungUp, CallId, LineFault
from telephony.ami import Ami, AmiError
from telephony.bridged import until_bridged
from telephony.channels import LiveChannel, live_channels, seat_of_channel
from telephony.line import ChannelLine
from telephony.monitor import TalkMonitor
from telephony.moves import BETWEEN, CALLED, DESK, Moves

log = structlog.get_logger(__name__)

_COME_S = 5.0  # from the move to the session being here


class Called:
    """Takes people whom agents have dialled onto lines of their own."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._coming: dict[CallId, asyncio.Future[ChannelLine]] = {}

    @property
    def answers_seen(self) -> bool:
        """Whether an answer is seen when it comes (else: when the talk is over)."""
        return self._ami.connected

    def expected(self, call: CallId) -> "asyncio.Future[ChannelLine] | None":
        """Return where somebody's line is waited for, once; None: it is not."""
        coming = self._coming.pop(call, None)
        return None if coming is None or coming.done() else coming

    async def line_of_called(self, line: ChannelLine) -> ChannelLine | None:
        """Take whom a seat's line has dialled, and who has answered, onto a line of their own; None when that cannot be
        done, and the talk stays as it is. ``__HOTLINE_CALL`` must have been set before."""
        leg, dial, call = line.leg, line.dial, line.call.id
        if leg is None or dial is None or not leg.channel:
            return None
        handed = False
        coming: asyncio.Future[ChannelLine]
        coming = self._coming[call] = asyncio.get_running_loop().create_future()
        try:
            await until_bridged(self._ami, leg.channel)
            await Moves(self._ami, "").to(CALLED, leg.channel)
            async with asyncio.timeout(_COME_S):
                await line.over(dial)
                person = await coming
        except (AmiError, TimeoutError) as error:
            log.warning("called.no_line", call=call, error=str(error))
            return None
        else:
            handed = True
            return person
        finally:
            self._coming.pop(call, None)
            if not handed and coming.done() and not coming.cancelled():  # they have left the agent, and are alone
                await coming.result().hang_up()

    async def again(self, line: ChannelLine, reunited: Callable[[], None]) -> None:
        """Somebody with whom nobody has talked since a former service died is here again: bring them together with
        their agent, who waits at the desk, to the end (``reunited`` is told). While the agent is elsewhere they come
        again; when the agent has left, they hear that it is over."""
        call = line.call.id
        try:
            alive = await live_channels(self._ami)
            own = alive.get(line.call.channel.unique_id)
            agents = [] if own is None else [c for c in alive.values() if _is_agent_of(own, c)]
            waiting = next((agent for agent in agents if agent.context == DESK), None)
            if waiting is not None:
                await Moves(self._ami, "").to(BETWEEN, waiting.name)
                bridge = line.meet(waiting.name)
                reunited()
                await line.over(bridge)
                await line.hang_up()
            elif not agents:
                await line.set_variable("CALLED_UNTIL", "1")
        except CallerHungUp:
            log.debug("called.hung_up", call=call)
        except (AmiError, LineFault) as error:
            log.warning("called.not_reunited", call=call, error=str(error))

    async def record(self, channel: str, path: Path) -> bool:
        """Record the talk of a channel that no Line serves, from now on; return whether Asterisk does."""
        monitor = TalkMonitor(self._ami, channel)
        await monitor.start(path)
        return monitor.running


def _is_agent_of(person: LiveChannel, channel: LiveChannel) -> bool:
    """Whether a channel is a seat's of the same call."""
    ours = channel.linked_id == person.linked_id and channel.unique_id != person.unique_id
    return ours and seat_of_channel(channel.name) is not None
