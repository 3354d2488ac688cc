"""An agent's screen as an event stream: told at once, to whom it concerns, as far as they may know."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from calls import CallId, SystemClock
from calls import timeline as t
from hotline.audit import AuditLog, entries
from hotline.categories import CategoryTree
from hotline.http import ControlServer, Health, Pages
from hotline.rest import ApiTokens, RestApi
from hotline.rest.screens import Screens
from tickets import Journal, OrderBook, OrderFacts, Orders, Reader, Store

NUMBER = "13812345678"


class World:
    """A floor of two agents, and the API over HTTP."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.folder, self.session, self.url = folder, session, ""
        self.screens = Screens()
        self.rows = {agent: {"agent": agent, "state": "ready", "call": ""} for agent in ("2001", "2002")}

    def stands(self, agent: str, state: str, call: str = "") -> None:
        self.rows[agent] = {"agent": agent, "state": state, "call": call}
        self.screens.changed(agent)

    def token(self, name: str, **facts: str) -> None:
        path = self.folder / "api-tokens.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), name: {**facts, "token": f"secret-{name}"}}))

    def headers(self, name: str) -> dict[str, str]:
        token = json.loads((self.folder / "api-tokens.json").read_text())[name]["token"]
        return {"Authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def following(self, name: str, agent: str) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
        url = f"{self.url}/v1/agents/{agent}/screen/events"
        async with asyncio.timeout(20), self.session.get(url, headers=self.headers(name)) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            yield events_of(answer)

    async def refused(self, name: str, path: str) -> tuple[int, str]:
        async with self.session.get(f"{self.url}/v1/{path}", headers=self.headers(name)) as answer:
            return answer.status, (await answer.json())["error"]


async def events_of(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    kind = ""
    async for line in answer.content:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


@pytest.fixture
async def journal(store: Store, tmp_path: Path) -> AsyncIterator[Journal]:
    async with Journal(store, spool=tmp_path / "spool.jsonl", clock=SystemClock()) as journal:
        yield journal


@pytest.fixture
async def world(store: Store, journal: Journal, tmp_path: Path) -> AsyncIterator[World]:
    tokens, clock = ApiTokens(tmp_path / "api-tokens.json"), SystemClock()
    tokens.make()
    async with aiohttp.ClientSession() as session:
        world = World(tmp_path, session)
        world.token("desk1", role="agent", agent="2001")
        world.token("masked1", role="viewer", agent="2001")
        api = RestApi(
            tokens, OrderBook(store), lambda: Orders(store, clock), Reader(store),
            AuditLog(tmp_path / "audit.jsonl", clock), agents=lambda: list(world.rows.values()),
            departments=list, categories=lambda: CategoryTree({}), screens=world.screens, safe=journal.flush,
        )  # fmt: skip
        pages = Pages(
            metrics=lambda: b"", metrics_type="text/plain", health=lambda: Health(ok=True), api={}, routes=api.routes()
        )
        server = ControlServer("127.0.0.1", 0, pages, tmp_path / "control.json")
        await server.start()
        world.url = f"http://127.0.0.1:{server.port}"
        yield world
        await server.stop()


def comes(journal: Journal, name: str) -> None:
    """A call comes; nobody waits until it is in the store."""
    journal.append(t.CallArrived(
        call=CallId(name), at=SystemClock().now(), caller=NUMBER, caller_name="张三", dialled="12345", node="n1",
        unique_id=name,
    ))  # fmt: skip


async def test_an_offer_brings_the_callers_history_and_the_end_takes_it_away(
    world: World, store: Store, journal: Journal
) -> None:
    await Orders(store, SystemClock()).create(OrderFacts(subject="路灯", caller=NUMBER), "li")
    async with world.following("desk1", "2001") as events, world.following("masked1", "2001") as masked:
        assert (await anext(events))[1] == {"agent": "2001", "state": "ready", "call": None, "history": None}
        await anext(masked)
        comes(journal, "c1")
        world.stands("2001", "ringing", "c1")
        kind, screen = await anext(events)
        assert (kind, screen["state"], screen["call"]["id"], screen["call"]["caller"]) == (
            "screen", "ringing", "c1", NUMBER,
        )  # fmt: skip
        assert (screen["history"]["open"], screen["history"]["tickets"][0]["subject"]) == (1, "路灯")
        _, less = await anext(masked)
        assert (less["call"]["caller"], less["call"]["caller_name"], less["history"]["caller"]) == (
            "138****5678", "", "138****5678",
        )  # fmt: skip
        world.stands("2001", "talking", "c1")
        assert (await anext(events))[1] == {**screen, "state": "talking"}
        world.stands("2001", "ready")
        assert (await anext(events))[1]["call"] is None
    looks = [one for one in entries(world.folder / "audit.jsonl") if one["act"] == "agentsScreen"]
    assert sorted((one["by"], one["call"], one["caller"]) for one in looks) == [
        ("api:desk1", "c1", "138****5678"), ("api:masked1", "c1", "138****5678"),
    ]  # fmt: skip


async def test_nothing_of_another_agent_is_told(world: World, journal: Journal) -> None:
    async with world.following("desk1", "2001") as events:
        await anext(events)
        comes(journal, "c2")
        world.stands("2002", "ringing", "c2")
        comes(journal, "c1")
        world.stands("2001", "ringing", "c1")
        assert (await anext(events))[1]["call"]["id"] == "c1"
    for path in ("agents/2002/screen/events", "agents/2002/screen"):
        status, why = await world.refused("desk1", path)
        assert status == 403 and "agent 2001's" in why
    status, why = await world.refused("agent", "agents/2001/screen/events")
    assert status == 403 and '"agent": "2001"' in why, "a token of all agents says of nobody whose desk it is"
    async with world.following("supervisor", "2002") as seen:
        assert (await anext(seen))[1]["call"]["id"] == "c2"
    assert (await world.refused("supervisor", "agents/9999/screen/events"))[0] == 404
    for wrong in ("", 2001):
        world.token("wrong", role="agent", agent=wrong)  # type: ignore[arg-type]
        assert (await world.refused("wrong", "agents/2002/screen"))[0] == 401


async def test_a_token_that_was_taken_away_is_told_nothing_more(world: World, journal: Journal) -> None:
    async with world.following("desk1", "2001") as events:
        await anext(events)
        path = world.folder / "api-tokens.json"
        path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "desk1"}))
        comes(journal, "c1")
        world.stands("2001", "ringing", "c1")
        kind, told = await anext(events)
        assert kind == "refused" and "token" in told["error"]
        with pytest.raises(StopAsyncIteration):
            await anext(events)


async def test_what_cannot_be_audited_is_not_told(world: World, journal: Journal) -> None:
    async with world.following("desk1", "2001") as events:
        await anext(events)
        (world.folder / "audit.jsonl").unlink()
        (world.folder / "audit.jsonl").mkdir()
        comes(journal, "c1")
        world.stands("2001", "ringing", "c1")
        assert (await anext(events))[0] == "refused"


async def test_a_call_that_comes_into_the_store_late_is_told_then(world: World, journal: Journal) -> None:
    async with world.following("desk1", "2001") as events:
        await anext(events)
        world.stands("2001", "ringing", "c1")
        _, at_once = await anext(events)
        assert (at_once["state"], at_once["call"]) == ("ringing", None)
        comes(journal, "c1")
        assert (await anext(events))[1]["call"]["id"] == "c1"
