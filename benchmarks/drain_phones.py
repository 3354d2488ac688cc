"""The phones of the drain: seats that talk for a set time, callers who wait. All times are read here, for everybody."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self

import psutil

from benchmarks.drain_figures import Drained, Stay, drained
from benchmarks.drain_site import BenchmarkFailed, DrainSite
from benchmarks.ending import hung_up, over
from hotline.cli.running import NotRunning, Refused
from simulator import (
    Behaviour,
    CallFailed,
    CallLeg,
    LegEnded,
    MediaEngine,
    Reaction,
    RegistrationFailed,
    Softphone,
    UserAgent,
)
from simulator.collecting import without_collecting
from simulator.media.stream import MediaMode

TALK_S = 2.0
_CALLERS_PER_S = 40.0
_AT_ONCE = 10
_PATIENCE_S = 30.0
FRAME_S = 0.02
_UNREGISTERS_S = 2.0  # the hotline ends after that anyway: who does not get through may leave without a word
_SETTLE_S = 0.5  # after a turn: both let the seats' states come to rest


class DrainPhones:
    """Seats and callers on one media engine. Use it as ``async with``."""

    def __init__(self, site: DrainSite, mode: MediaMode = MediaMode.NONE) -> None:
        """``mode`` is how much audio the seats send."""
        self._site, self._mode = site, mode
        self._media = MediaEngine("127.0.0.1")
        self._seat_agent = UserAgent(target=site.sip, media=self._media)
        self._caller_agent = UserAgent(target=site.sip, media=self._media)
        self._seats: list[Softphone] = []
        self._stack = AsyncExitStack()
        self._callers = 0
        self._phase = random.Random(1)

    async def __aenter__(self) -> Self:
        self._stack.push_async_callback(self._media.close)
        self._stack.enter_context(without_collecting())  # 0.3 s, as that takes, would let calls come all at once
        await self._stack.enter_async_context(self._seat_agent)
        await self._stack.enter_async_context(self._caller_agent)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await over([asyncio.ensure_future(seat.unregister()) for seat in self._seats], _UNREGISTERS_S)
        finally:
            await self._stack.aclose()

    @property
    def seats(self) -> Sequence[Softphone]:
        """The seats that are logged in."""
        return self._seats

    async def log_in(self, seats: int) -> None:
        """Have the first so many seats logged in and ready, by their feature codes. Raises ``BenchmarkFailed``."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(place: int) -> Softphone:
            async with gate:
                try:
                    return await self._log_in(place)
                except (RegistrationFailed, CallFailed, LegEnded, TimeoutError, ValueError) as error:
                    raise BenchmarkFailed(f"seat {1001 + place} could not be logged in: {error!r}") from None

        self._seats += await asyncio.gather(*(one(place) for place in range(len(self._seats), seats)))

    async def _log_in(self, place: int) -> Softphone:
        seat, agent = str(1001 + place), str(2001 + place)
        secret = self._site.secrets[seat]
        ears = Softphone(self._seat_agent, seat, secret, keep_s=1.0)  # prompts are heard, so with audio
        await ears.register()
        leg = await ears.dial("*11")
        await leg.wait_answered(_PATIENCE_S)
        await leg.hear_sound(_PATIENCE_S)
        await leg.send_digits(f"{agent}#{self._site.pins[agent]}#")
        await self._until(agent, lambda state: state != "logged_out")
        await leg.hang_up()
        await ears.press("*12")
        await self._until(agent, lambda state: state == "ready")
        quiet = Behaviour(Reaction.BY_HAND)
        phone = Softphone(self._seat_agent, seat, secret, behaviour=quiet, mode=self._mode, keep_s=0.1)
        await phone.register()
        return phone

    async def _until(self, agent: str, true: Callable[[str], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while (state := await self._state_of(agent)) is None or not true(state):
            if time.monotonic() > deadline:
                raise BenchmarkFailed(f"agent {agent} is {state or 'in a state that the hotline does not tell'}")
            await asyncio.sleep(0.1)

    async def _state_of(self, agent: str) -> str | None:
        try:
            return (await asyncio.to_thread(self._site.agents))[agent]
        except (NotRunning, Refused):  # it may be too busy to say just now
            return None

    # -- the drain -------------------------------------------------------------------------------------------------

    async def drain(self, number: str, waiting: int, seats: int, mode: MediaMode, talk_s: float = TALK_S) -> Drained:
        """Drain one line and measure it.

        Each seat has a first talk, which lasts until the line has built up. Then these talks end one after the other
        within one talk's length, as they would in the middle of a busy day, and the drain begins. ``mode`` is how
        much audio the callers send.
        """
        cpu_before = self._site.cpu_s()
        turn = _Turn(self._seats[:seats], talk_s)
        legs: list[CallLeg] = []
        try:
            for place in range(seats + waiting):
                legs.append(await self.call(number, mode))
                await asyncio.sleep(1 / _CALLERS_PER_S)
                if place == seats - 1:
                    await turn.all_talk()
            await asyncio.gather(*(leg.wait_answered(_PATIENCE_S) for leg in legs))
            await asyncio.sleep(_SETTLE_S)
            psutil.cpu_percent()
            began = turn.go()
            await asyncio.gather(*(leg.wait_ended(_PATIENCE_S + 2 * talk_s * waiting / seats) for leg in legs))
            busy = psutil.cpu_percent() / 100
            await asyncio.sleep(_SETTLE_S)
            stays = turn.stays()
        except (TimeoutError, CallFailed):
            raise BenchmarkFailed(f"{number}: a call hung; {turn.served} of {len(legs)} were served") from None
        finally:
            await turn.close()
            await hung_up(legs)
        if turn.served != len(legs):
            raise BenchmarkFailed(f"{number}: {turn.served} of {len(legs)} callers were served")
        return drained(stays, began, self._site.cpu_s() - cpu_before, busy)

    # -- an arrival ------------------------------------------------------------------------------------------------

    async def arrival_ms(self, number: str) -> float:
        """Call with idle seats; return the milliseconds from the caller's INVITE to a seat's.

        The caller sends audio as phones do: Asterisk's Answer waits up to 500 ms for the first of it. That comes in a
        phone's next 20 ms, so calls begin anywhere between two of these. Nobody stays for the goodbye: a turn of many
        such calls would be goodbyes most of the time.
        """
        await asyncio.sleep(self._phase.uniform(0, FRAME_S))
        caller = await self.call(number, MediaMode.FULL)
        waits = [asyncio.create_task(phone.calls.get()) for phone in self._seats]
        try:
            done, _ = await asyncio.wait(waits, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                raise BenchmarkFailed(f"{number}: no seat was rung")
            seat = done.pop().result()
            seat.answer()
            await caller.wait_answered(_PATIENCE_S)
            await asyncio.sleep(0.1)
            await seat.hang_up()
        finally:
            for wait in waits:
                wait.cancel()
            await caller.hang_up()
        await asyncio.sleep(0.2)
        return (seat.session.invited_at - caller.session.invited_at) * 1000

    def next_caller(self) -> str:
        """Return a number that nobody has called from."""
        self._callers += 1
        return f"138{self._callers:08d}"

    async def call(self, number: str, mode: MediaMode, caller: str = "") -> CallLeg:
        """Call from a number (a new one unless said) and return at once."""
        return await self._caller_agent.call(number, number=caller or self.next_caller(), mode=mode, keep_s=0.1)


class _Turn:
    """All seats through one turn."""

    def __init__(self, phones: list[Softphone], talk_s: float) -> None:
        self._talk_s = talk_s
        self._legs: list[list[CallLeg]] = [[] for _ in phones]
        self._first = [asyncio.Event() for _ in phones]
        self._over = [asyncio.Event() for _ in phones]
        self._work = [asyncio.create_task(self._attend(place, phone)) for place, phone in enumerate(phones)]

    @property
    def served(self) -> int:
        """How many talks there were."""
        return sum(leg.answered.is_set() for legs in self._legs for leg in legs)

    async def all_talk(self) -> None:
        """Wait until every seat has its first talk. Raises ``TimeoutError``."""
        async with asyncio.timeout(_PATIENCE_S):
            await asyncio.gather(*(first.wait() for first in self._first))

    def go(self) -> float:
        """Let the first talks end one after the other; return when that began."""
        loop = asyncio.get_running_loop()
        for place, one in enumerate(self._over):
            loop.call_later(self._talk_s * place / len(self._over), one.set)
        return time.monotonic()

    def stays(self) -> list[list[Stay]]:
        """Return each seat's ended calls."""
        return [
            [Stay(leg.session.invited_at, leg.session.ended_at) for leg in legs if leg.session.ended_at is not None]
            for legs in self._legs
        ]

    async def close(self) -> None:
        """Take no more calls."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await hung_up(leg for legs in self._legs for leg in legs)

    async def _attend(self, place: int, phone: Softphone) -> None:
        while True:
            leg = await phone.calls.get()
            first = not self._legs[place]
            self._legs[place].append(leg)
            leg.answer()
            if first:
                self._first[place].set()
                await self._over[place].wait()
            else:
                with suppress(TimeoutError):
                    await leg.wait_ended(self._talk_s)
            await leg.hang_up()
