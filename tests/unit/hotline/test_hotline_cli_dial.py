"""``hotline dial``, and agents' calls among ``hotline calls`` and ``hotline tickets``."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calls import AgentId, CallId, Outcome, SeatId, SystemClock
from calls import timeline as t
from hotline.cli.app import app
from hotline.http import BadOrder, ControlServer, Health, Pages
from tickets import Journal, Reader, Store, migrate

NUMBER, CALLER = "13912345678", "13812345678"
AGENT, SEAT = AgentId("2001"), SeatId("1001")
Run = Callable[..., Awaitable[Any]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    async def run(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))

    return run


def came_in(call: CallId, at: float) -> list[t.Event]:
    return [
        t.CallArrived(call=call, at=at, caller=CALLER, caller_name="", dialled="12345", node="a1", unique_id=call),
        t.Connected(call=call, at=at + 1, agent=AGENT, seat=SEAT),
        t.CallEnded(call=call, at=at + 60, outcome=Outcome.ANSWERED, cause="caller"),
    ]


def went_out(call: CallId, at: float, ticket: str) -> list[t.Event]:
    return [
        t.CallPlaced(call=call, at=at, agent=AGENT, seat=SEAT, caller="12345", dialled=NUMBER, ticket=ticket,
                     node="a1", unique_id=call),
        t.CallEnded(call=call, at=at + 20, outcome=Outcome.BUSY, cause="busy"),
    ]  # fmt: skip


@pytest.fixture
async def ticket(run: Run, tmp_path: Path) -> str:
    """A store with a caller's call, its ticket, and an agent's call about it."""
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'var' / 'hotline.db'}")
    await migrate.upgrade(store)
    began = time.time() - 600
    async with Journal(store, spool=tmp_path / "var" / "spool.jsonl", clock=SystemClock()) as journal:
        for event in came_in(CallId("c1"), began):
            journal.append(event)
        await journal.settled()
        [found] = await Reader(store).tickets()
        for event in went_out(CallId("o1"), began + 300, found.number):
            journal.append(event)
        await journal.settled()
    await store.close()
    return found.number


async def test_calls_are_told_apart_by_who_called(run: Run, ticket: str) -> None:
    for option, ids in (("--outbound", ["o1"]), ("--inbound", ["c1"]), ("--ended", ["o1", "c1"])):
        assert [row["id"] for row in json.loads((await run("calls", "--json", option)).stdout)] == ids
    [row] = json.loads((await run("calls", "--json", "--outcome", "busy")).stdout)
    assert (row["direction"], row["dialled"], row["ticket"]) == ("outbound", NUMBER, ticket)


@pytest.mark.parametrize("words", [["calls"], ["calls", "o1"], ["tickets", "TICKET"]])
async def test_whom_an_agent_called_is_shown_but_masked(run: Run, ticket: str, words: list[str]) -> None:
    words = [ticket if word == "TICKET" else word for word in words]
    told = (await run(*words)).stdout
    assert "139****5678" in told
    assert NUMBER not in told
    assert NUMBER in (await run(*words, "--full")).stdout


async def test_a_ticket_shows_the_calls_made_about_it(run: Run, ticket: str) -> None:
    told = json.loads((await run("tickets", ticket, "--json")).stdout)
    assert (told["call"]["id"], [call["id"] for call in told["outbound"]]) == ("c1", ["o1"])


@pytest.fixture
async def told(run: Run, tmp_path: Path) -> AsyncIterator[list[Mapping[str, Any]]]:
    """A running service that knows agent 2001 only; gives what it was told."""
    orders: list[Mapping[str, Any]] = []

    def dial(order: Mapping[str, Any]) -> dict[str, Any]:
        orders.append(order)
        if not order["number"].isdigit():
            raise BadOrder("number: digits only")
        ok = order["agent"] == "2001"
        return {"ok": ok, "result": "ringing" if ok else "not_logged_in", "call": "d1" if ok else "", "message": "said"}

    pages = Pages(
        metrics=lambda: b"", metrics_type="text/plain", health=lambda: Health(ok=True), api={}, orders={"dial": dial}
    )
    server = ControlServer("127.0.0.1", 0, pages, tmp_path / "var" / "control.json")
    await server.start()
    yield orders
    await server.stop()


async def test_dialling_for_an_agent_is_told_to_the_service(run: Run, told: list[Mapping[str, Any]]) -> None:
    result = await run("dial", "--agent", "2001", "--to", NUMBER, "--ticket", "2611240001")
    assert (result.exit_code, result.stdout) == (0, "said (call d1)\n")
    assert told == [{"agent": "2001", "number": NUMBER, "ticket": "2611240001"}]


@pytest.mark.parametrize(
    ("agent", "number", "code"), [("2002", NUMBER, 1), ("2001", "12 34", 2)], ids=["refused", "senseless"]
)
async def test_what_was_not_dialled_is_told_by_the_exit_code(
    run: Run, told: list[Mapping[str, Any]], agent: str, number: str, code: int
) -> None:
    for more in ([], ["--json"]):
        assert (await run("dial", "--agent", agent, "--to", number, *more)).exit_code == code
    assert len(told) == 2


async def test_without_a_running_service_nothing_is_dialled(run: Run) -> None:
    assert (await run("dial", "--agent", "2001", "--to", NUMBER)).exit_code == 3
