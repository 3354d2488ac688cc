"""Seats of a run: they register, log their people in, take calls, end their wrap-up, and log out again."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from simulator.agent import UserAgent
from simulator.leg import CallFailed, CallLeg, LegEnded
from simulator.load_profile import SeatCodes, SeatPlan
from simulator.measures.registering import RegisterAttempt
from simulator.random_times import Duration
from simulator.registration import RegistrationFailed
from simulator.softphone import NotAccepted, Softphone

AT_ONCE = 20
"""Seats that register or log in at one time."""
InTalk = Callable[[CallLeg], Awaitable[None]]
Between = Callable[[], Awaitable[bool]]
"""Returns whether there was anything to be done."""


@dataclass(slots=True)
class Seat:
    """A phone with the person who sits there."""

    plan: SeatPlan
    phone: Softphone
    wrap_up: Duration
    in_talk: InTalk | None = None  # from the moment a call comes in
    between: Between | None = None  # after each wrap-up
    taken: int = 0


class Seating:
    """All seats of a run; who fails is in ``faults``."""

    def __init__(self, agent: UserAgent, codes: SeatCodes, seed: int) -> None:
        self._agent = agent
        self._codes = codes
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._random = random.Random(f"{seed}/seats")
        self._seats: Sequence[Seat] = ()
        self._work: list[asyncio.Task[None]] = []
        self.faults: list[str] = []
        self.ready = 0

    def seat(self, seats: Sequence[Seat]) -> None:
        """Say who sits where, before ``open``."""
        self._seats = seats

    @property
    def by_tone(self) -> dict[int, list[Softphone]]:
        """The phones by the tone they send."""
        found: dict[int, list[Softphone]] = {}
        for seat in self._seats:
            found.setdefault(seat.phone.tone, []).append(seat.phone)
        return found

    @property
    def doubled(self) -> int:
        """Offers that came to a seat which was in a call already."""
        return sum(seat.phone.doubled for seat in self._seats)

    @property
    def registrations(self) -> list[RegisterAttempt]:
        """Every attempt of all phones to register, and to stay so."""
        return [attempt for seat in self._seats for attempt in seat.phone.registrations]

    @property
    def crossed(self) -> int:
        """Offers that came just as a seat was dialling a code itself."""
        return sum(seat.phone.crossed for seat in self._seats)

    async def open(self) -> None:
        """Register all seats, log their people in and let them take calls."""
        await self._each(self._open)

    async def close(self) -> None:
        """Log out and unregister."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._each(self._close)

    async def press(self, seat: Seat, code: str) -> float | None:
        """Dial a feature code from a seat; return when that call was over (monotonic). That it failed is a fault."""
        try:
            return (await seat.phone.press(code)).session.ended_at
        except (CallFailed, LegEnded, TimeoutError) as error:
            self.faults.append(f"{seat.plan.account}: {code}: {error}")
            return None

    async def _each(self, act: Callable[[Seat], Awaitable[None]]) -> None:
        async def guarded(seat: Seat) -> None:
            async with self._gate:
                try:
                    await act(seat)
                except (RegistrationFailed, CallFailed, LegEnded, NotAccepted, TimeoutError) as error:
                    self.faults.append(f"{seat.plan.account}: {error or type(error).__name__}")

        await asyncio.gather(*(guarded(seat) for seat in self._seats))

    async def _open(self, seat: Seat) -> None:
        plan, phone = seat.plan, seat.phone
        await phone.register()
        if plan.agent_id and self._codes.login:
            await phone.login(plan.agent_id, plan.pin, code=self._codes.login, ready_code=self._codes.ready)
        self.ready += 1
        self._work.append(self._agent.spawn(self._attend(seat)))

    async def _close(self, seat: Seat) -> None:
        phone = seat.phone
        for leg in tuple(phone.legs):
            await leg.hang_up()
        if seat.plan.agent_id and self._codes.logout and phone.registered:
            await phone.press(self._codes.logout)
        if phone.registered:
            await phone.unregister()

    async def _attend(self, seat: Seat) -> None:
        """Take part in each talk, and end the wrap-up after it."""
        while True:
            leg = await seat.phone.calls.get()
            if seat.in_talk is not None:
                await seat.in_talk(leg)
            await leg.ended.wait()
            seat.phone.free_at = None  # whoever missed a call may be put aside
            if not leg.answered.is_set():
                continue
            seat.taken += 1
            free_at = leg.session.ended_at
            if seat.plan.agent_id and self._codes.end_wrap_up:
                await asyncio.sleep(seat.wrap_up(self._random))
                free_at = await self.press(seat, self._codes.end_wrap_up)
            if seat.between is None or not await seat.between():
                seat.phone.free_at = free_at
