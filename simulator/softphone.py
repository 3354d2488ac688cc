"""A seat's phone: registers, rings, is answered or not, dials."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.agent import Listener, UserAgent
from simulator.lamp import Lamp
from simulator.leg import CallLeg, LegEnded
from simulator.measures.registering import RegisterAttempt
from simulator.media.stream import MediaMode
from simulator.plumbing import EndedBy
from simulator.random_times import Duration, constant
from simulator.registration import Registration
from simulator.sip.digest import Credentials

BUSY, DECLINED = 486, 603
ASKS_AGAIN_S = 5.0
"""Who says something to the last entry of a login and is then silent for so long on the line, wants another one."""


class NotAccepted(Exception):
    """A login was not taken: the text says which, and of whom."""


class Reaction(StrEnum):
    """What the phone does with an incoming call."""

    ANSWER = "answer"  # after some seconds of ringing
    RING = "ring"  # rings and is never picked up
    BUSY = "busy"  # 486
    DECLINE = "decline"  # 603
    BY_HAND = "by_hand"  # rings; whoever takes it from ``next_call`` decides


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a phone's owner behaves."""

    reaction: Reaction = Reaction.ANSWER
    answer_after: Duration = field(default_factory=lambda: constant(0.5))
    talk: Duration | None = None  # hangs up after so long; None: waits for the other side to
    one_call_at_a_time: bool = True  # a second call is answered 486
    misses: float = 0.0  # part of the calls that would be answered, but ring out
    declines: float = 0.0  # part of them that are declined

    def draw(self, generator: random.Random) -> Reaction:
        """Return what happens to the next call."""
        if self.reaction is not Reaction.ANSWER or not (self.misses or self.declines):
            return self.reaction
        chance = generator.random()
        if chance < self.misses:
            return Reaction.RING
        return Reaction.DECLINE if chance < self.misses + self.declines else Reaction.ANSWER


class Softphone:
    """One account on a user agent. Made by its constructor alone; ``register`` makes it reachable."""

    def __init__(
        self,
        agent: UserAgent,
        account: str,
        secret: str,
        *,
        tone: int = 1000,
        behaviour: Behaviour | None = None,
        mode: MediaMode = MediaMode.FULL,
        keep_s: float | None = None,
        expires: int = 300,
        seed: int = 0,
        knows_options: bool = True,
    ) -> None:
        """``knows_options``: whether the phone answers OPTIONS, by which a registrar sees whether it is still there."""
        self.account = account
        self.tone = tone
        self.behaviour = behaviour or Behaviour()
        self.legs: list[CallLeg] = []  # calls that are up or ringing
        self.taken = 0  # calls answered
        self.doubled = 0  # calls that came while another was up: a hotline should never do that
        self.crossed = 0  # calls that came just as this phone was dialling itself: nobody's fault
        self.free_at: float | None = None  # since when who sits here has nothing to do (monotonic), as ``Seating`` sees
        self._dialled: set[CallLeg] = set()
        self.calls: asyncio.Queue[CallLeg] = asyncio.Queue()
        self.lamp = Lamp()  # of waiting messages, as last told
        self._agent = agent
        self._credentials = Credentials(account, secret)
        self._registration = Registration(agent, self._credentials, expires)
        self._mode = mode
        self._keep_s = keep_s
        self._random = random.Random(f"{seed}/{account}")
        self._listener = Listener(self._incoming, tone=tone, mode=mode, keep_s=keep_s, credentials=self._credentials)
        self._listener.refuses = self._refuses
        self._listener.knows_options = knows_options
        self._listener.lamp = self._light
        agent.listen(account, self._listener)

    @property
    def registered(self) -> bool:
        """Whether the registrar holds a binding of ours, as far as we know."""
        return self._registration.granted > 0

    @property
    def registrations(self) -> list[RegisterAttempt]:
        """Every attempt to register, and to stay so."""
        return self._registration.attempts

    @property
    def silent(self) -> bool:
        """Whether the phone plays dead."""
        return self._listener.silent

    async def register(self) -> None:
        """Register and keep it refreshed. Raises ``RegistrationFailed``."""
        await self._registration.register()

    async def unregister(self) -> None:
        """Take the registration back. Raises ``RegistrationFailed``."""
        await self._registration.unregister()

    def answer_no_options(self) -> None:
        """Answer OPTIONS no longer, and everything else as before: a machine that is too busy for them."""
        self._listener.knows_options = False

    def go_silent(self) -> None:
        """Play dead, as a phone whose cable was pulled: no answers, no refreshes, no audio; nothing is said."""
        self._listener.silent = True
        self._registration.stop()
        for leg in self.legs:
            leg.play_dead()

    async def come_back(self) -> None:
        """Answer again and register anew; calls that were up are lost."""
        self._listener.silent = False
        await self.register()

    async def next_call(self, timeout: float = 10.0) -> CallLeg:
        """Return the next incoming call; raises ``TimeoutError``."""
        async with asyncio.timeout(timeout):
            return await self.calls.get()

    async def dial(self, number: str, *, headers: dict[str, str] | None = None) -> CallLeg:
        """Call a number or feature code from this seat (with digest) and return at once."""
        leg = await self._agent.call(
            number,
            number=self.account,
            tone=self.tone,
            mode=self._mode,
            keep_s=self._keep_s,
            credentials=self._credentials,
            headers=headers,
        )
        self._dialled.add(leg)
        self._follow(leg)
        return leg

    async def press(
        self, code: str, *entries: str, timeout: float = 20.0, settle_s: float = 0.6, asks_again_s: float | None = None
    ) -> CallLeg:
        """Dial a feature code, give each entry once a prompt is heard, wait for the end; return the ended leg.

        Entries are digits such as ``2001#``. The far end is expected to hang up; at ``timeout`` (seconds in all) we
        do, or, with ``asks_again_s``, as soon as something was said to the last entry and then nothing for so long.
        Raises ``CallFailed`` when the code is not answered, ``LegEnded`` when it hangs up before all is entered.
        """
        leg = await self.dial(code)
        try:
            async with asyncio.timeout(timeout):
                await leg.wait_answered(timeout)
                for entry in entries:
                    await leg.hear_sound(timeout)
                    await leg.send_digits(entry)
                    await asyncio.sleep(settle_s)
                if asks_again_s is None:
                    await leg.ended.wait()
                    return leg
                with suppress(LegEnded):  # hung up, as it is expected to
                    await leg.hear_sound(timeout)
                    await leg.hear_silence(asks_again_s, timeout)
        except TimeoutError:
            pass
        finally:
            await leg.hang_up()
        return leg

    async def login(
        self, agent_id: str, pin: str, *, code: str = "*11", ready_code: str = "*12", timeout: float = 20.0
    ) -> None:
        """Log a person in at this seat and make them ready, by feature codes (``ready_code`` "" leaves that out).

        Raises ``NotAccepted``: who takes a login hangs up, who does not asks again. ``CallFailed`` as ``press`` does.
        """
        try:
            leg = await self.press(code, f"{agent_id}#", f"{pin}#", timeout=timeout, asks_again_s=ASKS_AGAIN_S)
        except LegEnded as error:
            raise NotAccepted(f"{code} was not accepted (agent {agent_id}): hung up before all was entered") from error
        if leg.ended_by is not EndedBy.PEER:
            why = "it asks again: are agent and PIN right?" if leg.answered.is_set() else f"no answer in {timeout:g} s"
            raise NotAccepted(f"{code} was not accepted (agent {agent_id}): {why}")
        if ready_code:
            await self.press(ready_code, timeout=timeout)

    def _light(self, lamp: Lamp) -> None:
        self.lamp = lamp

    def _follow(self, leg: CallLeg) -> None:
        self.legs.append(leg)
        self._agent.spawn(self._until_over(leg))

    async def _until_over(self, leg: CallLeg) -> None:
        await leg.ended.wait()
        self.legs.remove(leg)
        self._dialled.discard(leg)

    def _refuses(self) -> int:
        up = [leg for leg in self.legs if not leg.ended.is_set()]  # one just hung up may still be in the list
        if not up:
            return 0
        if all(leg in self._dialled for leg in up):
            self.crossed += 1
        else:
            self.doubled += 1
        return BUSY if self.behaviour.one_call_at_a_time else 0

    async def _incoming(self, leg: CallLeg) -> None:
        behaviour = self.behaviour
        if leg.ended.is_set():
            return
        self._follow(leg)
        self.calls.put_nowait(leg)
        match behaviour.draw(self._random):
            case Reaction.BUSY:
                leg.reject(BUSY)
            case Reaction.DECLINE:
                leg.ring()
                leg.reject(DECLINED)
            case Reaction.RING | Reaction.BY_HAND:
                leg.ring()
            case Reaction.ANSWER:
                await self._answer(leg, behaviour)

    async def _answer(self, leg: CallLeg, behaviour: Behaviour) -> None:
        leg.ring()
        try:
            await leg.wait_ended(behaviour.answer_after(self._random))
        except TimeoutError:
            leg.answer()
        if not leg.answered.is_set():
            return
        self.taken += 1
        if behaviour.talk is None:
            return
        try:
            await leg.wait_ended(behaviour.talk(self._random))
        except TimeoutError:
            await leg.hang_up()
