"""The Line on a real Asterisk channel: AGI carries out what is asked, AMI tells what happens.

How the pieces fit: one AGI session serves the caller's channel to its end, through talks, holds and conferences, for
all of these are commands of it. What happens within a talk is told by ``telephony.conversation``. An agent whose caller
is on hold has a line likewise (``is_seat``), which ends when the agent is bridged again.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from calls import Call, CallerHungUp, ChannelId, Clock, LineFault, Sound, Timeline
from calls.identity import Address
from calls.line import (
    Digits,
    DigitsEnd,
    DigitsWanted,
    Recorded,
    RecordEnd,
    RecordLimits,
    RingOutcome,
    RingResult,
    TalkEnd,
    nobody_waits,
)
from calls.passing import CallData
from calls.timeline import Held, Unheld
from telephony import call_data
from telephony.agi_codec import Reply
from telephony.agi_server import AgiError, AgiHungUp, AgiSession
from telephony.ami import Ami, AmiError
from telephony.ami_framing import AmiMessage
from telephony.answering import Answering
from telephony.bridging import Bridging
from telephony.dialling import ring_outcome
from telephony.digits import DigitBuffer
from telephony.leg import Leg
from telephony.monitor import OPTIONS, TalkMonitor
from telephony.moves import AFTER_CALLER
from telephony.playback import Playback, look_at_result
from telephony.spoken import record_end
from telephony.waiting import first_of

if TYPE_CHECKING:
    from telephony.conversation import Conversation
    from telephony.outlived import OutlivedTalk

log = structlog.get_logger(__name__)

_SILENT_S = 5.0  # a phone that has said nothing to four INVITEs (at 0, 0.5, 1.5, 3.5 s) is not there
_RINGS = frozenset({"RINGING", "PROGRESS"})


class ChannelLine(Answering, Bridging):
    """A caller's line on Asterisk; implements ``calls.Line``."""

    def __init__(
        self, call: Call, channel: str, session: AgiSession, ami: Ami, *, timeline: Timeline, clock: Clock, beep: Sound
    ) -> None:
        self._call = call
        self.channel = channel  # Asterisk's channel name; changes on masquerade only, which nothing here does
        self._session = session
        self._ami = ami
        self._timeline = timeline
        self._clock = clock
        self._beep = beep
        self._monitor = TalkMonitor(ami, channel)
        self._digits = DigitBuffer()
        self._playback = Playback(self._command, self._ended, ami, self._digits, channel)
        self._gone = asyncio.Event()
        session.when_left(self._gone.set)
        self._music: str | None = None
        self._shown = call.caller_name or call.caller  # to whom is rung
        self._dial: asyncio.Task[Reply] | None = None
        self.leg: Leg | None = None
        self.is_seat = False  # the channel is an agent's phone, and the leg whom they dialled
        self.converse: Callable[[ChannelLine, Leg], Conversation | None] | None = None  # what carries a talk
        self.conversation: Conversation | None = None
        self.outlived: OutlivedTalk | None = None  # the talk that goes on, of a service that is gone
        self.finished = asyncio.Event()  # set by the switchboard when the call's coroutine has ended

    @property
    def gone(self) -> bool:
        """Whether the caller has hung up."""
        return self._gone.is_set()

    # -- what the switchboard tells --------------------------------------------------------------------------------

    def caller_gone(self) -> None:
        """The channel no longer exists."""
        self._gone.set()

    def dispose(self) -> None:
        """The call is over, and nobody uses this line any more: part what knows it, and is known to it."""
        self._playback.close()
        self.converse = self.conversation = None

    async def wait_gone(self) -> None:
        """Wait until the caller has hung up, as AMI or the session tells."""
        await self._gone.wait()

    def type_ahead(self, digits: str) -> None:
        """Take digits that were pressed before this line was here."""
        for digit in digits:
            self._digits.put(digit)

    def on_event(self, event: AmiMessage) -> None:
        """Take an AMI event of this call, in order; of digits, only presses."""
        unique_id = event.get("Uniqueid")
        is_caller = unique_id == self._call.channel.unique_id
        leg = self.leg
        is_agent = leg is not None and (is_caller if self.is_seat else unique_id == leg.unique_id)
        match event.event:
            case "DTMFEnd" if is_caller:
                self._digits.put(event.get("Digit"))
            case "DialBegin" if leg is not None and is_caller:
                leg.channel, leg.unique_id = event.get("DestChannel"), event.get("DestUniqueid")
            case "DialState" if leg is not None and is_caller and event.get("DialStatus") in _RINGS:
                leg.rang = True
            case "DialEnd" if leg is not None and is_caller and event.get("DialStatus") == "ANSWER":
                leg.channel, leg.unique_id = event.get("DestChannel"), event.get("DestUniqueid")
                leg.answered_at = self._clock.now()
                leg.answered.set()
            case "Hold" if is_agent and leg is not None and leg.answered.is_set():
                self._timeline.append(Held(call=self._call.id, at=self._clock.now(), by="agent"))
            case "Unhold" if is_agent and leg is not None and leg.answered.is_set():
                self._timeline.append(Unheld(call=self._call.id, at=self._clock.now(), by="agent"))
            case "Hangup" if is_caller:
                self.caller_gone()
            case "Hangup" if leg is not None and unique_id == leg.unique_id:
                leg.gone.set()

    async def last_dial(self) -> RingOutcome:
        """Return what became of the last leg rung on this channel, also by a service that is gone."""
        status = (await self._command("GET VARIABLE", "DIALSTATUS")).data
        return ring_outcome(status, "") if status else RingOutcome.FAILED

    # -- Line ------------------------------------------------------------------------------------------------------

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        """Play sounds one after the other; return the digit of ``interrupt`` that stopped them, or ""."""
        await self._can_hear()
        for sound in sounds:
            if interrupt and self._digits.peek():
                break
            if await self._playback.until_digit(sound, interrupt):
                break
        pressed = self._digits.peek()
        return await self._digits.get() if interrupt and pressed in interrupt and pressed else ""

    async def collect(self, sounds: Sequence[Sound], wanted: DigitsWanted) -> Digits:
        """Play sounds and collect digits; digits pressed ahead of the prompt are taken when barge-in is on."""
        await self._can_hear()
        await self._playback.prompt(sounds, barge_in=wanted.barge_in)
        if not wanted.barge_in:
            self._digits.clear()
        pressed = ""
        wait_s = wanted.first_timeout_s
        while len(pressed) < wanted.max_digits:
            try:
                async with asyncio.timeout(wait_s):
                    digit = await self.next_digit()
            except TimeoutError:
                return Digits(pressed, DigitsEnd.TIMEOUT)
            if digit in wanted.terminators:
                return Digits(pressed, DigitsEnd.TERMINATED)
            pressed += digit
            wait_s = wanted.between_timeout_s
        return Digits(pressed, DigitsEnd.COMPLETE)

    async def next_digit(self) -> str:
        """Wait for the next digit pressed; raises ``CallerHungUp``."""
        self._check()
        if self._digits.peek():
            return await self._digits.get()
        wait = asyncio.ensure_future(self._digits.get())
        try:
            await first_of(wait, self._gone.wait())
            if wait.done():
                return wait.result()
            raise self._ending()
        finally:
            wait.cancel()

    def forget_digits(self) -> None:
        """Drop digits pressed ahead."""
        self._digits.clear()

    async def music(self, *, on: bool, name: str = "default") -> None:
        """Start (returns at once) or stop music."""
        self._music = name if on else None
        await self._command("SET MUSIC", "ON" if on else "OFF", *([name] if on else []))

    async def record(self, path: Path, limits: RecordLimits) -> Recorded:
        """Record the caller into ``path`` (.wav); a hang-up keeps what was said."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._digits.clear()
        await self._can_hear()
        if limits.beep:
            await self._playback.stream(self._beep, "")
        started = self._clock.monotonic()
        try:
            reply = await self._command(
                "RECORD FILE", str(path.with_suffix("")), path.suffix.removeprefix("."), limits.finish_digits,
                str(int(limits.max_s * 1000)), f"s={max(1, round(limits.silence_s))}",
            )  # fmt: skip
        except CallerHungUp:
            return Recorded(path, self._clock.monotonic() - started, RecordEnd.HANG_UP)
        lasted = self._clock.monotonic() - started
        end, digit = record_end(reply, lasted, limits)
        if end is RecordEnd.DIGIT:
            await self._playback.let_ami_catch_up(digit)
            self._digits.clear()
        elif end is RecordEnd.HANG_UP:
            self._gone.set()
        return Recorded(path, lasted, end, digit)

    async def present(self, number: str) -> None:
        """Have whoever is rung next see ``number`` (digits) as the caller's, and no name."""
        await self._command("SET VARIABLE", "CALLERID(num)", number)
        await self._command("SET VARIABLE", "CALLERID(name)", "")

    async def ring(
        self,
        address: Address,
        *,
        ring_s: float,
        caller_name: str = "",
        record_to: Path | None = None,
        data: CallData | None = None,
        ringback: bool = False,
        outlives: bool = False,
    ) -> RingResult:
        """Ring a leg over music, or (``ringback``) over what the leg's own exchange lets hear; on ANSWERED both are
        bridged and recorded. ``outlives``: when this line hangs up, the leg hears music until it is fetched. See
        ``calls.Line``."""
        self._check()
        leg = self.leg = Leg(rang=ringback)  # numbers outside may be silent for long before they ring
        if record_to is not None and not self._ami.connected:
            # Without AMI the answer cannot be seen: record from now, but only while bridged.
            await self._command("EXEC", "MixMonitor", f"{record_to},b{OPTIONS}")
            record_to = None
            self._monitor.running = True
        options = ("g" if ringback else f"gm({self._music or 'default'})") + (AFTER_CALLER if outlives else "")
        if caller_name and caller_name != self._shown:
            await self._command("SET VARIABLE", "CALLERID(name)", caller_name)
            self._shown = caller_name
        if data is not None:
            for name, value in call_data.variables(data):
                await self._command("SET VARIABLE", name, value)
            options += call_data.PRE_DIAL
        dial = self._dial = asyncio.create_task(
            self._command("EXEC", "Dial", f"{address},{math.ceil(ring_s)},{options}"), name=f"dial {self._call.id}"
        )
        try:
            await first_of(dial, leg.answered.wait(), self._never_rings(leg))
        except asyncio.CancelledError:
            await self._hang_up_leg(leg)
            dial.add_done_callback(look_at_result)
            raise
        if not leg.answered.is_set():
            if not dial.done():
                await self._hang_up_leg(leg)
            await dial  # raises CallerHungUp when the caller left while it rang
            return await self._dial_failed(rang=leg.rang or not self._ami.connected)
        self._music = None  # Dial has ended it
        self._answering = None  # whatever is played to the caller later, the talk comes first
        if record_to is not None:
            await self._monitor.start(record_to)
        channel = ChannelId(self._call.channel.node, leg.unique_id)
        return RingResult(RingOutcome.ANSWERED, channel, answered_at=leg.answered_at)

    async def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the channel. Raises ``CallerHungUp``, ``LineFault``."""
        await self._command("SET VARIABLE", name, value)

    async def call_data(self) -> CallData:
        """Return what another hotline told. See ``calls.Line``."""
        return await call_data.read(self._value)

    async def talk(self, freed: Callable[[], None] = nobody_waits) -> TalkEnd:
        """Wait until the talk begun by ``ring``, or one that outlived the service, is over. See ``calls.Line``."""
        outlived, self.outlived = self.outlived, None
        bridge = self._dial
        leg = self.leg = self.leg if outlived is None else outlived.leg
        if leg is None or (bridge is None and outlived is None):
            raise LineFault("talk() without an answered ring()")
        self.conversation = self.converse(self, leg) if self.converse is not None else None
        if self.conversation is not None:
            if outlived is not None:
                bridge = await self.conversation.take_up(outlived)
            end = await self.conversation.run(bridge, freed)
        else:
            if bridge is not None:
                await self.over(bridge)
            end = TalkEnd.AGENT_LEFT
        if end is not TalkEnd.HANDED_OVER:
            await self._talk_over()
        return end

    async def talk_on(self) -> TalkEnd:
        """After HANDED_OVER: see the talk to its end without the agent. See ``calls.Line``."""
        if self.conversation is None:
            raise LineFault("talk_on() without a conversation")
        end = await self.conversation.run_on()
        await self._talk_over()
        return end

    async def hang_up(self) -> None:
        """End the call in an orderly way (idempotent; never raises ``CallerHungUp``): the dialplan hangs up, as it does
        after every session of a call that is done."""
        if self.gone:
            return
        try:
            await self._command("SET VARIABLE", "CALL_DONE", "1")
        except (CallerHungUp, LineFault):
            log.debug("line.already_gone")
        self._gone.set()
        self._session.close()

    async def turn_away(self, *, say: bool) -> None:
        """End a call that there is no room for: unanswered, it gets SIP 503, after some words with ``say``
        (``asterisk-config/extensions.conf.j2``, ``busy``). Never raises ``CallerHungUp``."""
        try:
            await self._command("SET VARIABLE", "CALL_DONE", "busy-told" if say else "busy")
        except (CallerHungUp, LineFault):
            log.debug("line.already_gone")
        self._gone.set()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self.gone:
            raise CallerHungUp

    async def execute(self, application: str, arguments: str) -> None:
        """Run an application of Asterisk's dialplan until it ends. Raises ``CallerHungUp``, ``LineFault``."""
        await self._command("EXEC", application, arguments)

    async def _command(self, *words: str) -> Reply:
        self._check()
        try:
            return await self._session.command(*words)
        except AgiHungUp:
            raise self._ending() from None
        except AgiError as error:
            raise LineFault(str(error)) from error

    async def _value(self, expression: str) -> str:
        return (await self._command("GET FULL VARIABLE", expression)).data

    async def _ended(self) -> Exception:
        """Wait for the end of the AGI session and say what it meant."""
        await self._session.wait_hang_up()
        return self._ending()

    def _ending(self) -> Exception:
        """Say what the end of the AGI session meant."""
        self._gone.set()
        return CallerHungUp()

    async def _talk_over(self) -> None:
        await self._monitor.stop(gone=self.gone)
        self.leg = None  # nobody is at the other end any more, wherever that phone is now
        self._digits.clear()  # what was pressed in the talk was not meant for us

    async def _dial_failed(self, *, rang: bool) -> RingResult:
        status = (await self._command("GET VARIABLE", "DIALSTATUS")).data
        cause = (await self._command("GET VARIABLE", "HANGUPCAUSE")).data
        outcome = ring_outcome(status, cause, rang=rang)
        if outcome is not RingOutcome.ANSWERED and self._music is not None:
            await self._command("SET MUSIC", "ON", self._music)
        return RingResult(outcome, None, f"{status} {cause}".strip())

    async def _never_rings(self, leg: Leg) -> None:
        """Return when a phone has shown no sign of life for too long; wait for ever when it has, or nobody can tell."""
        await asyncio.sleep(_SILENT_S)
        if leg.rang or not leg.channel or not self._ami.connected:
            await asyncio.Event().wait()

    async def _hang_up_leg(self, leg: Leg) -> None:
        if leg.channel:
            try:
                await self._ami.action("Hangup", Channel=leg.channel, Cause="26")
            except AmiError as error:
                log.warning("line.stop_ringing_failed", error=str(error))
