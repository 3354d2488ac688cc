"""Many calls: `hotline simulate` places them, the ticket store is asked about each one."""

import asyncio
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tickets import CallDetail, Reader, Store

if TYPE_CHECKING:
    from conftest import Site


async def simulate(site: "Site", *options: str) -> dict[str, Any]:
    """What `hotline simulate --json` says, run as people run it."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("hotline")), "simulate", *options, "--json",
        env=site.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode() + out.decode()
    figures: dict[str, Any] = json.loads(out)
    return figures


def is_kept(call: CallDetail, recordings: Path, unsent_s: float) -> str:
    """What is missing in an answered call's record, "" for nothing. A recording lacks what was never sent."""
    if call.outcome != "answered" or not call.ticket or not call.agent:
        return f"{call.outcome}, ticket {call.ticket!r}, agent {call.agent!r}"
    if call.recording_s is None:
        return "no recording"
    if not -0.5 - unsent_s <= call.recording_s - call.talking_s <= 0.5:
        return f"recording of {call.recording_s:.2f} s, talk of {call.talking_s:.2f} s"
    data = (recordings / call.recording).read_bytes()
    return "" if hashlib.sha256(data).hexdigest() == call.recording_sha256 else "another checksum"


async def every_call_is_kept(site: "Site", calls: int, rate: float, seats: int) -> dict[str, Any]:
    store = Store(f"sqlite+aiosqlite:///{site.state / 'hotline.db'}")
    reader = Reader(store)
    try:
        before = {row.id for row in await reader.calls(limit=100_000)}
        figures = await simulate(
            site, "--calls", str(calls), "--rate", str(rate), "--seats", str(seats), "--talk", "4",
            "--max-failed", "0", "--max-abandoned", "0", "--max-one-way", "0",
        )  # fmt: skip
        assert (figures["placed"], figures["answered"], figures["failed"]) == (calls, calls, 0)

        async def complete() -> list[CallDetail] | None:
            rows = [row for row in await reader.calls(limit=100_000, running=False) if row.id not in before]
            done = len(rows) == calls and all(row.recording_sha256 for row in rows)
            return [detail for row in rows if (detail := await reader.call(row.id))] if done else None

        kept: list[CallDetail] = await site.eventually(complete, 30)
    finally:
        await store.close()
    unsent_s = figures["simulator_unsent_s"]
    faults = {call.id: fault for call in kept if (fault := is_kept(call, site.state / "recordings", unsent_s))}
    assert not faults
    assert len({call.ticket for call in kept}) == calls, "a ticket number was given twice"
    assert len({call.recording for call in kept}) == calls
    await site.eventually(lambda: site.channels() == 0)
    return figures


async def test_every_one_of_many_calls_is_answered_and_has_record_ticket_and_recording(site: "Site") -> None:
    await every_call_is_kept(site, calls=60, rate=5, seats=20)


@pytest.mark.soak
async def test_a_thousand_calls_at_five_a_second_on_sixty_seats(site: "Site") -> None:
    figures = await every_call_is_kept(site, calls=1000, rate=5, seats=60)
    print("\n1,000 calls at 5/s on 60 seats:", json.dumps(figures, indent=1))
    assert figures["engine_rss_mb"] < figures["engine_rss_start_mb"] + 20, "memory grows"
