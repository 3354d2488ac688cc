"""The agents of a scenario, each kind with its ways: answers, misses, declines, takes breaks, loses the network."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from simulator.agent import UserAgent
from simulator.leg import CallFailed, CallLeg, LegEnded
from simulator.load_profile import SEAT_TONES, SeatCodes, SeatPlan
from simulator.measures.registering import RegisterAttempt
from simulator.media.impaired import Impairment
from simulator.registration import RegistrationFailed
from simulator.scenario.model import AgentKind
from simulator.scenario.part import Part
from simulator.scenario.setting import Setting
from simulator.scenario.steps import SILENCE, SOUND, HangUp, Hear, Mute, Press, Say, Wait
from simulator.scenario.written import Strict
from simulator.seating import Seat, Seating
from simulator.softphone import Behaviour, Reaction, Softphone

KEPT_S = 2.0
RUNG_KEPT_S = 30.0
"""So long after its end it is still known who had a call."""
_MOST_RUNG = 100
_NETWORK_LOST_AFTER = "1-3"
"""So many seconds after the answer, for talks have begun then."""
_NETWORK_BACK_S = 8.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A seat of the crew and the kind of who sits there."""

    phone: Softphone
    kind: str


class Crew:
    """All agents of a run, or of the part of it that this process carries."""

    def __init__(
        self, agent: UserAgent, setting: Setting, plans: Mapping[str, Sequence[SeatPlan]], part: Part | None = None
    ) -> None:
        """``plans`` are the seats of each kind; raises ``ValueError`` when they are fewer than the scenario wants."""
        part = part or Part()
        codes = setting.scenario.codes
        self._setting = setting
        self._seating = Seating(
            agent, SeatCodes(codes.login, codes.ready, codes.end_wrap_up, codes.logout), setting.scenario.seed
        )
        self._placed: list[Placed] = []
        seats: list[Seat] = []
        tones: list[int] = []  # one for each seat of the whole run
        for name, kind in setting.scenario.agents.items():
            have = plans.get(name, ())
            if len(have) < kind.count:
                raise ValueError(f"agents.{name}: {kind.count} are wanted, but there are accounts for {len(have)}")
            for plan in have[: kind.count]:
                tones.append(SEAT_TONES[len(tones) % len(SEAT_TONES)])
                if part.has(len(tones) - 1):
                    seats.append(self._made(agent, name, kind, plan, tones[-1]))
        self._seating.seat(seats)
        self._by_tone: dict[int, list[Placed]] = {}
        for placed in self._placed:
            self._by_tone.setdefault(placed.phone.tone, []).append(placed)
        self.tones = tuple(dict.fromkeys(tones))  # of all agents, wherever they are
        self.offers: Counter[str] = Counter()  # by kind
        self._offered: dict[str, list[float]] = {}  # by the number that phones showed, monotonic
        self._rung: dict[str, tuple[Placed, CallLeg]] = {}  # whose phone showed a number last
        self._most_rung = _MOST_RUNG

    @property
    def faults(self) -> list[str]:
        """What went wrong at seats, in words."""
        return self._seating.faults

    @property
    def ready(self) -> int:
        """How many seats are registered and logged in."""
        return self._seating.ready

    @property
    def doubled(self) -> int:
        """Offers that came to a seat which was in a call already."""
        return self._seating.doubled

    @property
    def registrations(self) -> list[RegisterAttempt]:
        """Every attempt of all phones to register, and to stay so."""
        return self._seating.registrations

    @property
    def crossed(self) -> int:
        """Offers that came just as a seat was dialling a code itself."""
        return self._seating.crossed

    def by_tone(self, tone: int) -> Sequence[Placed]:
        """Return the seats that send a tone."""
        return self._by_tone.get(tone, ())

    def first_offer(self, number: str, since: float) -> float | None:
        """Return when a caller was first offered to anybody after ``since`` (both monotonic), None when never."""
        return next((at for at in self._offered.get(number, ()) if at >= since), None)

    def rung(self, number: str) -> tuple[Placed, CallLeg] | None:
        """Return whose phone showed a number last, with that call; None when it is long over."""
        return self._rung.get(number)

    def taken(self) -> dict[str, int]:
        """Return how many calls each kind has answered."""
        found: Counter[str] = Counter()
        for placed in self._placed:
            found[placed.kind] += placed.phone.taken
        return dict(found)

    async def open(self) -> None:
        """Have everybody logged in and ready."""
        await self._seating.open()

    async def close(self) -> None:
        """Log everybody out."""
        await self._seating.close()

    def _made(self, agent: UserAgent, name: str, kind: AgentKind, plan: SeatPlan, tone: int) -> Seat:
        setting, seed = self._setting, self._setting.scenario.seed
        behaviour = Behaviour(
            Reaction.ANSWER,
            answer_after=lambda generator: setting.seconds(kind.answers_after, generator),
            misses=kind.misses,
            declines=kind.declines,
        )
        phone = Softphone(
            agent, plan.account, plan.secret, tone=tone, behaviour=behaviour, mode=kind.media, keep_s=KEPT_S,
            seed=seed,
        )  # fmt: skip
        self._placed.append(Placed(phone, name))
        seat = Seat(plan, phone, wrap_up=lambda generator: setting.draw(kind.wrap_up, generator))
        ways = Ways(setting, name, kind, seat, self._seating)
        if kind.breaks is not None:
            seat.between = ways.perhaps_rest

        async def counted(leg: CallLeg) -> None:
            self.offers[name] += 1
            self._offered.setdefault(leg.caller_number, []).append(leg.session.invited_at)
            self._remember(Placed(phone, name), leg)
            await ways.offered(leg)

        seat.in_talk = counted
        return seat

    def _remember(self, placed: Placed, leg: CallLeg) -> None:
        self._rung[leg.caller_number] = (placed, leg)
        if len(self._rung) < self._most_rung:
            return
        before = time.monotonic() - RUNG_KEPT_S
        self._rung = {
            number: (who, call) for number, (who, call) in self._rung.items()
            if (call.session.ended_at or before) >= before
        }  # fmt: skip
        self._most_rung = _MOST_RUNG + 2 * len(self._rung)


class Ways:
    """What one agent does in talks and between them."""

    def __init__(self, setting: Setting, name: str, kind: AgentKind, seat: Seat, seating: Seating) -> None:
        self._setting = setting
        self._kind = kind
        self._seat = seat
        self._seating = seating
        self._random = random.Random(f"{setting.scenario.seed}/agents/{name}/{seat.plan.account}")
        self._rests_at: float | None = None

    async def offered(self, leg: CallLeg) -> None:
        """Take part in a call from its offer on."""
        if not (quality := self._setting.quality(self._kind.line)).clean:
            leg.stream.impairment = Impairment(quality, self._random)
        behaving = self._kind.in_talk
        acts = behaving is not None and self._random.random() < behaving.share
        drops_out = self._random.random() < self._kind.loses_network
        if not acts and not drops_out:
            return
        with suppress(CallFailed, LegEnded, TimeoutError, ValueError):
            await leg.wait_answered(3600)
            if drops_out:
                await self._stay(leg, self._setting.seconds(_NETWORK_LOST_AFTER, self._random))
                await self._lose_network()
            elif behaving is not None:
                for step in behaving.steps:
                    await self._do(leg, step)

    async def perhaps_rest(self) -> bool:
        """Take a break when it is time for one; return whether it was."""
        breaks, now = self._kind.breaks, time.monotonic()
        assert breaks is not None
        if self._rests_at is None:
            self._rests_at = now + self._setting.draw(breaks.every, self._random)
        if now < self._rests_at:
            return False
        await self._seating.press(self._seat, breaks.code)
        await asyncio.sleep(self._setting.draw(breaks.lasts, self._random))
        await self._seating.press(self._seat, self._setting.scenario.codes.ready)
        self._rests_at = time.monotonic() + self._setting.draw(breaks.every, self._random)
        return True

    async def _lose_network(self) -> None:
        self._seat.phone.go_silent()
        await asyncio.sleep(_NETWORK_BACK_S)
        for leg in tuple(self._seat.phone.legs):
            leg.session.drop()
        try:
            await self._seat.phone.come_back()
            await self._seating.press(self._seat, self._setting.scenario.codes.ready)
        except RegistrationFailed as error:
            self._seating.faults.append(f"{self._seat.plan.account}: {error}")

    async def _stay(self, leg: CallLeg, seconds: float) -> None:
        with suppress(TimeoutError):
            await leg.wait_ended(seconds)
            raise LegEnded(leg.reason)

    async def _do(self, leg: CallLeg, step: Strict) -> None:
        match step:
            case Wait():
                await self._stay(leg, self._setting.draw(step.wait, self._random))
            case Press():
                await leg.send_digits(step.press)
            case Say():
                await leg.play(self._setting.folder / step.say)
            case Mute():
                leg.be_quiet(quiet=step.mute)
            case HangUp():
                await leg.hang_up()
            case Hear() if step.hear == SOUND:
                await leg.hear_sound(step.within)
            case Hear() if step.hear == SILENCE:
                await leg.hear_silence(timeout=step.within)
            case Hear() if step.hear.isdigit():
                await leg.hear_tone(int(step.hear), step.within)
            case Hear():
                await leg.hear_prompt(self._setting.folder / step.hear, step.within)
