"""Telling other systems, with a real store and a real server that fails, stalls and lies."""

import asyncio
import base64
import hashlib
import hmac
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from typer.testing import CliRunner

from calls.clock import ManualClock
from hotline.cli.app import app
from hotline.public_addresses import PrivateAddress, PublicOnly
from hotline.webhook_settings import WebhookSettings
from hotline.webhooks import Webhooks, WebhookSecrets
from tickets import Deliveries, OrderFacts, OrderRefused, Orders, Store, TicketStep, Wish

NOW = 1_793_581_200.0
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver:
    """A ticket system that does with messages what each test says."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Answer] = []  # in turn; after them all is taken
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return await self.answers.pop(0)(request) if self.answers else web.Response()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    @property
    def topics(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


class World:
    """A store, its hand-off, and time."""

    def __init__(self, store: Store, folder: Path, receiver: Receiver) -> None:
        self.clock = ManualClock(NOW)
        self.orders = Orders(store, self.clock)
        self.deliveries = Deliveries(store)
        self.secrets = WebhookSecrets(folder / "secrets.json")
        self.settings: dict[str, Any] = {
            "targets": {"oa": {"url": receiver.url}}, "allow": ["127.0.0.0/8"], "attempts": 4, "timeout_s": 1.0,
        }  # fmt: skip

    async def round(self) -> int:
        """Fan out and send what is due, once; return how many were taken."""
        chosen = WebhookSettings.model_validate(self.settings)
        async with Webhooks(chosen, self.deliveries, self.clock, self.secrets.of) as hooks:
            await hooks.fan_out()
            return sum([await hooks.send_due(name) for name in chosen.targets])

    async def states(self) -> list[str]:
        return [one.state for one in await self.deliveries.find()]


@pytest.fixture
def world(store: Store, tmp_path: Path, receiver: Receiver) -> World:
    return World(store, tmp_path, receiver)


async def test_each_change_of_a_ticket_is_told_once_signed_and_in_order(world: World, receiver: Receiver) -> None:
    number = await world.orders.create(OrderFacts(subject="路灯不亮", caller="13812345678"), "li")
    await world.orders.take(number, Wish(TicketStep.DISPATCH, department="water"), "li")
    with pytest.raises(OrderRefused):  # what was not done is not told
        await world.orders.take(number, Wish(TicketStep.CLOSE, "x"), "li")
    assert await world.round() == 2
    assert await world.round() == 0
    assert receiver.topics == ["ticket.create", "ticket.dispatch"]
    headers, body = receiver.got[1]
    told = json.loads(body)["data"]
    assert (told["ticket"]["number"], told["ticket"]["state"], told["change"]["by"]) == (number, "dispatched", "li")
    assert told["ticket"]["subject"] == "路灯不亮"
    key = base64.b64decode(world.secrets.of("oa").removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    ours = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{ours}"
    assert headers["idempotency-key"] == headers["webhook-id"]
    assert len(set(receiver.ids)) == 2


async def failing(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def stalling(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)  # cancelled when the sender hangs up
    return web.Response()


async def stalling_within(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "10"})
    await answer.prepare(request)
    await answer.write(b"begun")
    await asyncio.sleep(30)
    return answer


async def promising_more(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "1000"})
    await answer.prepare(request)
    await answer.write(b"that was all")
    assert request.transport is not None
    request.transport.close()
    return answer


async def sending_elsewhere(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "http://169.254.169.254/latest"})


@pytest.mark.parametrize("fault", [failing, stalling, stalling_within, promising_more, sending_elsewhere])
async def test_whatever_the_receiver_does_the_same_message_comes_again(
    world: World, receiver: Receiver, fault: Answer
) -> None:
    await world.orders.create(OrderFacts(subject="路灯"), "li")
    receiver.answers = [fault]
    assert await world.round() == 0
    [waiting] = await world.deliveries.find(state="waiting")
    assert (waiting.attempts, bool(waiting.error)) == (1, True)
    assert 4.5 <= waiting.next_at - NOW <= 5.5
    assert await world.round() == 0  # not before its time
    world.clock.advance(6)
    assert await world.round() == 1
    assert receiver.ids[0] == receiver.ids[1] and receiver.got[0][1] == receiver.got[1][1]
    assert await world.states() == ["done"]


async def test_an_answer_without_end_is_not_read_to_its_end(world: World, receiver: Receiver) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 16384)

    await world.orders.create(OrderFacts(subject="路灯"), "li")
    receiver.answers = [endless]
    assert await world.round() == 1


async def test_after_the_last_attempt_it_is_dead_and_a_replay_sends_it_again(world: World, receiver: Receiver) -> None:
    await world.orders.create(OrderFacts(subject="路灯"), "li")
    receiver.answers = [failing] * 4
    pauses = []
    for _ in range(4):
        await world.round()
        [one] = await world.deliveries.find()
        pauses.append(round((one.next_at - world.clock.now()) / 5))
        world.clock.advance(60)
    assert pauses[:3] == [1, 2, 4]
    [dead] = await world.deliveries.find(state="dead")
    assert (dead.attempts, dead.error) == (4, "answered 500")
    assert await world.round() == 0
    assert await world.deliveries.replay(world.clock.now()) == 1
    assert await world.round() == 1
    assert len(set(receiver.ids)) == 1


async def test_a_receiver_may_ask_for_patience_or_say_that_it_is_gone(world: World, receiver: Receiver) -> None:
    async def busy(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=503, headers={"Retry-After": "600"})

    async def gone(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=410)

    await world.orders.create(OrderFacts(subject="路灯"), "li")
    receiver.answers = [busy, gone]
    await world.round()
    [one] = await world.deliveries.find()
    assert one.next_at == NOW + 600
    world.clock.advance(601)
    await world.round()
    assert await world.states() == ["dead"]


async def test_a_target_that_stalls_holds_up_no_other(world: World, receiver: Receiver) -> None:
    stalled = asyncio.Event()

    async def forever(_request: web.Request) -> web.StreamResponse:
        stalled.set()
        await asyncio.sleep(60)
        return web.Response()

    lame = Receiver()
    lame.answers = [forever] * 9
    app = web.Application()
    app.router.add_post("/hook", lame.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    world.settings["targets"] = {
        "lame": {"url": f"http://127.0.0.1:{runner.addresses[0][1]}/hook"},
        "oa": {"url": receiver.url},
    }
    world.settings["timeout_s"] = 60
    await world.orders.create(OrderFacts(subject="路灯"), "li")
    hooks = Webhooks(
        WebhookSettings.model_validate(world.settings), world.deliveries, world.clock, world.secrets.of
    )  # fmt: skip
    running = asyncio.create_task(hooks.run())
    async with asyncio.timeout(20):
        await stalled.wait()
        while "done" not in await world.states():  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await runner.cleanup()
    assert receiver.topics == ["ticket.create"]
    assert sorted(await world.states()) == ["done", "waiting"]


async def test_a_secret_that_cannot_be_read_holds_up_its_own_target_only(world: World, receiver: Receiver) -> None:
    def secret_of(target: str) -> str:
        return "whsec_x" if target == "typo" else world.secrets.of("oa")

    world.settings["targets"] = {name: {"url": receiver.url} for name in ("typo", "oa")}
    await world.orders.create(OrderFacts(subject="路灯"), "li")
    hooks = Webhooks(WebhookSettings.model_validate(world.settings), world.deliveries, world.clock, secret_of)
    async with hooks:
        await hooks.fan_out()
        assert [await hooks.send_due("typo"), await hooks.send_due("oa")] == [0, 1]


@pytest.mark.parametrize(("mistake", "words"), [("{oa: typo", "is not JSON"), ('{"oa": 5}', "the secret of oa is no")])
def test_a_mistake_in_the_file_of_the_secrets_is_told_and_the_file_stays(
    tmp_path: Path, mistake: str, words: str
) -> None:
    (tmp_path / "secrets.json").write_text(mistake)
    with pytest.raises(ValueError, match=rf"secrets\.json.*{words}"):
        WebhookSecrets(tmp_path / "secrets.json").of("oa")
    assert [one.name for one in tmp_path.iterdir()] == ["secrets.json"]
    assert (tmp_path / "secrets.json").read_text() == mistake


async def test_a_fault_of_ours_ends_the_telling_of_nobody(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()
    world.settings["targets"] = {name: {"url": receiver.url} for name in ("bad", "oa")}
    hooks = Webhooks(
        WebhookSettings.model_validate(world.settings), world.deliveries, world.clock, world.secrets.of
    )  # fmt: skip
    due = world.deliveries.due

    async def broken(target: str, now: float) -> Any:
        if target == "bad":
            failed.set()
            raise RuntimeError("a fault of ours")
        return await due(target, now)

    monkeypatch.setattr(world.deliveries, "due", broken)
    running = asyncio.create_task(hooks.run())
    async with asyncio.timeout(20):
        await failed.wait()
        await world.orders.create(OrderFacts(subject="路灯"), "li")
        while "done" not in await world.states():  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.05)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_nobody_is_told_what_it_did_not_ask_for(world: World, receiver: Receiver) -> None:
    world.settings["targets"] = {"oa": {"url": receiver.url, "topics": ["ticket.close", "call.*"]}}
    number = await world.orders.create(OrderFacts(subject="路灯"), "li")
    await world.orders.take(number, Wish(TicketStep.CLOSE, "办结"), "li")
    await world.round()
    assert receiver.topics == ["ticket.close"]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/x", "http://10.1.2.3/x", "http://[::1]/x", "http://[::ffff:10.0.0.1]/x", "http://2130706433/x",
     "http://0x7f.1/x", "http://169.254.169.254/x", "http://localhost:9/x", "http://[64:ff9b::a00:1]/x", "http://１２７.0.0.1/x",
     "http://127。0。0。1/x", "http://①②⑦.0.0.1/x"],
)  # fmt: skip
async def test_a_private_address_is_refused_however_it_is_written(world: World, url: str, receiver: Receiver) -> None:
    world.settings.update(targets={"oa": {"url": url}}, allow=[])
    await world.orders.create(OrderFacts(subject="路灯"), "li")
    assert await world.round() == 0
    [one] = await world.deliveries.find()
    refusals = ("is a private address: list its network in webhooks.allow", "is not a canonical IPv4 address")
    assert any(words in one.error for words in refusals)
    assert receiver.got == []


async def test_a_name_that_leads_inside_is_refused_and_outside_is_not() -> None:
    class Names(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
            address = {"inside.example": "192.168.1.1", "outside.example": "1.1.1.1"}[host]
            return [ResolveResult(hostname=host, host=address, port=port, family=2, proto=0, flags=0)]

        async def close(self) -> None:
            pass

    names = PublicOnly([], Names())
    assert [one["host"] for one in await names.resolve("outside.example")] == ["1.1.1.1"]
    with pytest.raises(PrivateAddress):
        await names.resolve("inside.example")
    assert (await PublicOnly(["192.168.0.0/16"], Names()).resolve("inside.example"))[0]["host"] == "192.168.1.1"


async def test_the_commands_list_what_is_dead_send_it_again_and_show_the_secrets(
    world: World, receiver: Receiver, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hotline.toml").write_text(
        f'state_dir = "{tmp_path}"\n[store]\nurl = "{store.url}"\n'
        f'[webhooks.targets.oa]\nurl = "{receiver.url}"\n', encoding="utf-8",
    )  # fmt: skip
    monkeypatch.setenv("HOTLINE_CONFIG", str(tmp_path / "hotline.toml"))

    async def run(*arguments: str) -> Any:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["webhooks", *arguments, "--json"])
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    world.settings["attempts"] = 1
    receiver.answers = [failing]
    await world.orders.create(OrderFacts(subject="路灯"), "li")
    await world.round()
    [dead] = await run("list", "--state", "dead")
    assert (dead["target"], dead["topic"], dead["attempts"], dead["error"]) == (
        "oa",
        "ticket.create",
        1,
        "answered 500",
    )
    assert await run("replay", str(dead["id"])) == {"replayed": 1}
    assert await run("replay", "--dead") == {"replayed": 0}
    world.clock.advance(1e9)
    assert await world.round() == 1
    [target] = await run("targets")
    assert (target["url"], target["secret"][:6]) == (receiver.url, "whsec_")
    lost = await asyncio.to_thread(CliRunner().invoke, app, ["webhooks", "replay", "999"])
    assert lost.exit_code == 1 and "no such messages" in lost.stderr
    unsaid = await asyncio.to_thread(CliRunner().invoke, app, ["webhooks", "replay"])
    assert unsaid.exit_code == 2


def test_secrets_are_kept_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    kept = WebhookSecrets(tmp_path / "secrets.json")
    first = kept.of("oa")
    assert WebhookSecrets(tmp_path / "secrets.json").of("oa") == first != kept.of("other")
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
