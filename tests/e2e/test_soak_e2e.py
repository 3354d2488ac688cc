"""Many calls that end in every way: afterwards the books, the recordings, Asterisk and the agents agree."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from soak_books import Bridges, differences, fault_of, recordings_of, talks_of
from soak_life import FLOW, SUPERVISOR, SUPERVISORS_SEAT, Hall, Life

from simulator import Department
from simulator.collecting import without_collecting
from tickets import CallDetail, Reader, Store

if TYPE_CHECKING:
    from conftest import Phones, Site

_CALLS = int(os.environ.get("SOAK_CALLS", "2000"))
_SEED = int(os.environ.get("SOAK_SEED", "12345"))
_RATE = float(os.environ.get("SOAK_RATE", "2.5"))  # calls a second
_SEATS = 60
_AT_MOST_S = 0.2
_MISSED_AFTER_S = 35.0  # whose network is lost is heard no longer, and hung up after 30 s
_RESTING = {"ready", "break", "wrap_up"}


@pytest.fixture
async def hall(site: "Site", phones: "Phones", department: Department) -> AsyncIterator[Hall]:
    """Sixty seats, of which the last is the supervisor's, and the departments' exchange."""
    await site.add_flow("soak", FLOW)
    hall = Hall(site, phones, department)
    await hall.open(_SEATS)
    yield hall
    await hall.close()


@pytest.fixture
async def bridges(site: "Site") -> AsyncIterator[Bridges]:
    """Asterisk's own account of who was together."""
    bridges = Bridges(site)
    await bridges.open()
    yield bridges
    await bridges.close()


async def live_all(hall: Hall) -> dict[str, str]:
    """Let all calls come and go; return what went wrong on the telephone, by the caller's number."""
    pace = random.Random(f"{_SEED}/pace")

    async def one(i: int) -> str:
        number = f"1386{i:07d}"
        life = hall.lives[number] = Life(
            hall, number, random.Random(f"{_SEED}/{i}"), random.Random(f"{_SEED}/{i}/luck")
        )
        return await life.live()

    tasks = []
    for i in range(_CALLS):
        tasks.append(asyncio.create_task(one(i)))
        await asyncio.sleep(pace.expovariate(_RATE))
    wrong = await asyncio.gather(*tasks, return_exceptions=True)
    return {number: str(told) or repr(told) for number, told in zip(hall.lives, wrong, strict=True) if told != ""}


async def books_of(site: "Site", since: float) -> list[CallDetail]:
    """All calls since then, once they are over and their recordings done."""
    store = Store(f"sqlite+aiosqlite:///{site.state / 'hotline.db'}")
    reader = Reader(store)
    try:

        async def complete() -> list[CallDetail] | None:
            rows = [row for row in await reader.calls(limit=100_000, since=since) if row.caller.startswith("1386")]
            if any(row.ended_at is None for row in rows):
                return None
            found = [detail for row in rows if (detail := await reader.call(row.id)) is not None]
            kinds = [Counter(entry.kind for entry in call.timeline) for call in found]
            return found if all(kind["RecordingStarted"] == kind["RecordingStored"] for kind in kinds) else None

        calls: list[CallDetail] = await site.eventually(complete, 120)
    finally:
        await store.close()
    return calls


@pytest.mark.soak
async def test_after_2000_calls_with_random_endings_books_recordings_asterisk_and_agents_agree(
    site: "Site", hall: Hall, bridges: Bridges
) -> None:
    began, since = time.monotonic(), time.time()
    with without_collecting():
        wrong = await live_all(hall)
    lasted = time.monotonic() - began
    await site.without_channels(60)
    forgotten = site.channels(forgotten=True)  # by Asterisk: told at the end, so that all else is told as well
    await site.eventually(lambda: site.api("status")["calls"] == 0, 10)
    calls = await books_of(site, since)
    there = [SUPERVISOR, *(str(int(seat) + 1000) for seat in hall.seats if seat != SUPERVISORS_SEAT)]
    agents = {row["agent"]: row["state"] for row in site.api("agents") if row["agent"] in there}
    folder = site.state / "recordings"
    off = {call.caller: differences(call, bridges) for call in calls}
    most = {number: max(map(abs, each.values()), default=0.0) for number, each in off.items()}
    figures = {
        "seed": _SEED, "rate": _RATE, "calls": len(calls), "duration_s": round(lasted),
        "talks": sum(map(talks_of, calls)), "recordings": sum(len(recordings_of(call)) for call in calls),
        "biggest_difference_ms": round(1000 * max(most.values(), default=0.0)),
        "flags": Counter(flag for call in calls for one in recordings_of(call) for flag in one.flags),
        "outcomes": Counter(call.outcome for call in calls), "agents": Counter(agents.values()),
        "bridge_events_lost": bridges.lost, "simulator_unsent_s": round(hall.phones.media.ticker.skipped_s, 1),
        "channels_forgotten": forgotten,
        "endings": dict(Counter(life.ending for life in hall.lives.values()).most_common()),
        "moves": dict(hall.did.most_common()),
    }  # fmt: skip
    print("\n", json.dumps(figures, indent=1, ensure_ascii=False))
    for call in calls:
        life = hall.lives[call.caller]
        lost_s = _MISSED_AFTER_S if life.lossy else 0.0
        if told := fault_of(call, folder, lost_s=lost_s, unsent_s=life.unsent_s):
            wrong[f"{call.caller} recordings"] = told
        if most[call.caller] > _AT_MOST_S:
            wrong[f"{call.caller} segments"] = f"{off[call.caller]}: {bridges.story(call)}"
    assert not wrong, "\n".join(f"{number}: {told}" for number, told in wrong.items())
    assert len(calls) == _CALLS
    assert forgotten == 0, site.asterisk("core show channels verbose")
    assert not bridges.lost
    code, told = await site.hotline_fails("recordings", "verify")
    assert code == 0, told
    assert agents.pop(SUPERVISOR) == "break"
    assert set(agents.values()) <= _RESTING, agents
