"""Talks in every state, many at once: caller, agent and department or colleague, brought there by orders, watched by
tones."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from talk_ears import MUSIC, heard

from calls.conversation import State
from calls.endings import ThirdIs
from simulator import Behaviour, CallLeg, Department, Reaction, Softphone

if TYPE_CHECKING:
    from conftest import Phones, Site

CALLER, AGENT, THIRD, SUPERVISOR = 2400, 700, 2100, 1750
_RINGBACK = 450  # asterisk-config/indications.conf.j2
_NAMES = {CALLER: "caller", AGENT: "agent", THIRD: "third", SUPERVISOR: "supervisor"}
NUMBER = "12380"
FLOW = f"""
numbers: ["{NUMBER}"]
languages: [zh]
start: person
person: person
steps:
  person: {{do: queue, queue: unhurried, nobody_staffed: end}}
  end: {{do: hangup}}
"""
_BY_HAND = Behaviour(Reaction.BY_HAND)


@dataclass(eq=False)
class Scene:
    """One call, and whoever has a part in it."""

    site: "Site"
    number: str
    caller: CallLeg
    agent_id: str = ""
    phone: Softphone | None = None
    agent: CallLeg | None = None
    third: CallLeg | None = None
    colleague: str = ""  # the third, when that is an agent, by id
    supervisor: CallLeg | None = None
    call: str = ""
    away: set[str] = field(default_factory=set)  # whose network is gone
    unsent_s: float = 0.0  # of the simulated phones until it began: this machine was too busy to send for so long

    @property
    def there(self) -> dict[str, CallLeg]:
        """Who is on the line."""
        legs = {"caller": self.caller, "agent": self.agent, "third": self.third, "supervisor": self.supervisor}
        return {name: leg for name, leg in legs.items() if leg and name not in self.away and not leg.ended.is_set()}

    async def order(self, act: str, to: str = "") -> None:
        """Order something in the talk, as ``hotline call`` does."""
        told = await self.told(act, to)
        assert told["ok"], told

    async def told(self, act: str, to: str = "") -> Any:
        """The same for an order that may be refused: return what the service tells of it."""
        return await self.site.told("talk", {"act": act, "call": self.call, "to": to, "by": "test"})

    async def state(self, *wanted: str, timeout: float = 20) -> None:
        """Wait until the agent is in this state."""
        await self._is(self.agent_id, wanted, timeout)

    async def colleague_state(self, wanted: str, timeout: float = 20) -> None:
        """Wait until the colleague who is the third is in this state."""
        await self._is(self.colleague, (wanted,), timeout)

    async def _is(self, agent: str, wanted: tuple[str, ...], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while (now := self.site.agent(agent)["state"]) not in wanted:
            assert time.monotonic() < deadline, f"{self.number}: agent {agent} is {now}, not {wanted}"
            await asyncio.sleep(0.2)

    async def hear_each_other(self, wanted: str, timeout: float = 40) -> None:
        """Wait until those of ``wanted`` hear each other's tones, and nobody else is heard by anybody."""
        pair = set(wanted.split())
        await self.hears({name: pair - {name} for name in pair}, timeout)

    async def hears(self, wanted: Mapping[str, set[str]], timeout: float = 40) -> None:
        """Wait until those who are named hear the tones of these, and all others nobody's; music is not looked at."""
        deadline = time.monotonic() + timeout
        while True:
            since = time.monotonic()
            await asyncio.sleep(0.7)
            told = {n: heard(leg, _NAMES, since) - {n, MUSIC} for n, leg in self.there.items()}
            if told == {n: set() for n in told} | dict(wanted):
                return
            assert time.monotonic() < deadline, f"{self.number}: wanted {wanted}, heard {told}"

    async def hearing(self, wanted: str, music: str = "", timeout: float = 40, *, ringback: str = "") -> None:
        """Wait until those of ``wanted`` hear each other and nothing else, those of ``music`` hear music, the one of
        ``ringback`` hears a phone ring, and all others hear nothing at all."""
        pair, lone = set(wanted.split()), set(music.split())
        told = dict[str, set[str]]()
        deadline = time.monotonic() + timeout
        while True:
            since = time.monotonic()
            await asyncio.sleep(0.7)
            told = {n: heard(leg, _NAMES, since) - {n} for n, leg in self.there.items() if n != ringback}
            right = {n: pair - {n} if n in pair else {MUSIC} if n in lone else set() for n in told}
            if told == right and pair | lone <= set(told):
                break
            assert time.monotonic() < deadline, f"{self.number}: wanted {wanted!r}, music {music!r}, heard {told}"
        if ringback:
            await self.there[ringback].hear_tone(_RINGBACK, 10)

    async def hang_up(self) -> None:
        """Everybody hangs up."""
        for leg in self.there.values():
            with contextlib.suppress(Exception):
                await leg.hang_up()


@dataclass
class Stage:
    """The seats, the departments' exchange, and whose call is at which of them."""

    site: "Site"
    phones: "Phones"
    department: Department
    seats: dict[str, Softphone] = field(default_factory=dict)  # agent -> phone
    _third: dict[str, "asyncio.Queue[CallLeg]"] = field(default_factory=dict)
    _agent: dict[str, "asyncio.Queue[tuple[str, CallLeg]]"] = field(default_factory=dict)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def open(self, first: int, count: int) -> None:
        """Log agents in, and let departments ring until a test answers."""
        self.department.answer_after_s = None
        self._tasks.append(asyncio.create_task(self._departments()))
        limit = asyncio.Semaphore(8)

        async def one(i: int) -> None:
            async with limit:
                agent = str(2000 + i)
                self.seats[agent] = await self.phones.seat(str(1000 + i), agent, tone=AGENT, behaviour=_BY_HAND)
                self._tasks.append(asyncio.create_task(self._calls(agent, self.seats[agent])))

        await asyncio.gather(*(one(i) for i in range(first, first + count)))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _departments(self) -> None:
        while True:
            leg = await self.department.calls.get()
            self._third.setdefault(leg.caller_number, asyncio.Queue()).put_nowait(leg)

    async def _calls(self, agent: str, phone: Softphone) -> None:
        while True:
            leg = await phone.calls.get()
            if leg.caller_number in self._agent:
                self._agent[leg.caller_number].put_nowait((agent, leg))

    async def taken_by_another(self, scene: Scene, timeout: float = 60) -> None:
        """Whoever is rung for the caller now answers, and is the scene's agent from now on."""
        async with asyncio.timeout(timeout):
            scene.agent_id, scene.agent = await self._agent[scene.number].get()
            while scene.agent.ended.is_set():  # it has rung in vain meanwhile
                scene.agent_id, scene.agent = await self._agent[scene.number].get()
        scene.phone = self.seats[scene.agent_id]
        scene.away.discard("agent")
        scene.agent.answer()
        await scene.caller.hear_tone(AGENT, 20)
        await scene.state("talking")

    async def third_of(self, number: str) -> CallLeg:
        """The next call to a department about this caller."""
        async with asyncio.timeout(20):
            return await self._third.setdefault(number, asyncio.Queue()).get()

    async def agent_brought_in(self, number: str) -> tuple[str, CallLeg]:
        """The next agent who is rung about a caller with whom somebody talks already."""
        async with asyncio.timeout(20):
            return await self._agent[number].get()

    async def ringing(self, number: str, *, to: str = NUMBER) -> Scene:
        """A caller is offered to an agent, whose phone rings."""
        offers = self._agent[number] = asyncio.Queue()
        unsent_s = self.phones.media.ticker.skipped_s
        scene = Scene(self.site, number, await self.phones.call(number, to=to, tone=CALLER), unsent_s=unsent_s)
        async with asyncio.timeout(20):
            scene.agent_id, scene.agent = await offers.get()
        scene.phone = self.seats[scene.agent_id]
        return scene

    async def is_taken(self, scene: Scene, timeout: float = 40) -> None:
        """Whoever is rung for this caller answers, also who is rung anew; the two hear each other."""
        since = time.monotonic()
        async with asyncio.timeout(timeout):
            while not scene.caller.heard_tones([AGENT], since=since):
                assert scene.agent is not None
                if scene.agent.ended.is_set():
                    scene.agent_id, scene.agent = await self._agent[scene.number].get()
                elif not scene.agent.answered.is_set():
                    scene.agent.answer()
                await asyncio.sleep(0.2)
        await scene.state("talking")
        await scene.hearing("caller agent")

    async def scene(
        self, number: str, state: State | None, *, to: str = NUMBER, third: ThirdIs = ThirdIs.DEPARTMENT
    ) -> Scene:
        """A call in this state; None: it rings at the agent's."""
        scene = await self.ringing(number, to=to)
        if state is not None and scene.agent is not None:
            scene.agent.answer()
            await scene.caller.hear_tone(AGENT, 20)
        await scene.state("ringing" if state is None else "talking")
        scene.call = self.site.agent(scene.agent_id)["call"]
        if state in (State.HELD,):
            await scene.order("hold")
        if state in (State.ASKING, State.CONSULTING, State.SWAPPED):
            await self._bring_in(scene, "consult", third)
        if state in (State.INVITING, State.MERGED, State.HANDED_OVER):
            await self._bring_in(scene, "invite", third)
        if scene.third is not None and state not in (State.ASKING, State.INVITING):
            scene.third.answer()
            await scene.third.hear_tone(AGENT, 20)
        if state is State.SWAPPED:
            await scene.order("swap")
        if state is State.HANDED_OVER:
            await scene.order("complete")
            await scene.state("wrap_up")
        return scene

    async def _bring_in(self, scene: Scene, act: str, third: ThirdIs) -> None:
        """Have a department rung, or whoever of the agents is free."""
        if third is ThirdIs.DEPARTMENT:
            await scene.order(act, "department:water")
            scene.third = await self.third_of(scene.number)
            return
        async with asyncio.timeout(20):
            await self.site.eventually(lambda: self._brings_colleague_in(scene, act), 20)
        scene.third = await self.colleague_of(scene)

    async def colleague_of(self, scene: Scene) -> CallLeg:
        """The colleague who is rung about this caller now: the scene's from now on."""
        async with asyncio.timeout(20):
            scene.colleague, leg = await self._agent[scene.number].get()
        leg.say_tone(THIRD)
        return leg

    async def _brings_colleague_in(self, scene: Scene, act: str) -> bool:
        """Have anybody rung who is ready; False: nobody is, or a caller was faster."""
        ready = [row["agent"] for row in self.site.api("agents") if row["state"] == "ready"]
        return bool(ready) and bool((await scene.told(act, f"agent:{ready[0]}"))["ok"])
