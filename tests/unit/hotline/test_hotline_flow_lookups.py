"""Asking other systems for flows, against a real HTTP server that answers, stalls, fails and lies."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from hotline.flow_lookups import FlowLookUps
from ivr.outside import HttpQuestion, LookUpFailed
from tickets.lookups import DatabaseQuestions

BILL = {"bill": {"total": 12.5}, "供水": [1]}


class Other:
    """The other system."""

    def __init__(self, base: str, seen: list[dict[str, object]]) -> None:
        self.base, self.seen = base, seen


@pytest.fixture
async def other() -> AsyncIterator[Other]:
    seen: list[dict[str, object]] = []

    async def handle(request: web.Request) -> web.StreamResponse:  # noqa: PLR0911, PLR0912 - a case a kind of answer
        seen.append({"path": request.raw_path, "method": request.method, "body": await request.text(),
                     "cookie": request.headers.get("Cookie")})  # fmt: skip
        match request.match_info["how"]:
            case "stall":
                await asyncio.sleep(30)
            case "trickle":
                answer = web.StreamResponse()
                await answer.prepare(request)
                for _ in range(100):
                    await answer.write(b" ")
                    await asyncio.sleep(0.1)
            case "huge":
                return web.Response(body=b"[" + b"1," * 100_000 + b"1]")
            case "moved":
                raise web.HTTPFound(f"{base}/bill")
            case "html":
                return web.Response(text="<h1>Welcome</h1>", content_type="application/json")
            case "deep":
                return web.Response(text="[" * 30_000)
            case "nan":
                return web.Response(text='{"total": NaN}')
            case "gzip":
                return web.Response(body=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"})
            case "gbk":
                return web.Response(body='{"a": "供水"}'.encode("gbk"))
            case "cut":
                assert request.transport is not None
                request.transport.abort()
            case "gone" | "missing" | "nothing" | "broken" | "refused" as how:
                status = {"gone": 410, "missing": 404, "nothing": 204, "broken": 500, "refused": 403}[how]
                return web.Response(status=status)
            case "null":
                return web.Response(text="null")
        answer = web.json_response(BILL)
        answer.set_cookie("session", "abc")
        return answer

    app = web.Application()
    app.router.add_route("*", "/{how}", handle)
    app.router.add_route("*", "/{how}/{more:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    base = f"http://127.0.0.1:{port}"
    yield Other(base, seen)
    await runner.cleanup()


@pytest.fixture
async def lookups(other: Other) -> AsyncIterator[FlowLookUps]:
    made = FlowLookUps([other.base.removeprefix("http://")], DatabaseQuestions({}))
    yield made
    await made.close()


async def ask(lookups: FlowLookUps, url: str, *, method: str = "GET", timeout_s: float = 3, **send: str) -> object:
    return await lookups.over_http(HttpQuestion(url, method, send, timeout_s))


async def test_what_is_answered_comes_back(other: Other, lookups: FlowLookUps) -> None:
    assert await ask(lookups, f"{other.base}/bill") == BILL


async def test_what_is_sent_stands_in_the_address_or_as_json_in_the_body(other: Other, lookups: FlowLookUps) -> None:
    await ask(lookups, f"{other.base}/bill?a=1", by="a b&c")
    await ask(lookups, f"{other.base}/bill", method="POST", by="a b&c", of="供")
    assert other.seen[0]["path"] == "/bill?a=1&by=a+b%26c"
    assert (other.seen[1]["method"], json.loads(str(other.seen[1]["body"]))) == ("POST", {"by": "a b&c", "of": "供"})


async def test_an_address_is_asked_as_it_is_written(other: Other, lookups: FlowLookUps) -> None:
    await ask(lookups, f"{other.base}/bill/%2E%2E%2Fadmin%3Fx")
    assert other.seen[0]["path"] == "/bill/%2E%2E%2Fadmin%3Fx"


@pytest.mark.parametrize("how", ["missing", "gone", "nothing", "null"])
async def test_nothing_there_is_nothing(other: Other, lookups: FlowLookUps, how: str) -> None:
    assert await ask(lookups, f"{other.base}/{how}") is None


@pytest.mark.parametrize(
    "how", ["broken", "refused", "huge", "html", "deep", "nan", "gzip", "gbk", "cut", "moved"]
)  # fmt: skip
async def test_what_is_no_answer_fails_and_nothing_is_followed(other: Other, lookups: FlowLookUps, how: str) -> None:
    with pytest.raises(LookUpFailed, match=r"127\.0\.0\.1"):
        await ask(lookups, f"{other.base}/{how}")
    assert {seen["path"] for seen in other.seen} == {f"/{how}"}


@pytest.mark.parametrize("how", ["stall", "trickle"])
async def test_who_takes_too_long_is_not_waited_for_and_the_loop_runs_on(
    other: Other, lookups: FlowLookUps, how: str
) -> None:
    begun, longest = time.monotonic(), 0.0
    asking = asyncio.ensure_future(ask(lookups, f"{other.base}/{how}", timeout_s=0.6))
    while not asking.done():
        before = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - before)
    with pytest.raises(LookUpFailed, match=r"within 0\.6 s"):
        await asking
    assert time.monotonic() - begun < 3
    assert longest < 0.4


async def test_nobody_there_fails(other: Other) -> None:
    lookups = FlowLookUps(["127.0.0.1:1"], DatabaseQuestions({}))
    with pytest.raises(LookUpFailed):
        await ask(lookups, "http://127.0.0.1:1/bill")
    await lookups.close()


@pytest.mark.parametrize(
    "url", ["http://localhost{port}/bill", "http://127.0.0.1/bill", "http://127.0.0.1{port}@x/bill"]
)
async def test_only_hosts_of_the_settings_are_asked(other: Other, lookups: FlowLookUps, url: str) -> None:
    port = other.base.rpartition(":")[2]
    with pytest.raises(LookUpFailed, match=r"lookups\.hosts"):
        await ask(lookups, url.format(port=f":{port}"))
    assert other.seen == []


async def test_cookies_are_not_kept(other: Other, lookups: FlowLookUps) -> None:
    await ask(lookups, f"{other.base}/bill")
    await ask(lookups, f"{other.base}/bill")
    assert [seen["cookie"] for seen in other.seen] == [None, None]
