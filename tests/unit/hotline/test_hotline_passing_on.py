"""Parked callers and talks that supervisors take over: nobody at a phone waits for a caller who does not come."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agents import AgentState, Floor, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from calls import AgentId, Call, CallerHungUp, CallId, ChannelId, ManualClock, MemoryTimeline, SeatId
from calls.conversation import Happening
from calls.standing import Standing
from calls.talk_events import Unparked
from calls.targets import Kind, Target
from hotline.audit import AuditLog
from hotline.parking import Park, Takers
from hotline.passing_on import PassingOn
from hotline.picking_up import PickingUp
from hotline.taking_over import TakingOver
from recorder import RecordingFolder
from telephony.conversation import WishRefused

DIRECTORY = parse_directory(
    """
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}, wrap_up_s: 15}}
people:
  2001: {name: 甲, skills: {general: 3}}
  2090: {name: 乙, role: supervisor, skills: {general: 3}}
  2091: {name: 丙, role: supervisor, skills: {general: 3}}
""",
    "directory.yaml",
)
AGENT, BOSS, OTHER_BOSS = AgentId("2001"), AgentId("2090"), AgentId("2091")
SEAT, BOSS_SEAT, OTHER_SEAT = SeatId("1001"), SeatId("1002"), SeatId("1003")
CALL = CallId("a1-1.1")


class _Line:
    """A line; who owns it may hang up."""

    def __init__(self) -> None:
        self.call = Call(CALL, ChannelId("a1", "1.1"), "13800000001", "", "12345", 0.0)
        self.gone = asyncio.Event()
        self.said: list[str] = []
        self.at_music: Callable[[], Awaitable[None]] | None = None

    async def music(self, *, on: bool) -> None:
        assert on
        if self.at_music is not None:
            await self.at_music()
        self._check()

    async def next_digit(self) -> str:
        await self.gone.wait()
        raise CallerHungUp

    async def wait_gone(self) -> None:
        await self.gone.wait()

    async def answer(self) -> None:
        self._check()

    async def play(self, sounds: list[str]) -> None:
        self.said += sounds

    async def hang_up(self) -> None:
        self.gone.set()

    async def set_variable(self, name: str, value: str) -> None:
        assert (name, value) == ("HOTLINE_CALL", CALL)
        self._check()

    def _check(self) -> None:
        if self.gone.is_set():
            raise CallerHungUp


class _Talk:
    """An agent's talk, which takes orders or refuses them."""

    agent = AGENT

    def __init__(self) -> None:
        self.refuses = False
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.to: list[Target | None] = []

    async def order(self, kind: Happening, target: Target | None, by: str) -> None:
        assert (kind, by[:11]) == (Happening.TAKE, "supervisor:")
        self.to.append(target)
        self.begun.set()
        await self.may_end.wait()
        if self.refuses:
            raise WishRefused("the talk is over")


class _World:
    def __init__(self, folder: Path, spots: int = 9) -> None:
        self.clock = ManualClock(1000.0)
        pins = PinGuard({AGENT: "1111", BOSS: "2222", OTHER_BOSS: "3333"})
        self.floor = Floor(DIRECTORY, pins, self.clock, MemoryAgentJournal())
        for who, seat, pin in ((AGENT, SEAT, "1111"), (BOSS, BOSS_SEAT, "2222"), (OTHER_BOSS, OTHER_SEAT, "3333")):
            self.floor.login(who, seat, pin)
        self.park, self.takers = Park(spots, 60.0, self.clock), Takers()
        self.book = MemoryTimeline()
        self.going: dict[CallId, Target] = {}
        talks: Any = SimpleNamespace(
            park=self.park, takers=self.takers, passes_on=self.going.__setitem__,
            destination=lambda call: self.going.pop(call, None),
        )  # fmt: skip
        desks: Any = SimpleNamespace(
            talks=talks, floor=self.floor, recordings=RecordingFolder(folder, ZoneInfo("Asia/Shanghai"))
        )
        timelines: Any = SimpleNamespace(append=self.book.append, standing=lambda _call: Standing())
        self.passing = PassingOn(desks, timelines, self.clock, None)  # type: ignore[arg-type]
        self.picking: Any = PickingUp(
            self.park, self.floor, self.clock, voice=lambda phrase, _language: [phrase],  # type: ignore[arg-type,list-item,return-value]
            ring_seat=None, number="12345",  # type: ignore[arg-type]
        )  # fmt: skip
        self.talk = _Talk()
        talks_there: Any = SimpleNamespace(conversations=lambda: {CALL: self.talk})
        self.taking: Any = TakingOver(talks_there, self.takers, self.floor, AuditLog(folder / "audit", self.clock))

    def state(self, who: AgentId) -> AgentState:
        standing = self.floor.standing(who)
        assert standing is not None
        return standing.state


@pytest.fixture
def world(tmp_path: Path) -> _World:
    return _World(tmp_path)


async def test_who_picks_up_a_caller_who_is_just_leaving_hears_so_and_is_free_again(world: _World) -> None:
    caller: Any = _Line()
    phone = _Line()
    picks: list[asyncio.Task[str]] = []

    async def pick_up_and_leave() -> None:
        picks.append(asyncio.ensure_future(world.picking._take(phone, BOSS, BOSS_SEAT, world.park.find("1"))))
        await asyncio.sleep(0)
        assert world.state(BOSS) is AgentState.TALKING
        caller.gone.set()

    caller.at_music = pick_up_and_leave
    world.going[CALL] = world.park.reserve(CALL, AGENT)
    with pytest.raises(CallerHungUp):
        await world.passing.follow(caller)
    assert await asyncio.wait_for(picks[0], 5) == "park.gone"
    assert world.state(BOSS) is not AgentState.TALKING
    assert world.park.find("") is None
    assert [event.reason for event in world.book.events if isinstance(event, Unparked)] == ["hung_up"]


async def test_nobody_can_pick_up_a_caller_whose_hang_up_is_not_yet_looked_at(world: _World) -> None:
    world.park.reserve(CALL, AGENT)
    spot = world.park.take_place(CALL, 1, "general", "")
    assert spot.free_to_take
    assert world.park.leave(spot) is None
    assert not spot.free_to_take
    phone = _Line()
    assert await world.picking._take(phone, BOSS, BOSS_SEAT, spot) == "park.gone"
    assert world.state(BOSS) is not AgentState.TALKING


async def test_a_caller_whose_place_was_given_away_waits_in_the_queue(tmp_path: Path) -> None:
    world = _World(tmp_path, spots=1)
    caller: Any = _Line()
    world.going[CALL] = world.park.reserve(CALL, AGENT)
    world.clock.advance(31.0)
    world.park.reserve(CallId("a1-2.2"), AGENT)
    assert await world.passing.follow(caller) == Target(Kind.QUEUE, "")


async def test_a_parked_caller_of_a_former_service_for_whom_no_place_is_left_waits_in_the_queue(tmp_path: Path) -> None:
    world = _World(tmp_path, spots=1)
    caller: Any = _Line()
    world.park.reserve(CallId("a1-2.2"), AGENT)
    await world.passing.park_again(caller, Standing(agent=AGENT, parked=1, parked_until=1030.0))
    assert await world.passing.follow(caller) == Target(Kind.QUEUE, "")


async def test_a_supervisor_who_hangs_up_before_the_talk_is_theirs_does_not_count_as_talking(world: _World) -> None:
    phone = _Line()
    phone.gone.set()
    with pytest.raises(CallerHungUp):
        await world.taking.take(phone, BOSS_SEAT, BOSS, CALL, {})
    assert world.state(BOSS) is not AgentState.TALKING
    assert world.talk.to == []


async def test_of_two_supervisors_who_take_one_talk_over_the_first_gets_it(world: _World) -> None:
    phones: list[Any] = [_Line(), _Line()]
    first = asyncio.ensure_future(world.taking.take(phones[0], BOSS_SEAT, BOSS, CALL, {}))
    await world.talk.begun.wait()
    assert await world.taking.take(phones[1], OTHER_SEAT, OTHER_BOSS, CALL, {}) == "not_now"
    assert (world.state(BOSS), world.state(OTHER_BOSS)) == (AgentState.TALKING, AgentState.BREAK)
    world.talk.may_end.set()
    taker = world.takers.taken(CALL)
    assert taker is not None and taker.agent == BOSS
    phones[0].gone.set()  # the caller's line has taken it
    assert (await first, world.talk.to) == ("", [Target(Kind.SUPERVISOR, BOSS)])


async def test_a_supervisor_who_comes_too_late_makes_way_for_the_next(world: _World) -> None:
    phone: Any = _Line()
    world.talk.refuses = True
    world.talk.may_end.set()
    assert await world.taking.take(phone, BOSS_SEAT, BOSS, CALL, {}) == "over"
    assert world.state(BOSS) is not AgentState.TALKING
    assert world.takers.taken(CALL) is None
