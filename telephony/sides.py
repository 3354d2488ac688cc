"""A supervisor in somebody's talk: where their phone is, and how it gets from one place to the next.

Their line stays in its AGI session; each place is a command of it, which ends by ``*`` or by our doing.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

import structlog

from calls import CallerHungUp, LineFault
from telephony.beeps import Beeps
from telephony.moves import Moves
from telephony.waiting import first_of

log = structlog.get_logger(__name__)

LEAVE = "*"
"""What a supervisor presses to be out of a talk again."""

_TRIES, _LEAVES_S = 5, 0.4  # so often somebody is asked to leave a place, and is given so long
_TIDY_S = 5.0  # within this a conversation has let go of a supervisor who has left
_FORGOTTEN_S = 0.1  # see ``telephony.monitor``: hooks take a new party's packets for old ones until they have forgotten


class Mode(StrEnum):
    """What a supervisor does in somebody's talk."""

    LISTEN = "listen"  # hears all that the agent hears and says, is heard by nobody
    WHISPER = "whisper"  # is heard by the agent, too
    BARGE = "barge"  # joins in: is heard by all who are together with the agent


class Place(StrEnum):
    """Where a supervisor may be."""

    EAR = "ear"  # heard by nobody
    ROOM = "room"  # in the conference, with all
    PAIR = "pair"  # heard by whoever's phone they are at, and by whom that one is bridged with
    ALONE = "alone"  # heard by the one at that phone only


class SupervisorLine(Protocol):
    """The line of a supervisor's phone, as far as it is needed here."""

    channel: str

    async def execute(self, application: str, arguments: str) -> None:
        """Run an application of Asterisk's dialplan until it ends."""
        ...

    async def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the channel."""
        ...

    async def wait_gone(self) -> None:
        """Wait until the supervisor has hung up."""
        ...

    def forget_digits(self) -> None:
        """Drop digits pressed ahead."""
        ...


def spy_on(channel: str, options: str = "") -> tuple[str, str]:
    """Return the application, and its arguments, by which a channel is heard, until ``*`` or its end."""
    return "ChanSpy", f"{channel},qEx({LEAVE}){options}"


_OPTIONS = {Place.EAR: "", Place.ALONE: "w", Place.PAIR: "B"}


class Side:
    """One supervisor. ``channel`` is that of the phone whose talk it is, ``party`` their name in the timeline; ``tell``
    is called when they have left by themselves: the conversation sets it."""

    def __init__(self, line: SupervisorLine, party: str, channel: str, mode: Mode, beeps: Beeps) -> None:
        self.line, self.party, self.channel, self.mode = line, party, channel, mode
        self.beeps = beeps
        self.tell: Callable[[], None] = lambda: None
        self.place: Place | None = None  # None: aside, hears and is heard by nobody
        self.among = ""  # with whom the one at the phone is
        self._room = ""  # the conference, when that is the place
        self.joined = False  # the books know of them
        self.left = False  # by themselves
        self._over = asyncio.Event()
        self._doing: asyncio.Task[None] | None = None

    async def stay(self) -> None:
        """Return when the supervisor has left, or there is no such talk any more."""
        leaving = asyncio.ensure_future(self.line.wait_gone())
        try:
            await first_of(self._over.wait(), leaving)
        finally:
            leaving.cancel()
            self._leaves()
        with suppress(TimeoutError):
            async with asyncio.timeout(_TIDY_S):
                await self._over.wait()
        self.line.forget_digits()

    def over(self) -> None:
        """There is nothing to be joined any more."""
        self._over.set()

    async def go(self, place: Place, among: str, moves: Moves) -> None:
        """Go to a place, from aside; the conference is that of ``moves``. Raises ``AmiError`` when Asterisk cannot be
        asked."""
        with suppress(CallerHungUp, LineFault):  # they have hung up, which is told otherwise
            await self.line.set_variable("HOTLINE_ROOM", moves.room if place is Place.ROOM else "")
        self.place, self.among, self._room = place, among, moves.room
        self._doing = asyncio.create_task(self._be(place, moves.room), name=f"{place} {self.party}")
        self._doing.add_done_callback(self._ended)
        self.beeps.again()
        if place is Place.ROOM:
            await moves.in_room(self.line.channel)

    async def step_aside(self, moves: Moves) -> None:
        """Return when the supervisor hears nobody and is heard by nobody; who cannot be moved is hung up. Raises
        ``AmiError``."""
        doing, self._doing = self._doing, None
        place, self.place = self.place, None
        if doing is None:
            return
        await self.beeps.hush()
        for _ in range(_TRIES):
            if doing.done():
                break
            if place is Place.ROOM:
                await replace(moves, room=self._room).out_of_room(self.line.channel)
            else:
                await moves.press(self.line.channel, LEAVE)
            await asyncio.wait({doing}, timeout=_LEAVES_S)
        self.line.forget_digits()
        if not doing.done():
            log.warning("supervisor.cannot_be_moved", party=self.party, place=place)
            await moves.hang_up(self.line.channel)
        await asyncio.sleep(_FORGOTTEN_S)

    async def _be(self, place: Place, room: str) -> None:
        if place is Place.ROOM:
            profiles = "hotline_bridge,hotline_supervisor,hotline_supervisor_menu"
            await self.line.execute("ConfBridge", f"{room},{profiles}")
        else:
            await self.line.execute(*spy_on(self.channel, _OPTIONS[place]))

    def _ended(self, doing: "asyncio.Task[None]") -> None:
        if not doing.cancelled():
            error = doing.exception()
            if error is not None and not isinstance(error, CallerHungUp):
                log.warning("supervisor.put_out", party=self.party, place=self.place, error=str(error))
        if doing is self._doing:
            self._doing = None
            self._leaves()

    def _leaves(self) -> None:
        if not self.left:
            self.left = True
            self.tell()
