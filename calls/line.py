"""The Line: what can be done with a caller's line, whatever carries it.

A hang-up by the caller is the exception ``CallerHungUp``, raised out of whichever method is being awaited (or the
next one called); it ends the call's coroutine wherever it stands. ``telephony`` implements ``Line`` on a real channel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from calls.call import Call
from calls.identity import Address, ChannelId
from calls.passing import CallData

ANY_DIGIT = "0123456789*#"


def nobody_waits() -> None:
    """Nobody waits for the agent of a talk to be free."""


class CallerHungUp(Exception):
    """The caller's line is gone."""


class LineFault(Exception):
    """The line cannot do what was asked, though the caller may still be there (a file is missing, say)."""


@dataclass(frozen=True, slots=True)
class Sound:
    """An audio file to be played: its path without the extension (the carrier picks the best format there)."""

    path: Path


class DigitsEnd(StrEnum):
    """Why collecting digits ended."""

    COMPLETE = "complete"  # the maximum count was reached
    TERMINATED = "terminated"  # the terminator was pressed (it is not part of the digits)
    TIMEOUT = "timeout"  # no (further) digit came in time


@dataclass(frozen=True, slots=True)
class Digits:
    """What the caller pressed; ``pressed == ""`` with TIMEOUT means no input at all."""

    pressed: str
    end: DigitsEnd


@dataclass(frozen=True, slots=True)
class DigitsWanted:
    """How digits are to be collected."""

    max_digits: int = 1
    terminators: str = "#"  # "" for none
    first_timeout_s: float = 5.0  # from the end of the prompt to the first digit
    between_timeout_s: float = 3.0
    barge_in: bool = True  # a digit stops the prompt; when False, digits pressed during the prompt are dropped


class RecordEnd(StrEnum):
    """Why recording a message ended."""

    SILENCE = "silence"
    MAX_LENGTH = "max_length"
    DIGIT = "digit"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class RecordLimits:
    """Limits of a recorded message."""

    max_s: float = 120.0
    silence_s: float = 5.0  # this much silence ends the message
    finish_digits: str = "#"
    beep: bool = True


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message that was recorded. ``path`` is the real file, extension included."""

    path: Path
    duration_s: float
    end: RecordEnd
    digit: str = ""

    def spoken_s(self, silence_s: float) -> float:
        """Return the seconds without the silence that ended it, if that did (``silence_s``: how much was needed)."""
        return self.duration_s - (silence_s if self.end is RecordEnd.SILENCE else 0.0)


class RingOutcome(StrEnum):
    """What became of ringing a leg."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"  # rang for the whole time
    BUSY = "busy"  # 486
    DECLINED = "declined"  # 603 or rejected on the phone
    UNREACHABLE = "unreachable"  # not registered, no route, timed out below SIP
    FAILED = "failed"  # anything else


@dataclass(frozen=True, slots=True)
class RingResult:
    """What became of ringing a leg, and its channel when it answered."""

    outcome: RingOutcome
    channel: ChannelId | None = None
    cause: str = ""  # the carrier's own words, for the timeline and the log
    answered_at: float | None = None  # epoch seconds; what begins with the answer is arranged by the return


class TalkEnd(StrEnum):
    """Why a talk ended while the caller's line lives on (a caller's hang-up is ``CallerHungUp``)."""

    AGENT_LEFT = "agent_left"  # the other party hung up; the caller is ours again
    HANDED_OVER = "handed_over"  # the agent left; the caller talks on with whom the agent had brought in
    PASSED_ON = "passed_on"  # the agent left; the caller is to go where the agent wished


class Line(Protocol):
    """One caller's line. One task at a time may use it, except ``press`` reading and ``hang_up``.

    Every method raises ``CallerHungUp`` when the caller is gone and ``LineFault`` when the carrier refuses.
    Cancelling any method leaves the line usable.
    """

    @property
    def call(self) -> Call:
        """The call this line belongs to."""
        ...

    async def answer(self, *, wait: bool = True) -> None:
        """Answer the line (idempotent). ``wait`` False: return at once; what the line is asked next waits for it."""
        ...

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        """Play sounds one after the other; return the digit of ``interrupt`` that stopped them, or ""."""
        ...

    async def collect(self, sounds: Sequence[Sound], wanted: DigitsWanted) -> Digits:
        """Play sounds and collect digits; digits pressed ahead of the prompt are taken when barge-in is on."""
        ...

    async def next_digit(self) -> str:
        """Wait for the next digit pressed (while music plays, say). Bound it with ``asyncio.timeout``."""
        ...

    def forget_digits(self) -> None:
        """Drop digits pressed ahead (after a wrong entry: what follows was meant for something else)."""
        ...

    async def music(self, *, on: bool, name: str = "default") -> None:
        """Start (returns at once) or stop music."""
        ...

    async def record(self, path: Path, limits: RecordLimits) -> Recorded:
        """Record the caller into ``path`` (a .wav). A hang-up while recording keeps what was said: the result is
        returned with HANG_UP, and the *next* method called raises ``CallerHungUp``."""
        ...

    async def ring(
        self,
        address: Address,
        *,
        ring_s: float,
        caller_name: str = "",
        record_to: Path | None = None,
        data: CallData | None = None,
    ) -> RingResult:
        """Ring a leg while the caller goes on hearing music; on ANSWERED the two are connected on a two-party
        bridge, and recorded from that moment into ``record_to`` when given. Cancelling stops the ringing.

        The leg shows ``caller_name`` ("": the name that the caller presents); ``data`` goes with the call."""
        ...

    async def call_data(self) -> CallData:
        """Return what another hotline told when it passed the caller on; all empty when none did."""
        ...

    async def join(self, other: "Line", *, record_to: Path | None = None) -> None:
        """Connect the caller with the party of another line, who has answered and hears nothing now; that line's
        session ends with it. Recorded and waited for (``talk``) as after ``ring``."""
        ...

    async def talk(self, freed: Callable[[], None] = nobody_waits) -> TalkEnd:
        """Wait until the talk begun by ``ring``, or one of a former service that goes on, is over (through holds and a
        three-way call, if one is made). ``freed`` is called, at most once, when an agent who talked with the caller
        alone has hung up, before the caller's line is put in order: who waits for this agent need not wait for that,
        too. In all other cases the agent is free when this returns."""
        ...

    async def talk_on(self) -> TalkEnd:
        """After HANDED_OVER: wait until the others have left and the caller is ours again, or is passed on."""
        ...

    async def hang_up(self) -> None:
        """End the call in an orderly way (idempotent; never raises ``CallerHungUp``)."""
        ...
