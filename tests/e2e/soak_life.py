"""The lives of a soak's calls: what each does is drawn from a seed, so that a run can be told by its number."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calls.conversation import Happening, State, next_step
from simulator import Behaviour, CallFailed, CallLeg, Department, LegEnded, MediaMode, Reaction, Softphone

if TYPE_CHECKING:
    from conftest import Phones, Site

NUMBER = "12381"
FLOW = f"""
numbers: ["{NUMBER}"]
languages: [zh]
start: person
person: person
steps:
  person: {{do: queue, queue: general, nobody_staffed: end}}
  end: {{do: hangup}}
"""
SUPERVISOR, SUPERVISORS_SEAT = "2090", "1060"
_CALLER, _AGENT, _THIRD = 2400, 700, 2100
_KEPT_S = 1.0  # of audio, of each party: nobody listens to 2,000 calls
_MOST_MOVES = 7
_OVER_S = 20.0  # nobody is left on the line for longer
_LOST_S = 50.0  # ... but where a network is lost
_KEYS = {Happening.HOLD: "*0", Happening.RESUME: "*0", Happening.SWAP: "*6", Happening.MERGE: "*7",
         Happening.COMPLETE: "*8", Happening.DROP: "*9"}  # fmt: skip
_S, _H = State, Happening
_MOVES: dict[State, tuple[Happening, ...]] = {
    _S.TALKING: (_H.HOLD, _H.CONSULT, _H.CONSULT, _H.INVITE, _H.INVITE, _H.TRANSFER, _H.TRANSFER, _H.PARK, _H.TAKE),
    _S.HELD: (_H.RESUME, _H.RESUME, _H.CONSULT, _H.TRANSFER, _H.PARK, _H.TAKE),
    _S.ASKING: (_H.DROP, _H.COMPLETE, _H.RESUME),
    _S.CONSULTING: (_H.SWAP, _H.SWAP, _H.MERGE, _H.MERGE, _H.COMPLETE, _H.DROP, _H.RESUME, _H.TAKE),
    _S.SWAPPED: (_H.SWAP, _H.MERGE, _H.COMPLETE, _H.DROP),
    _S.INVITING: (_H.DROP,),
    _S.MERGED: (_H.DROP, _H.COMPLETE, _H.INVITE, _H.TAKE),
}  # fmt: skip


@dataclass(eq=False)
class Hall:
    """All phones, and whose call rings at which of them."""

    site: "Site"
    phones: "Phones"
    department: Department
    seats: dict[str, Softphone] = field(default_factory=dict)
    lives: dict[str, "Life"] = field(default_factory=dict)  # by the caller's number
    did: Counter[str] = field(default_factory=Counter)
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)  # the supervisor takes one talk at a time
    taken: "asyncio.Queue[CallLeg]" = field(default_factory=asyncio.Queue)  # the supervisor's calls
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def open(self, seats: int) -> None:
        """Log agents in, and the supervisor at the last seat."""
        self.department.answer_after_s = None
        self._tasks.append(asyncio.create_task(self._departments()))
        limit = asyncio.Semaphore(8)

        async def one(i: int) -> None:
            async with limit:
                seat = str(1001 + i)
                last = seat == SUPERVISORS_SEAT
                phone = await self.phones.seat(
                    seat, SUPERVISOR if last else str(2001 + i), tone=_AGENT, ready=not last,
                    behaviour=Behaviour(Reaction.BY_HAND), mode=MediaMode.DIGITS,  # else half the calls a second
                )  # fmt: skip
                self.seats[seat] = phone
                self._tasks.append(asyncio.create_task(self._rings(seat, phone)))

        await asyncio.gather(*(one(i) for i in range(seats)))
        self._tasks.append(asyncio.create_task(self._wake()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _departments(self) -> None:
        while True:
            self._comes(await self.department.calls.get(), "")

    async def _rings(self, seat: str, phone: Softphone) -> None:
        while True:
            leg = await phone.calls.get()
            if seat == SUPERVISORS_SEAT:
                leg.answer()
                self.taken.put_nowait(leg)
            else:
                self._comes(leg, seat)

    def _comes(self, leg: CallLeg, seat: str) -> None:
        life = self.lives.get(leg.caller_number)
        if life is None:
            leg.reject(486)
        else:
            life.rung(leg, seat)

    async def _wake(self) -> None:
        """Agents who were put on a break, for they missed calls, are ready again."""
        while True:
            await asyncio.sleep(2)
            rows = await asyncio.to_thread(self.site.api, "agents")
            for row in rows:
                if row["state"] == "break" and row["agent"] != SUPERVISOR:
                    await self.site.told("agent", {"agent": row["agent"], "by": "supervisor soak", "act": "ready"})

    def idle_seat(self, rng: random.Random) -> str:
        """A seat whose phone does nothing."""
        return rng.choice([seat for seat, phone in self.seats.items() if not phone.legs and seat != SUPERVISORS_SEAT])


@dataclass(eq=False)
class Life:
    """One call, from the caller's dialling to the last one's hang-up."""

    hall: Hall
    number: str
    rng: random.Random  # what is done
    luck: random.Random  # how those react who are rung
    caller: CallLeg = field(init=False)
    agent: CallLeg | None = None
    seat: str = ""
    third: CallLeg | None = None
    state: State | None = None  # None: no agent is there
    ending: str = ""
    lossy: bool = False
    unsent_s: float = 0.0  # nobody sent anything for so long while it lasted, for this machine was too busy
    away: set[CallLeg] = field(default_factory=set)  # whose network is gone
    legs: list[CallLeg] = field(default_factory=list)
    departments: list[str] = field(default_factory=lambda: ["department:water", "department:housing_fund"])
    _work: set["asyncio.Task[None]"] = field(default_factory=set)

    # -- who is rung -----------------------------------------------------------------------------------------------

    def rung(self, leg: CallLeg, seat: str) -> None:
        """Somebody's phone rings for this call."""
        self.legs.append(leg)
        task = asyncio.create_task(self._react(leg, seat))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _react(self, leg: CallLeg, seat: str) -> None:
        chance, after_s = self.luck.random(), self.luck.uniform(0.1, 1.0)
        with suppress(TimeoutError):
            await leg.wait_ended(after_s)
        if leg.ended.is_set() or chance < 0.04:  # whom nobody answers is given up, or rings until this call's end
            return
        if chance < 0.11:
            self.did["refuses"] += 1
            leg.reject(self.luck.choice((486, 603)))
            return
        leg.answer()
        if seat and (self.state is None or self.agent is None or self.agent.ended.is_set()):
            self._has(leg, seat)
        else:
            self.third = leg
            step = None if self.state is None else next_step(self.state, Happening.THIRD_ANSWERED)
            self.state = step[1] if step else self.state

    def _has(self, leg: CallLeg, seat: str) -> None:
        self.agent, self.seat, self.third, self.state = leg, seat, None, State.TALKING

    @property
    def did(self) -> Counter[str]:
        return self.hall.did

    # -- a life ----------------------------------------------------------------------------------------------------

    async def live(self) -> str:
        """Live it; return what is wrong, "" for nothing. ``ending`` says how it ended."""
        phones, before = self.hall.phones, self.hall.phones.media.ticker.skipped_s
        self.caller = await phones.agent.call(NUMBER, number=self.number, tone=_CALLER, keep_s=_KEPT_S)
        self.legs.append(self.caller)
        try:
            await self.caller.wait_answered(20)
            await self._moves()
        except (CallFailed, LegEnded):
            self.ending = self.ending or "ended by itself"
        except TimeoutError:
            return f"not answered, {self.caller!r}"
        wrong = await self._over()
        self.unsent_s = phones.media.ticker.skipped_s - before
        for task in tuple(self._work):
            task.cancel()
        return wrong

    async def _moves(self) -> None:
        if self.rng.random() < 0.08:  # before an agent answers
            await asyncio.sleep(self.rng.uniform(0.1, 1.2))
            await self._leaves("caller", self.caller)
            return
        for _ in range(_MOST_MOVES):
            await self._somebody_there()
            with suppress(TimeoutError):
                await self.caller.wait_ended(self.rng.uniform(0.4, 1.6))
            if self.caller.ended.is_set():
                self.ending = self.ending or "the others left"
                return
            if self.rng.random() < 0.25:
                if await self._end():
                    return
            elif self.state in _MOVES and self.agent is not None and not self.agent.ended.is_set():
                await self._move(self.rng.choice(_MOVES[self.state]))
            self._look()
        await self._leaves("caller", self.caller)

    async def _somebody_there(self) -> None:
        """Wait until the caller has somebody, or for long enough."""
        for _ in range(60):
            if any(leg and leg.answered.is_set() and not leg.ended.is_set() for leg in (self.agent, self.third)):
                return
            if self.caller.ended.is_set():
                return
            await asyncio.sleep(0.1)

    def _look(self) -> None:
        """See who has gone meanwhile."""
        if self.third is not None and self.third.ended.is_set():
            self.third = None
            if self.state in (_S.CONSULTING, _S.SWAPPED, _S.MERGED):
                self.state = State.TALKING
        if self.state is _S.ASKING and self.third is None and not self._is_rung():
            self.state = State.TALKING
        if self.agent is not None and self.agent.ended.is_set():
            self.agent, self.state = None, None

    def _is_rung(self) -> bool:
        return any(not leg.answered.is_set() and not leg.ended.is_set() for leg in self.legs)

    # -- moves -----------------------------------------------------------------------------------------------------

    async def _move(self, kind: Happening) -> None:
        assert self.agent is not None
        if self.rng.random() < 0.12:
            kind_named = "pause"
            with suppress(LegEnded, ValueError):
                await self.agent.send_digits("*2")
        elif kind is _H.TAKE:
            kind_named = "supervisor busy" if self.hall.taking.locked() else await self._taken_over()
        elif kind is _H.PARK:
            kind_named = await self._parked()
        elif kind in _KEYS and self.rng.random() < 0.5:
            kind_named = f"{kind} by key"
            with suppress(LegEnded, ValueError):
                await self.agent.send_digits(_KEYS[kind])
            step = next_step(self.state, kind) if self.state else None
            self.state = step[1] if step else self.state
        else:
            told = await self._ordered(kind, self._target(kind))
            kind_named = f"{kind}" if told["ok"] else f"{kind} refused"
        self.did[kind_named] += 1

    def _target(self, kind: Happening) -> str:
        if kind not in (_H.CONSULT, _H.INVITE, _H.TRANSFER):
            return ""
        colleague = f"agent:{int(self.hall.idle_seat(self.rng)) + 1000}"
        elsewhere = ["queue:general", "menu"] * (kind is _H.TRANSFER)
        target = self.rng.choice([*self.departments, colleague, *elsewhere])
        if target in self.departments:
            self.departments.remove(target)  # a department is one party, however many of its telephones are in a call
        return target

    async def _ordered(self, act: Happening, to: str = "") -> dict[str, Any]:
        order = {"act": act.value, "call": f"seat:{self.seat}", "to": to, "by": "soak"}
        told: dict[str, Any] = await self.hall.site.told("talk", order)
        if told["ok"] and told["state"]:
            self.state = State(told["state"])
        return told

    async def _parked(self) -> str:
        told = await self._ordered(_H.PARK)
        if not told["ok"]:
            return "park refused"
        self.agent, self.state = None, None
        await asyncio.sleep(self.rng.uniform(0.2, 1.5))
        chance = self.rng.random()
        if chance < 0.2:
            await self._leaves("caller, parked", self.caller)
            return "park, hangs up"
        if chance < 0.3:
            with suppress(TimeoutError):
                await self.caller.wait_ended(26)
            return "park, time over"
        seat = self.hall.idle_seat(self.rng)
        leg = await self.hall.seats[seat].dial(f"*17{told['number']}")
        self.legs.append(leg)
        with suppress(CallFailed, TimeoutError):
            await leg.wait_answered(10)
            self._has(leg, seat)
        return "park, picked up"

    async def _taken_over(self) -> str:
        async with self.hall.taking:
            while not self.hall.taken.empty():
                self.hall.taken.get_nowait()
            told = await self.hall.site.told("take", {"seat": self.seat, "at": SUPERVISORS_SEAT, "by": "soak"})
            if not told["ok"]:
                return f"take: {told['result']}"
            async with asyncio.timeout(5):
                leg = await self.hall.taken.get()
            self.legs.append(leg)
            self._has(leg, SUPERVISORS_SEAT)
            with suppress(TimeoutError):
                await leg.wait_ended(self.rng.uniform(1.0, 2.5))
            await leg.hang_up()
            self.ending = "supervisor hangs up"
            await self.hall.site.eventually(lambda: not self.hall.site.agent(SUPERVISOR)["call"])  # the next may
        return "take"

    # -- endings ---------------------------------------------------------------------------------------------------

    async def _end(self) -> bool:
        """Somebody leaves; return whether that was the caller."""
        there = {"caller": self.caller, "agent": self.agent, "third": self.third}
        up = {who: leg for who, leg in there.items() if leg and leg.answered.is_set() and not leg.ended.is_set()}
        who = self.rng.choice(sorted(up))
        name = f"{who}, {self.state or 'without an agent'}"
        if self.rng.random() < 0.02:
            self.lossy, self.ending = True, f"{name}, lost"
            up[who].play_dead()
            self.away.add(up[who])
        else:
            await self._leaves(name, up[who])
        if who == "agent":
            self.agent, self.state = None, None
        elif who == "third":
            self.third = None
        if self.lossy:  # nobody is told sooner
            with suppress(TimeoutError):
                await self.caller.wait_ended(_LOST_S if who == "caller" else 33)
        return who == "caller"

    async def _leaves(self, who: str, leg: CallLeg) -> None:
        self.ending = who
        await leg.hang_up()

    async def _over(self) -> str:
        """Return who is left on the line though the caller is not, "" for nobody."""
        lasts_s = _LOST_S if self.lossy else _OVER_S
        if not self.caller.ended.is_set() and self.caller not in self.away:
            with suppress(TimeoutError):
                await self.caller.wait_ended(_OVER_S)
            await self.caller.hang_up()
        for leg in self.legs:
            if leg in self.away:
                continue
            try:
                await leg.wait_ended(lasts_s)
            except TimeoutError:
                left = "caller" if leg is self.caller else leg.called_number
                await leg.hang_up()
                return f"{self.ending}: {left} was left on the line"
        return ""
