"""The seats of a load run: registered, logged in, taking calls, ending their wrap-up."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from simulator.agent import UserAgent
from simulator.leg import CallFailed, LegEnded
from simulator.load_profile import MAX_SEATS, SEAT_TONES, LoadProfile, SeatPlan
from simulator.registration import RegistrationFailed
from simulator.softphone import Behaviour, Reaction, Softphone

AT_ONCE = 20
"""Seats that register or log in at one time."""
KEPT_S = 1.0


class LoadSeats:
    """All seats of a run."""

    def __init__(self, agent: UserAgent, profile: LoadProfile, plans: Sequence[SeatPlan]) -> None:
        if len(plans) > MAX_SEATS:
            raise ValueError(f"{len(plans)} seats: at most {MAX_SEATS} are allowed")
        self._agent = agent
        self._profile = profile
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._random = random.Random(f"{profile.seed}/seats")
        behaviour = Behaviour(Reaction.ANSWER, answer_after=profile.pick_up)
        self._seats = [
            (plan, self._phone(plan, SEAT_TONES[place % len(SEAT_TONES)], behaviour))
            for place, plan in enumerate(plans)
        ]
        self._work: list[asyncio.Task[None]] = []
        self.faults: list[str] = []
        self.ready = 0

    @property
    def by_tone(self) -> dict[int, list[Softphone]]:
        """The phones by the tone they send."""
        found: dict[int, list[Softphone]] = {}
        for _, phone in self._seats:
            found.setdefault(phone.tone, []).append(phone)
        return found

    @property
    def doubled(self) -> int:
        """Offers that came to a seat which was in a call already."""
        return sum(phone.doubled for _, phone in self._seats)

    async def open(self) -> None:
        """Register all seats, log their people in and let them take calls; who fails is in ``faults``."""
        await self._each(self._open)

    async def close(self) -> None:
        """Log out and unregister."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._each(self._close)

    def _phone(self, plan: SeatPlan, tone: int, behaviour: Behaviour) -> Softphone:
        return Softphone(
            self._agent,
            plan.account,
            plan.secret,
            tone=tone,
            behaviour=behaviour,
            keep_s=KEPT_S,
            seed=self._profile.seed,
        )

    async def _each(self, act: Callable[[SeatPlan, Softphone], Awaitable[None]]) -> None:
        async def guarded(plan: SeatPlan, phone: Softphone) -> None:
            async with self._gate:
                try:
                    await act(plan, phone)
                except (RegistrationFailed, CallFailed, LegEnded, TimeoutError) as error:
                    self.faults.append(f"{plan.account}: {error or type(error).__name__}")

        await asyncio.gather(*(guarded(plan, phone) for plan, phone in self._seats))

    async def _open(self, plan: SeatPlan, phone: Softphone) -> None:
        codes = self._profile.codes
        await phone.register()
        if plan.agent_id and codes.login:
            await phone.login(plan.agent_id, plan.pin, code=codes.login, ready_code=codes.ready)
        self.ready += 1
        self._work.append(self._agent.spawn(self._attend(plan, phone)))

    async def _close(self, plan: SeatPlan, phone: Softphone) -> None:
        for leg in tuple(phone.legs):
            await leg.hang_up()
        if plan.agent_id and self._profile.codes.logout and phone.registered:
            await phone.press(self._profile.codes.logout)
        if phone.registered:
            await phone.unregister()

    async def _attend(self, plan: SeatPlan, phone: Softphone) -> None:
        """End the wrap-up after each talk."""
        code = self._profile.codes.end_wrap_up
        while True:
            leg = await phone.calls.get()
            await leg.ended.wait()
            if not leg.answered.is_set() or not plan.agent_id or not code:
                continue
            await asyncio.sleep(self._profile.wrap_up(self._random))
            try:
                await phone.press(code)
            except (CallFailed, LegEnded, TimeoutError) as error:
                self.faults.append(f"{plan.account}: {code}: {error}")
