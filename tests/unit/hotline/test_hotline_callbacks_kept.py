"""What is promised to callers is in the store as it stands now, whatever order the disk takes things in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from acd.callbacks import Callback, CallbackCause, CallbackState, RetryPlan
from calls import CallId, ManualClock, MemoryTimeline
from calls.timeline import CallbackChanged
from hotline.call_timeline import Timelines
from hotline.callbacks_kept import KeptBook, callback_of, record_of
from tickets import CallbackRecord, CallbackStore, Store, StoreUnavailable, migrate

C, S = CallbackCause, CallbackState
ONE = Callback(
    "b1", "13812345678", "general", CallId("c1"), 100.0, 130.0, asked={"housing": 2}, plan=RetryPlan(2, 60.0)
)


class SlowStore(CallbackStore):
    """The real store, at a disk that can be held up, or full."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.full = False
        self.saved: list[str] = []

    async def save(self, record: CallbackRecord) -> None:
        await self.goes_on.wait()
        if self.full:
            raise StoreUnavailable("the disk is full")
        self.saved.append(record.state)
        await super().save(record)


class World:
    def __init__(self, store: Store) -> None:
        self.store = SlowStore(store)
        self.told = MemoryTimeline()
        self.clock = ManualClock(1000.0)
        self.kept = KeptBook(self.store, Timelines(self.told), self.clock)

    async def promise(self) -> Callback:
        one = await self.kept.step_kept(self.kept.book.add(ONE), C.CONFIRMED)
        return self.kept.step(one, C.CALLER_LEFT)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}")
    await migrate.upgrade(store)
    world = World(store)
    yield world
    await world.kept.close()
    await store.close()


async def test_an_older_state_never_comes_last(world: World) -> None:
    one = await world.promise()
    world.store.goes_on.clear()
    one = world.kept.step(one, C.AGENT_RESERVED)
    dials = asyncio.create_task(world.kept.step_kept(one, C.DIALLED, call=CallId("cb-1")))
    await asyncio.sleep(0)
    world.store.goes_on.set()
    await dials
    await world.kept.close()
    [record] = await world.store.open()
    assert (record.state, record.attempts, record.call_id) == ("dialling", 1, "cb-1")
    assert "reserved" not in world.store.saved[world.store.saved.index("dialling") :]


async def test_it_is_kept_before_anybody_is_told_of_it(world: World) -> None:
    world.store.full = True
    with pytest.raises(StoreUnavailable):
        await world.promise()
    assert not world.told.events
    world.store.full = False
    world.kept.step(world.kept.book.all()[0], C.FAULT)
    await world.kept.close()
    assert [record.state for record in await world.store.latest()] == ["failed"]


async def test_what_could_not_be_kept_is_kept_with_the_next_change(world: World) -> None:
    one = await world.promise()
    await world.kept.close()
    world.store.full = True
    one = world.kept.step(one, C.AGENT_RESERVED)
    await world.kept.close()
    world.store.full = False
    world.kept.step(one, C.INTERRUPTED)
    await world.kept.close()
    assert [record.state for record in await world.store.open()] == ["waiting"]


async def test_every_change_is_told_on_the_timeline_of_the_call_it_comes_from(world: World) -> None:
    one = await world.promise()
    world.kept.step(one, C.AGENT_RESERVED)
    events = [event for event in world.told.events if isinstance(event, CallbackChanged)]
    assert [(event.call, event.state) for event in events] == [
        ("c1", "confirmed"), ("c1", "waiting"), ("c1", "reserved"),
    ]  # fmt: skip


@pytest.mark.parametrize("state", list(S))
def test_a_callback_is_read_as_it_was_written(state: CallbackState) -> None:
    one = replace(ONE, state=state, attempts=2, not_before=5.0, call=CallId("cb-1"), missed=True, changed_at=7.0)
    assert callback_of(record_of(one)) == one


async def test_ids_are_never_given_twice(world: World) -> None:
    ids = {world.kept.new_id("b") for _ in range(1000)}
    world.clock.advance(0.001)
    assert len(ids | {world.kept.new_id("b")}) == 1001
