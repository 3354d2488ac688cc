"""When somebody is called back, and when not: hours, staff, tries, and the caller who calls in meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from acd.callbacks import Callback, CallbackState
from agents.callback_settings import CallbackSettings
from agents.loader import parse_directory
from calls import AgentId, Call, CallerHungUp, CallId, ChannelId, ManualClock, MemoryTimeline, Outcome, SeatId
from calls.identity import Address
from calls.line import RingOutcome
from calls.timeline import CallEnded, CallPlaced, Connected, Queued
from hotline.call_timeline import Timelines
from hotline.callback_orders import CallbackOrders
from hotline.callbacks import Callbacks
from hotline.callbacks_kept import KeptBook
from hotline.callbacks_line import CallbackLine
from hotline.callbacks_plan import CallbackPlan
from hotline.http import BadOrder
from tickets import CallbackStore, Store, StoreUnavailable, migrate

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=ZONE).timestamp()
CALLER, S = "13812345678", CallbackState
DIRECTORY = parse_directory(
    """
skills: {general: {zh: 综合}}
people: {2001: {name: 甲, skills: {general: 3}}}
queues:
  general: {zh: 综合, needs: {general: 1}, callback: {attempts: 2, every_s: 60, hours: "08:00-21:00"}}
""",
    "directory.yaml",
)


class Voice:
    """Says nothing, and gives the number that the test wants."""

    async def number(self, line: Any, *, proposed: bool = False) -> str | None:
        return None if proposed else line.call.caller

    async def promised(self, line: Any) -> None:
        line.promised = True

    async def greet(self, line: Any) -> None:
        line.greeted = True


class World:
    """Everything round the callbacks: who works, what phones do, what agents do with whom they get."""

    def __init__(self, store: Store, at: float = NOON) -> None:
        self.store = CallbackStore(store)
        self.clock = ManualClock(at)
        self.book = MemoryTimeline()
        self.timelines = Timelines(self.book)
        self.kept = KeptBook(self.store, self.timelines, self.clock)
        self.staffed = True
        self.dialled: list[str] = []
        self.hung_up: list[str] = []
        self.answers: asyncio.Queue[RingOutcome] = asyncio.Queue()
        self.in_line: asyncio.Queue[CallbackLine] = asyncio.Queue()
        desks: Any = SimpleNamespace(directory=lambda: DIRECTORY, recorder=SimpleNamespace(), reader=self)
        plan = CallbackPlan(ZONE, "12345", 30.0, True, lambda number: None if number == "110" else Address(number))
        voice: Any = Voice()
        self.callbacks = Callbacks(
            plan, desks, self.timelines, self, self.clock, kept=self.kept, phones=self, dialogue=voice  # type: ignore[arg-type]
        )  # fmt: skip

    # what the callbacks ask of others

    def claim(self, call_id: CallId) -> None:
        assert call_id

    def call_ids(self) -> set[CallId]:
        return set()

    async def ring_caller(self, address: str, call: CallId, dialled: str, *, shown: str, ring_s: float) -> RingOutcome:
        self.dialled.append(address)
        return await self.answers.get()

    async def hang_up_call(self, call: CallId) -> None:
        self.hung_up.append(call)

    async def called_back(self, line: CallbackLine, callback: Callback) -> None:
        self.in_line.put_nowait(line)
        await line.ready()

    def anybody_for(self, callback: Callback) -> bool:
        return self.staffed

    # what the test does

    async def promise(self, number: str = CALLER, call: str = "c1") -> str:
        """Somebody asks to be called back."""
        line: Any = SimpleNamespace(call=Call(CallId(call), ChannelId("a1", call), number, "", "12345", NOON))
        line.hang_up = lambda: asyncio.sleep(0)
        self.timelines.open(line.call.id)
        self.timelines.append(
            Queued(call=line.call.id, at=NOON, queue="general", needs={}, priority=0, since=NOON - 30)
        )
        settings = DIRECTORY.queues["general"].callback
        assert settings is not None
        assert await self.callbacks.offer(line, settings)
        one = self.kept.book.of_number(number)
        assert one is not None
        return one.id

    def state(self, name: str) -> CallbackState | None:
        one = self.kept.book.get(name)
        return None if one is None else one.state


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}")
    await migrate.upgrade(store)
    yield store
    await store.close()


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    world = World(store)
    world.callbacks.begin(world)
    yield world
    await world.callbacks.close()


async def until(true: Callable[[], Any], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - looked at from outside
            await asyncio.sleep(0.01)


async def kept(world: World, name: str) -> str:
    """How a callback stands in the store."""
    await asyncio.sleep(0)
    return next(record.state for record in await world.store.latest() if record.id == name)


async def becomes(world: World, name: str, state: str) -> None:
    async with asyncio.timeout(5):
        while await kept(world, name) != state:  # noqa: ASYNC110 - looked at from outside
            await asyncio.sleep(0.01)


async def test_the_turn_must_have_come_before_anybody_is_dialled(world: World) -> None:
    held: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def waits(line: CallbackLine, callback: Callback) -> None:
        assert callback.since == NOON - 30  # the place in line is that of the first arrival
        await held
        await line.ready()

    world.called_back = waits  # type: ignore[method-assign]
    name = await world.promise()
    await until(lambda: world.state(name) is S.WAITING)
    assert not world.dialled
    held.set_result(None)
    await until(lambda: world.dialled == [CALLER])
    assert world.state(name) is S.DIALLING
    assert await kept(world, name) == "dialling"  # it is never forgotten that it rang


async def test_nobody_is_called_while_nobody_works(world: World) -> None:
    world.staffed = False
    name = await world.promise()
    await asyncio.sleep(0.6)
    assert world.in_line.empty() and world.state(name) is S.WAITING
    world.staffed = True
    await until(lambda: world.dialled)


async def test_nobody_is_called_outside_the_hours(store: Store) -> None:
    world = World(store, at=NOON + 10 * 3600)  # ten in the evening
    world.callbacks.begin(world)
    name = await world.promise()
    await asyncio.sleep(0.1)
    assert world.in_line.empty() and world.state(name) is S.WAITING
    await world.callbacks.close()


@pytest.mark.parametrize(
    ("outcome", "kept_as"), [(RingOutcome.BUSY, Outcome.BUSY), (RingOutcome.NO_ANSWER, Outcome.NO_ANSWER)]
)
async def test_who_is_not_reached_waits_for_the_next_try_and_the_last_one_is_the_last(
    world: World, outcome: RingOutcome, kept_as: Outcome
) -> None:
    name = await world.promise()
    world.answers.put_nowait(outcome)
    await until(lambda: world.state(name) is S.WAITING and world.dialled)
    one = world.kept.book.get(name)
    assert one is not None and one.not_before == pytest.approx(world.clock.now() + 60)
    [first] = [event for event in world.book.events if isinstance(event, CallEnded)]
    assert first.outcome is kept_as
    await world.callbacks.close()

    after = World(world.store._store, at=NOON + 61)  # a service started later goes on with it
    await after.callbacks.load([])
    after.callbacks.begin(after)
    after.answers.put_nowait(outcome)
    await becomes(after, name, "given_up")
    assert after.dialled == [CALLER]
    await after.callbacks.close()


async def test_a_caller_who_calls_in_is_never_dialled_and_when_served_is_done_with(world: World) -> None:
    name = await world.promise()
    await until(lambda: world.dialled)
    redial = Call(CallId("c2"), ChannelId("a1", "2"), "+86" + CALLER, "", "12345", NOON)
    with world.callbacks.on_the_line(redial) as since:
        assert since == NOON - 30
        await until(lambda: world.hung_up)  # the phone that rang is stopped
        await until(lambda: world.state(name) is S.WAITING)
        world.timelines.append(Connected(call=redial.id, at=NOON, agent=AgentId("2001"), seat=SeatId("1001")))
    assert world.state(name) is None
    await becomes(world, name, "cancelled")
    assert world.dialled == [CALLER]


async def test_a_redial_that_is_not_served_leaves_the_callback_as_it_was(world: World) -> None:
    world.staffed = False
    name = await world.promise()
    redial = Call(CallId("c2"), ChannelId("a1", "2"), CALLER, "", "12345", NOON)
    with pytest.raises(CallerHungUp), world.callbacks.on_the_line(redial):
        raise CallerHungUp
    assert world.state(name) is S.WAITING
    world.staffed = True
    await until(lambda: world.dialled)


async def test_whom_an_agent_has_talked_to_need_not_be_called_back(world: World) -> None:
    world.staffed = False
    name = await world.promise()
    call = CallId("dial-1")
    world.timelines.append(
        CallPlaced(call=call, at=NOON, agent=AgentId("2001"), seat=SeatId("1001"), caller="12345", dialled=CALLER,
                   ticket="", node="a1", unique_id="1")
    )  # fmt: skip
    assert world.state(name) is S.WAITING  # nobody has answered yet
    world.timelines.append(Connected(call=call, at=NOON, agent=AgentId("2001"), seat=SeatId("1001")))
    assert world.state(name) is None


async def test_a_second_wish_of_the_same_number_is_the_same_callback(world: World) -> None:
    world.staffed = False
    assert await world.promise(call="c1") == await world.promise(call="c2")


async def test_nothing_is_promised_that_could_not_be_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_: Any) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(world.store, "save", full)
    line: Any = SimpleNamespace(call=Call(CallId("c9"), ChannelId("a1", "9"), CALLER, "", "12345", NOON))
    world.timelines.open(line.call.id)
    assert await world.callbacks.offer(line, CallbackSettings()) is False
    assert not hasattr(line, "promised")


async def test_a_supervisor_takes_a_callback_back_once(world: World) -> None:
    world.staffed = False
    name = await world.promise()
    orders = CallbackOrders(world.callbacks)
    assert orders({"callback": name, "act": "cancel"})["state"] == "cancelled"
    assert orders({"callback": name, "act": "cancel"})["ok"] is False
    for senseless in ({}, {"callback": name}, {"callback": 5, "act": "cancel"}, {"callback": name, "act": "call"}):
        with pytest.raises(BadOrder):
            orders(senseless)
