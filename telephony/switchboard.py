"""The switchboard: callers' channels become Lines, AMI events find the Line they belong to, phones report their state.

It owns no decision. What to do with a caller is the coroutine handed in (``on_call``); what a seat's feature code means
is another (``on_seat``).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress

import structlog

from calls import Call, CallId, ChannelId, Clock, SeatId, Sound, Timeline
from calls.conversation import OVER
from calls.identity import Address, mask_number
from calls.line import RingOutcome
from calls.segments import CALLER, agent_party
from calls.talk_events import Together
from calls.timeline import Unheld
from telephony.agi_server import AgiSession
from telephony.ami import Ami, AmiError, AmiRefused
from telephony.ami_framing import AmiMessage
from telephony.called import Called
from telephony.channels import DeviceState, LiveChannel, live_channels, seat_of_channel
from telephony.conversation import Conversation
from telephony.dialling import originate_outcome
from telephony.digits import Presses
from telephony.leg import Leg
from telephony.line import ChannelLine
from telephony.outlived import OutlivedTalks
from telephony.parties import Watched
from telephony.pausing import Pause, pause
from telephony.phones import Phones
from telephony.presented import clean_name, clean_number
from telephony.talk_desk import TalkDesk

log = structlog.get_logger(__name__)

_CAUSE_S = 1.0  # the end of a channel that was called may be told after the answer to the order

CallHandler = Callable[[ChannelLine], Awaitable[None]]
SeatHandler = Callable[[ChannelLine, SeatId, str], Awaitable[None]]


class Switchboard:
    """Everything between Asterisk's events and one coroutine per call."""

    def __init__(
        self,
        ami: Ami,
        *,
        node: str,
        timeline: Timeline,
        clock: Clock,
        beep: Sound,
        on_call: CallHandler,
        on_seat: SeatHandler,
        phones: Phones,
        department_codes: Callable[[], Iterable[str]],
    ) -> None:
        self._ami = ami
        self._department_codes = department_codes
        self.talk_desk: TalkDesk | None = None  # None: talks are of two, and nothing can be done in them
        self._node = node
        self._timeline = timeline
        self._clock = clock
        self._beep = beep
        self._on_call = on_call
        self._on_seat = on_seat
        self._phones = phones
        self._lines: dict[str, ChannelLine] = {}  # call id -> line
        self._seats: dict[str, ChannelLine] = {}  # the same, of seats that dialled a code
        self._by_channel: dict[str, ChannelLine] = {}  # unique id of the caller's or the leg's channel -> line
        self._desks: dict[str, asyncio.Future[ChannelLine]] = {}  # call id -> the agent's line, that is to come
        self.called = Called(ami)
        self._presses = Presses()
        self._digits: dict[str, Callable[[str], None]] = {}  # unique id -> who is told what is pressed there
        self._watched: dict[str, Watched] = {}  # unique id -> what happened to it
        self._called: dict[str, asyncio.Future[str]] = {}  # unique id of who is being called -> cause of the end
        self.outlived = OutlivedTalks(ami, self.expect_desk, self.watch)
        self._asterisk_version = ""

    # -- AGI -------------------------------------------------------------------------------------------------------

    async def handle_session(self, session: AgiSession) -> None:
        """Serve one AGI session: a new caller, a caller coming back, or a seat dialling a feature code."""
        environment = session.environment
        channel = environment.get("agi_channel", "")
        if session.path == "/seat":
            await self._serve_seat(session, channel)
            return
        if session.path == "/desk":
            await self._serve_desk(session, CallId(session.query.get("id", "")), channel)
            return
        if session.path == "/called":
            await self._serve_called(session, CallId(session.query.get("id", "")), channel)
            return
        if session.path != "/call":
            log.warning("agi.unknown_path", path=session.path[:80], channel=channel[:80])
            return
        call_id = session.query.get("id") or environment.get("agi_uniqueid", "")
        await self._serve_call(self._new_line(session, CallId(call_id), channel))

    async def _serve_call(self, line: ChannelLine) -> None:
        call = line.call
        line.converse = self._conversation
        line.outlived = self.outlived.take(call.id)
        self._lines[call.id] = line
        self._by_channel[call.channel.unique_id] = line
        try:
            await self._on_call(line)
        finally:
            line.finished.set()
            self._forget(line)
            line.dispose()

    async def _serve_seat(self, session: AgiSession, channel: str) -> None:
        seat = seat_of_channel(channel)
        if seat is None:
            log.warning("seat.not_a_seat", channel=channel)
            return
        line = self._new_line(session, CallId(session.environment.get("agi_uniqueid", "")), channel)
        line.is_seat = True
        self._seats[line.call.id] = line
        self._by_channel[line.call.channel.unique_id] = line
        try:
            with self._phones.has_dialled(seat):
                await self._on_seat(line, seat, line.call.dialled)
        finally:
            line.finished.set()
            self._forget(line)

    async def _serve_desk(self, session: AgiSession, call: CallId, channel: str) -> None:
        """Serve an agent whose caller is on hold, until the agent is bridged again or hangs up."""
        coming = self._desks.pop(call, None)
        if coming is None or coming.done():
            log.warning("desk.not_expected", call=call, channel=channel)
            return
        line = self._new_line(session, call, channel)
        line.is_seat = True
        unique_id = line.call.channel.unique_id
        self._by_channel[unique_id] = line
        coming.set_result(line)
        try:
            await session.wait_hang_up()
        finally:
            for key in [key for key, value in self._by_channel.items() if value is line]:
                del self._by_channel[key]

    async def _serve_called(self, session: AgiSession, call: CallId, channel: str) -> None:
        """Serve somebody whom an agent has dialled, until they hang up or are hung up."""
        coming = self.called.expected(call)
        if coming is None:
            await self.called.again(self._new_line(session, call, channel), lambda: self._reunited(call))
            return
        line = self._new_line(session, call, channel)
        line.converse = self._conversation
        self._lines[call] = line
        self._by_channel[line.call.channel.unique_id] = line
        coming.set_result(line)
        try:
            await line.wait_gone()
        finally:
            line.finished.set()
            self._forget(line)

    def _reunited(self, call: CallId) -> None:
        """Write down that whom an agent called is no longer on hold."""
        agent, now = self.talk_desk.agent_of(call) if self.talk_desk is not None else None, self._clock.now()
        if agent is not None:
            self._timeline.append(Unheld(call=call, at=now, by="agent", by_phone=False))
            self._timeline.append(Together(call=call, at=now, groups=[[CALLER, agent_party(agent)]]))

    def _conversation(self, line: ChannelLine, leg: Leg) -> Conversation | None:
        agent = self.talk_desk.agent_of(line.call.id) if self.talk_desk is not None else None
        if agent is None or self.talk_desk is None or not leg.unique_id:
            return None
        self._by_channel[leg.unique_id] = line  # who was on a line of their own belongs to this one now
        return Conversation(
            line, agent, leg.channel, leg.unique_id, self.talk_desk, self, timeline=self._timeline, clock=self._clock
        )

    def _new_line(self, session: AgiSession, call_id: CallId, channel: str) -> ChannelLine:
        environment = session.environment
        caller = clean_number(environment.get("agi_callerid", ""))
        call = Call(
            id=call_id,
            channel=ChannelId(self._node, environment.get("agi_uniqueid", "")),
            caller=caller,
            caller_name=clean_name(environment.get("agi_calleridname", "")),
            dialled=clean_number(session.query.get("dialled") or environment.get("agi_extension", "")),
            arrived_at=self._clock.now(),
        )
        log.debug("line.new", call=call_id, channel=channel, caller=mask_number(caller))
        return ChannelLine(
            call, channel, session, self._ami, timeline=self._timeline, clock=self._clock, beep=self._beep
        )

    def _forget(self, line: ChannelLine) -> None:
        (self._seats if line.is_seat else self._lines).pop(line.call.id, None)
        self._desks.pop(line.call.id, None)
        for key in [key for key, value in self._by_channel.items() if value is line]:
            del self._by_channel[key]

    # -- AMI -------------------------------------------------------------------------------------------------------

    def on_event(self, event: AmiMessage) -> None:
        """Take one AMI event. Synchronous and quick: it only changes state and wakes those who wait."""
        kind = event.event
        if kind in ("DeviceStateChange", "ContactStatus"):
            self._phones.on_event(event)
            return
        if kind == "Hangup":
            self._presses.gone(event.get("Uniqueid"))
        elif kind.startswith("DTMF") and not self._presses.is_press(event):
            return
        if kind == "DTMFEnd" and (hears := self._digits.get(event.get("Uniqueid"))) is not None:
            hears(event.get("Digit"))
        line = self._by_channel.get(event.get("Uniqueid"))
        if line is not None:
            line.on_event(event)
            if kind in ("DialBegin", "DialEnd") and line.leg is not None and line.leg.unique_id:
                self._by_channel[line.leg.unique_id] = line
        called = self._called.get(event.get("Uniqueid"))
        if called is not None and kind == "Hangup" and not called.done():
            called.set_result(event.get("Cause"))
        watched = self._watched.get(event.get("Uniqueid"))
        if watched is not None and kind == "Hangup":
            del self._watched[event.get("Uniqueid")]
            watched.cause = event.get("Cause")
            watched.gone.set()
        elif watched is not None and kind == "DialEnd" and event.get("DialStatus") == "ANSWER":
            watched.answered_by = (event.get("DestChannel"), event.get("DestUniqueid"))
            watched.answered.set()
        elif watched is not None and kind in ("Hold", "Unhold"):
            watched.held = kind == "Hold"
            watched.on_hold()

    async def resync(self) -> None:
        """Bring lines and seats in step with Asterisk after AMI was away: what ended meanwhile is ended here."""
        self._asterisk_version = (await self._ami.action("CoreSettings")).get("AsteriskVersion")
        alive = await live_channels(self._ami)
        self._presses.only(alive)
        for line in [*self._lines.values(), *self._seats.values()]:
            if line.call.channel.unique_id not in alive:
                log.warning("line.ended_unseen", call=line.call.id)
                line.caller_gone()
        for unique_id in [u for u in self._watched if u not in alive]:
            self._watched.pop(unique_id).gone.set()
        await self._phones.resync()

    async def live_channels(self) -> dict[str, LiveChannel]:
        """Return all of Asterisk's channels by unique id. Raises ``AmiError``."""
        return await live_channels(self._ami)

    def watch(self, unique_id: str) -> Watched:
        """Follow a channel that no Line serves (a talk that outlived the service). It must be alive now."""
        return self._watched.setdefault(unique_id, Watched())

    async def ring_seat(self, seat: SeatId, call: CallId, dial: str, *, shown: str, ring_s: float) -> bool:
        """Ring a seat's phone, showing the number ``shown``; when it is answered it is as if it had dialled ``dial``,
        and the line's call id is ``call``. Return whether it was answered."""
        try:
            response = await self._ami.originate(
                Channel=self._phones.address(seat), Context="seats", Exten=dial, Priority="1",
                Timeout=str(int(ring_s * 1000)), ChannelId=call, CallerID=f"<{shown}>", timeout_s=ring_s + 5,
            )  # fmt: skip
        except AmiError as error:
            log.warning("seat.not_rung", seat=seat, error=str(error))
            return False
        return response.get("Response") == "Success"

    async def ring_caller(
        self, address: Address, call: CallId, dialled: str, *, shown: str, ring_s: float
    ) -> RingOutcome:
        """Call somebody, showing the number ``shown``; when answered it is as if they had dialled ``dialled``, and the
        line's call id is ``call``. Raises ``AmiError`` when Asterisk cannot be asked."""
        ended = self._called[call] = asyncio.get_running_loop().create_future()
        try:
            response = await self._ami.originate(
                Channel=address, Context="caller", Exten=dialled, Priority="1", Timeout=str(int(ring_s * 1000)),
                ChannelId=call, CallerID=f"<{shown}>", timeout_s=ring_s + 5,
            )  # fmt: skip
            cause = ""
            if response.get("Response") != "Success":
                with suppress(TimeoutError):
                    cause = await asyncio.wait_for(ended, _CAUSE_S)
        finally:
            del self._called[call]
        return originate_outcome(response.get("Response"), response.get("Reason"), cause)

    async def hang_up_call(self, call: CallId) -> None:
        """Hang up a channel that was called for ``call`` (nothing happens when there is none). Raises ``AmiError``."""
        channel = (await live_channels(self._ami)).get(call)
        if channel is not None:
            with suppress(AmiRefused):  # it has just gone
                await self._ami.action("Hangup", Channel=channel.name)

    async def close(self) -> None:
        """Stop following the phones."""
        await self._phones.close()

    # -- what conversations need (``telephony.board.Board``) --------------------------------------------------------

    @property
    def ami(self) -> Ami:
        """The manager connection."""
        return self._ami

    def listen(self, unique_id: str, hears: Callable[[str], None] | None) -> None:
        """Have the digits that a channel's owner presses told; None: no longer."""
        if hears is None:
            self._digits.pop(unique_id, None)
        else:
            self._digits[unique_id] = hears

    def expect_desk(self, call: CallId) -> "asyncio.Future[ChannelLine]":
        """Return what will be the line of the call's agent, who was just sent to the desk."""
        coming = self._desks[call] = asyncio.get_running_loop().create_future()
        return coming

    def route(self, unique_id: str, line: ChannelLine) -> None:
        """Have a channel's events come to a line."""
        self._by_channel[unique_id] = line

    def department_codes(self) -> Iterable[str]:
        """Return the two-digit codes of all departments."""
        return self._department_codes()

    def conversations(self) -> dict[CallId, Conversation]:
        """Return the talks with an agent that go on, by call."""
        return {
            line.call.id: line.conversation
            for line in self._lines.values()
            if line.conversation is not None and line.conversation.state not in OVER and not line.gone
        }

    @property
    def asterisk_version(self) -> str:
        """Asterisk's own version, "" before it was reached."""
        return self._asterisk_version

    @property
    def calls(self) -> int:
        """How many callers are being served."""
        return len(self._lines)

    def call_ids(self) -> set[str]:
        """Return the ids of the calls being served, seats' own among them."""
        return {*self._lines, *self._seats}

    async def seat_states(self) -> dict[SeatId, DeviceState]:
        """Return the state of every seat's phone. Raises ``AmiError``."""
        return await self._phones.states()

    def lost(self, alive: Mapping[str, LiveChannel]) -> set[tuple[CallId, str]]:
        """Return the (call, channel's name) of callers and legs whose channel is gone unheard."""
        found = set()
        for line in self._lines.values():
            if line.call.channel.unique_id not in alive:
                found.add((line.call.id, line.channel))
            leg = line.leg
            if leg is not None and leg.unique_id and leg.unique_id not in alive and not leg.gone.is_set():
                found.add((line.call.id, leg.channel))
        return found

    def channel_gone(self, call: CallId, channel: str) -> None:
        """Take it that a channel of a call is gone, as its Hangup would have told."""
        line = self._lines.get(call)
        if line is None:
            return
        if line.leg is not None and line.leg.channel == channel:
            line.leg.gone.set()
            watched = self._watched.pop(line.leg.unique_id, None)
            if watched is not None:
                watched.gone.set()
        if line.channel == channel:
            line.caller_gone()

    # -- pausing the recording -------------------------------------------------------------------------------------

    async def pause_recording(self, call: CallId, *, on: bool | None, by: str) -> Pause:
        """Pause the recording of a call's talk, or go on with it. See ``telephony.pausing``."""
        line = self._lines.get(call)
        if line is None:
            return Pause.NOT_RECORDED
        return await pause(line, self._timeline, self._clock, on=on, by=by)
