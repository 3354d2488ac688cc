"""The HTTP server: who may see what, and what health means."""
# ruff: noqa: ASYNC240 - small files, and nothing else runs

import asyncio
import json
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hotline.cli.running import Refused, tell
from hotline.http import ControlServer, Health, Pages


class World:
    """What the pages show, changed by the tests."""

    def __init__(self) -> None:
        self.health = Health(ok=True, checks={"ami": True})
        self.reloaded = 0
        self.listening = 0
        self.nobody_listens = asyncio.Event()
        self.agents: Callable[[], Any] = lambda: [{"agent": "2001", "name": "张三"}]

    async def live(self) -> AsyncGenerator[Any, None]:
        self.listening += 1
        self.nobody_listens.clear()
        try:
            while True:
                yield {"说": self.listening}
                await asyncio.sleep(0.01)
        finally:
            self.listening -= 1
            if not self.listening:
                self.nobody_listens.set()

    def pages(self) -> Pages:
        async def queue() -> list[dict[str, Any]]:
            return [{"queue": "general"}]

        def agents() -> Any:
            return self.agents()

        async def reload() -> dict[str, Any]:
            self.reloaded += 1
            return {"mistakes": [], "flows": ["12345"]}

        return Pages(
            metrics=lambda: b"hotline_calls_total 1\n",
            metrics_type="text/plain; version=0.0.4; charset=utf-8",
            health=lambda: self.health,
            api={"agents": agents, "queue": queue},
            streams={"live": self.live},
            commands={"reload": reload},
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def control(tmp_path: Path) -> Path:
    return tmp_path / "var" / "control.json"


@pytest.fixture
async def server(world: World, control: Path) -> AsyncIterator[ControlServer]:
    server = ControlServer("127.0.0.1", 0, world.pages(), control)
    await server.start()
    yield server
    await server.stop()


async def get(server: ControlServer, path: str, token: str | None = None) -> tuple[int, str, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}{path}", headers=headers) as response,
    ):
        return response.status, response.headers["Content-Type"], await response.text()


def token_of(control: Path) -> str:
    return str(json.loads(control.read_text(encoding="utf-8"))["token"])


async def test_metrics_are_given_to_anybody_in_prometheus_form(server: ControlServer) -> None:
    assert await get(server, "/metrics") == (
        200, "text/plain; version=0.0.4; charset=utf-8", "hotline_calls_total 1\n",
    )  # fmt: skip


async def test_health_is_200_when_all_is_well_and_503_when_not(server: ControlServer, world: World) -> None:
    status, _, body = await get(server, "/health")
    assert (status, json.loads(body)) == (200, {"ok": True, "ami": True})
    world.health = Health(ok=False, checks={"ami": False})
    status, _, body = await get(server, "/health")
    assert (status, json.loads(body)) == (503, {"ok": False, "ami": False})


@pytest.mark.parametrize("token", [None, "", "wrong", "ÿ"])
async def test_the_api_wants_the_token(server: ControlServer, token: str | None) -> None:
    status, _, body = await get(server, "/api/agents", token)
    assert status == 401
    assert "张三" not in body


async def test_the_api_answers_who_has_the_token(server: ControlServer, control: Path) -> None:
    status, kind, body = await get(server, "/api/agents", token_of(control))
    assert (status, kind, json.loads(body)) == (
        200, "application/json; charset=utf-8", [{"agent": "2001", "name": "张三"}],
    )  # fmt: skip
    assert "张三" in body
    assert json.loads((await get(server, "/api/queue", token_of(control)))[2]) == [{"queue": "general"}]


async def test_a_page_that_is_not_there_names_those_that_are(server: ControlServer, control: Path) -> None:
    status, _, body = await get(server, "/api/agnets", token_of(control))
    assert (status, json.loads(body)["pages"]) == (404, ["agents", "queue"])
    assert (await get(server, "/nowhere"))[0] == 404


async def test_a_fault_is_a_500_and_tells_strangers_nothing(server: ControlServer, world: World, control: Path) -> None:
    world.agents = lambda: 1 / 0
    status, _, body = await get(server, "/api/agents", token_of(control))
    assert status == 500
    assert "division" not in body


async def test_only_the_owner_may_read_the_token(server: ControlServer, control: Path) -> None:
    assert stat.S_IMODE(control.stat().st_mode) == 0o600
    assert len(token_of(control)) > 30


async def test_every_start_has_a_new_token(world: World, control: Path) -> None:
    tokens = set()
    for _ in range(2):
        server = ControlServer("127.0.0.1", 0, world.pages(), control)
        await server.start()
        tokens.add(token_of(control))
        await server.stop()
    assert len(tokens) == 2


async def test_a_stopped_server_leaves_no_control_file(server: ControlServer, control: Path) -> None:
    await server.stop()
    await server.stop()
    assert not control.exists()


async def test_a_stopping_server_leaves_its_successors_file_alone(
    server: ControlServer, world: World, control: Path
) -> None:
    successor = ControlServer("127.0.0.1", 0, world.pages(), control)
    await successor.start()
    await server.stop()
    assert json.loads(control.read_text(encoding="utf-8"))["url"].endswith(f":{successor.port}")
    await successor.stop()


async def test_a_taken_port_is_an_error_and_leaves_the_other_servers_file(
    server: ControlServer, world: World, control: Path
) -> None:
    before = control.read_text(encoding="utf-8")
    with pytest.raises(OSError, match="address already in use"):
        await ControlServer("127.0.0.1", server.port, world.pages(), control).start()
    assert control.read_text(encoding="utf-8") == before


async def test_a_command_is_carried_out_when_posted_with_the_token_and_never_by_a_look(
    server: ControlServer, world: World, control: Path
) -> None:
    assert (await get(server, "/api/reload", token_of(control)))[0] == 404
    told = await asyncio.to_thread(tell, control, "reload")
    assert told == {"mistakes": [], "flows": ["12345"]}
    assert world.reloaded == 1
    async with aiohttp.ClientSession() as session, session.post(f"http://127.0.0.1:{server.port}/api/reload") as answer:
        assert answer.status == 401
    with pytest.raises(Refused, match="no such page"):
        await asyncio.to_thread(tell, control, "agents")
    assert world.reloaded == 1


async def test_a_stream_tells_again_and_again_until_the_listener_goes(
    server: ControlServer, world: World, control: Path
) -> None:
    url, headers = f"http://127.0.0.1:{server.port}/api/streams/live", {"Authorization": f"Bearer {token_of(control)}"}
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        async with session.get(url, headers=headers) as response:
            assert response.headers["Content-Type"] == "text/event-stream"
            lines = [(await response.content.readline()).decode() for _ in range(4)]
            assert lines == ['data: {"说": 1}\n', "\n"] * 2
        await world.nobody_listens.wait()


async def test_a_stream_is_for_those_with_the_token_and_for_so_many_at_once(
    server: ControlServer, world: World, control: Path
) -> None:
    token = token_of(control)
    assert (await get(server, "/api/streams/live"))[0] == 401
    status, _, body = await get(server, "/api/streams/nonsense", token)
    assert (status, json.loads(body)["streams"]) == (404, ["live"])
    url, headers = f"http://127.0.0.1:{server.port}/api/streams/live", {"Authorization": f"Bearer {token}"}
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        many = [await session.get(url, headers=headers) for _ in range(20)]
        assert (await get(server, "/api/streams/live", token))[0] == 503
        for response in many:
            response.close()
        await world.nobody_listens.wait()
        async with session.get(url, headers=headers) as response:
            assert response.status == 200
