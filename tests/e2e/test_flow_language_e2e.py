"""What flows can decide, note and look up: each construct as a caller lives it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from language_flow import BILL, KNOWN, Voice, in_use

if TYPE_CHECKING:
    from conftest import Phones, Site

_WATER = "13800003002"


@pytest.fixture
async def voice(site: "Site", tmp_path: Path) -> Voice:
    return await in_use(site, tmp_path)


@pytest.fixture
async def bills(site: "Site") -> AsyncIterator[list[str]]:
    """The water works' billing system: what it was asked, in order. It knows one account, and has moods."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.raw_path)
        match request.match_info["account"]:
            case "1001":
                return web.json_response({"bill": {"total": "128.5", "due": "2026-12-31"}})
            case "5000":
                await asyncio.sleep(30)
            case "5001":
                return web.Response(status=500)
            case "5002":
                raise web.HTTPFound("http://127.0.0.1:1/accounts/1001/bill")
            case "5003":
                return web.Response(text="<html>broken", content_type="application/json")
            case "5004":
                return web.Response(text="[" * 70_000, content_type="application/json")
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/accounts/{account}/bill", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", site.ports["other_system"]).start()
    yield asked
    await runner.cleanup()


async def test_conditions_lead_by_number_by_earlier_calls_and_by_who_is_on_duty(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def call(number: str, text: str) -> None:
        caller = await phones.call(number, to="12461")
        await voice.hears(caller, text)
        await caller.hang_up()
        await site.call_of(number)

    await asyncio.gather(call(KNOWN, "known"), call(_WATER, "nobody"))
    await call(_WATER, "again")  # the same number once more
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800003003", to="12461")
    await caller.hear_tone(agent.tone, 15)
    await caller.hang_up()


async def test_what_a_flow_notes_decides_later_and_stands_in_the_record(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def call(number: str, key: str, text: str) -> None:
        caller = await phones.call(number, to="12462")
        await caller.send_digits(key)
        await voice.hears(caller, text)
        await caller.hang_up()

    await asyncio.gather(call("13800003004", "1", "about_water"), call("13800003005", "2", "about_other"))
    water, other = await site.call_of("13800003004"), await site.call_of("13800003005")
    noted = [entry.data for entry in water.timeline if entry.kind == "ValuesSet"]
    assert [(n["values"], n["tags"]) for n in noted] == [({"topic": "供水", "came_by": "12462"}, ["water", "merged"])]
    assert [entry.data["tags"] for entry in other.timeline if entry.kind == "ValuesSet"] == [[]]


async def test_another_system_is_asked_and_its_answer_spoken(
    site: "Site", phones: "Phones", voice: Voice, bills: list[str]
) -> None:
    async def call(number: str, entered: str, text: str, **slots: object) -> None:
        caller = await phones.call(number, to="12463")
        await caller.send_digits(f"{entered}#")
        await voice.hears(caller, text, 12, **slots)
        async with asyncio.timeout(20):
            await caller.ended.wait()  # listens to the end

    await asyncio.gather(
        call("13800003010", "1001", BILL, amount="128.5", due="2026-12-31"),
        call("13800003011", "4004", "no_account"),
        call("13800003012", "5000", "no_answer"),  # says nothing for half a minute
        call("13800003013", "5001", "no_answer"),
        call("13800003014", "5002", "no_answer"),  # leads elsewhere
        call("13800003015", "5003", "no_answer"),
        call("13800003016", "5004", "no_answer"),
    )
    assert sorted(bills) == [f"/accounts/{n}/bill" for n in (1001, 4004, 5000, 5001, 5002, 5003, 5004)]
    told = await site.call_of("13800003010")
    assert (told.services, told.outcome) == (["bill"], "self_served")
    [noted] = [entry.data["values"] for entry in told.timeline if entry.kind == "ValuesSet"]
    assert noted == {"amount": "128.5", "due": "2026-12-31"}


async def test_a_system_that_is_down_keeps_nobody_waiting(site: "Site", phones: "Phones", voice: Voice) -> None:
    caller = await phones.call("13800003017", to="12463")
    await caller.send_digits("1001#")
    await voice.hears(caller, "no_answer", 10)
    await caller.hang_up()
    call = await site.call_of("13800003017")
    entered = next(e.at for e in call.timeline if e.kind == "StepEntered" and e.data["step"] == "look_up")
    failed = next(e.at for e in call.timeline if e.kind == "StepEntered" and e.data["step"] == "no_answer")
    assert failed - entered < 2


async def test_a_database_is_asked_with_what_the_caller_entered(site: "Site", phones: "Phones", voice: Voice) -> None:
    with sqlite3.connect(site.state / "bills.db") as database:
        database.execute("create table bills (account text primary key, total text, due text)")
        database.execute("insert into bills values ('1001', '36.2', '2026-12-31')")
    database.close()

    async def call(number: str, entered: str, text: str, **slots: object) -> None:
        caller = await phones.call(number, to="12464")
        await caller.send_digits(f"{entered}#")
        await voice.hears(caller, text, 12, **slots)
        await caller.hang_up()

    await asyncio.gather(
        call("13800003020", "1001", BILL, amount="36.2", due="2026-12-31"),
        call("13800003021", "1002", "no_account"),
    )
