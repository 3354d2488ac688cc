"""The line of somebody who is to be called back: nobody is there until an agent is reserved and the phone was answered.

Until then it waits in the queue like any other line, at no cost; afterwards it is the real line. ``telephony`` is asked
for the real one by ``fetch``, once.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol

from calls import Call, CallerHungUp, Line, LineFault, Outcome, Sound
from calls.identity import Address
from calls.line import Digits, DigitsWanted, Recorded, RecordLimits, RingResult, TalkEnd, nobody_waits
from calls.passing import CallData

Fetch = Callable[[], Coroutine[Any, Any, Line]]


class NotReachedError(CallerHungUp):
    """The person to be called back was not reached (or is not to be called now): the wait ends as by a hang-up."""

    def __init__(self, outcome: Outcome, cause: str) -> None:
        super().__init__(cause)
        self.outcome, self.cause = outcome, cause


class OutsideLine(Line, Protocol):
    """The line of somebody who was called."""

    async def present(self, number: str) -> None:
        """Show ``number`` to whoever is rung next."""
        ...


class CallbackLine:
    """Implements ``calls.Line``."""

    def __init__(self, call: Call, fetch: Fetch, real: Line | None = None) -> None:
        """``fetch`` calls the person and returns the line once answered and greeted; it raises ``CallerHungUp``.

        ``real`` is given when the person is on the line already.
        """
        self._call = call
        self._fetch = fetch
        self._real = real
        self._fetching: asyncio.Task[Line] | None = None
        self._begun = asyncio.Event()
        self._music = "default"

    @property
    def call(self) -> Call:
        """The callback's own call."""
        return self._call

    @property
    def real(self) -> Line | None:
        """The real line, once there is one."""
        return self._real

    async def ready(self) -> bool:
        """Call the person, unless that was done, and return True when they are on the line. When this is cancelled
        their phone rings on: the next agent takes them."""
        if self._real is None:
            if self._fetching is None:
                self._fetching = asyncio.create_task(self._fetch(), name=f"call back {self._call.id}")
                self._begun.set()
            real = await asyncio.shield(self._fetching)
            await real.music(on=True, name=self._music)
            self._real = real
        return True

    async def close(self) -> None:
        """Stop calling."""
        if self._fetching is not None and self._real is None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    # -- Line ------------------------------------------------------------------------------------------------------

    async def answer(self, *, wait: bool = True) -> None:
        """Nothing is left to be done."""

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        """Play to whoever is there."""
        return "" if self._real is None else await self._real.play(sounds, interrupt=interrupt)

    async def collect(self, sounds: Sequence[Sound], wanted: DigitsWanted) -> Digits:
        """Play and collect; raises ``LineFault`` while nobody is there."""
        return await self._there().collect(sounds, wanted)

    async def next_digit(self) -> str:
        """Wait: while nobody is there, until the person was called, and is there or was not reached."""
        if self._real is None:
            await self._begun.wait()
            await self.ready()
        return await self._there().next_digit()

    def forget_digits(self) -> None:
        """Drop digits pressed ahead."""
        if self._real is not None:
            self._real.forget_digits()

    async def music(self, *, on: bool, name: str = "default") -> None:
        """Start or stop music; what is asked for now is played when the person is there."""
        self._music = name
        if self._real is not None:
            await self._real.music(on=on, name=name)

    async def record(self, path: Path, limits: RecordLimits) -> Recorded:
        """Record a message; raises ``LineFault`` while nobody is there."""
        return await self._there().record(path, limits)

    async def ring(
        self,
        address: Address,
        *,
        ring_s: float,
        caller_name: str = "",
        record_to: Path | None = None,
        data: CallData | None = None,
    ) -> RingResult:
        """Ring the agent, while the person listens to music."""
        there = self._there()
        return await there.ring(address, ring_s=ring_s, caller_name=caller_name, record_to=record_to, data=data)

    async def call_data(self) -> CallData:
        """Nobody has passed the person on."""
        return CallData()

    async def join(self, other: Line, *, record_to: Path | None = None) -> None:
        """Connect the person with somebody who is on the line already."""
        await self._there().join(other, record_to=record_to)

    async def talk(self, freed: Callable[[], None] = nobody_waits) -> TalkEnd:
        """Wait for the talk's end."""
        return await self._there().talk(freed)

    async def talk_on(self) -> TalkEnd:
        """Wait for the end of what goes on without the agent."""
        return await self._there().talk_on()

    async def hang_up(self) -> None:
        """Hang up, if anybody is there."""
        if self._real is not None:
            await self._real.hang_up()

    def _there(self) -> Line:
        if self._real is None:
            raise LineFault("the person to be called back is not on the line yet")
        return self._real
