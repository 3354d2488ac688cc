"""The REST API on a real store, over HTTP: what each role may do and see, paging, refusals, the audit; fuzzed by its
own OpenAPI document."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from calls import AgentId, CallId, SeatId, SystemClock
from calls import timeline as t
from hotline.audit import AuditLog, entries
from hotline.categories import CategoryTree, Placed
from hotline.http import ControlServer, Health, Pages
from hotline.rest import ApiTokens, RestApi
from tickets import Journal, OrderBook, OrderFacts, Orders, Reader, Store, WantedOrders

NUMBER = "13812345678"
TREE = CategoryTree({
    "01": Placed("01", "城市管理", "City", "", ("01",)), "0101": Placed("0101", "路灯", "", "", ("01", "0101")),
})  # fmt: skip


class World:
    """The API over HTTP."""

    def __init__(self, url: str, tokens: dict[str, Any], folder: Path, session: aiohttp.ClientSession) -> None:
        self.url, self.tokens, self.folder, self.session = url, tokens, folder, session
        self.agents: list[dict[str, Any]] = [{"agent": "2001", "state": "ready", "call": ""}]

    async def ask(self, role: str, method: str, path: str, *, want: int = 200, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[role]['token']}"} if role else {}
        async with self.session.request(method, f"{self.url}/v1/{path}", headers=headers, **more) as answer:
            told = await answer.json()
            assert answer.status == want, told
            return told


@pytest.fixture
async def world(store: Store, tmp_path: Path) -> AsyncIterator[World]:
    tokens, clock = ApiTokens(tmp_path / "api-tokens.json"), SystemClock()
    tokens.make()
    async with aiohttp.ClientSession() as session:
        world = World("", json.loads((tmp_path / "api-tokens.json").read_text()), tmp_path, session)
        api = RestApi(
            tokens, OrderBook(store), lambda: Orders(store, clock, categories=TREE.codes), Reader(store),
            AuditLog(tmp_path / "audit.jsonl", clock),
            agents=lambda: world.agents, departments=lambda: ["water"], categories=lambda: TREE,
        )  # fmt: skip
        pages = Pages(
            metrics=lambda: b"", metrics_type="text/plain", health=lambda: Health(ok=True), api={}, routes=api.routes()
        )
        server = ControlServer("127.0.0.1", 0, pages, tmp_path / "control.json")
        await server.start()
        world.url = f"http://127.0.0.1:{server.port}"
        yield world
        await server.stop()


@pytest.fixture
async def journal(store: Store, tmp_path: Path) -> AsyncIterator[Journal]:
    async with Journal(store, spool=tmp_path / "spool.jsonl", clock=SystemClock()) as journal:
        yield journal


async def test_a_ticket_goes_its_way_between_an_agent_and_a_department(world: World) -> None:
    made = await world.ask("agent", "POST", "tickets", want=201, json={
        "kind": "complaint", "subject": "路灯不亮", "caller": NUMBER, "caller_name": "张三", "category": "0101",
    })  # fmt: skip
    steps = f"tickets/{made['number']}/steps"
    await world.ask("agent", "POST", steps, json={"step": "dispatch", "department": "water"})
    await world.ask("department", "POST", steps, json={"step": "accept"})
    answered = await world.ask("department", "POST", steps, json={"step": "answer", "note": f"已修复，致电{NUMBER}"})
    assert (answered["state"], answered["result"]) == ("answered", "已修复，致电138****5678")
    assert (answered["caller"], answered["caller_name"]) == ("138****5678", "")
    assert made["similar"] == answered["similar"] == []
    seen = await world.ask("supervisor", "GET", f"tickets/{made['number']}")
    assert (seen["caller"], seen["caller_name"]) == (NUMBER, "张三")
    assert [change["by"] for change in seen["changes"]] == [
        "api:agent",
        "api:agent",
        "api:department",
        "api:department",
    ]
    acts = [(one["act"], one["by"]) for one in entries(world.folder / "audit.jsonl")]
    assert acts[-1] == ("showTicket", "api:supervisor") and len(acts) == 5


async def test_a_desk_writes_what_a_calls_ticket_is_about_and_how_urgent(world: World) -> None:
    made = await world.ask("agent", "POST", "tickets", want=201, json={"subject": "来电", "caller": NUMBER})
    path = f"tickets/{made['number']}"
    edited = await world.ask("agent", "PATCH", path, json={
        "kind": "complaint", "subject": "燃气泄漏", "urgency": "fire", "reason": "来电人补充"
    })  # fmt: skip
    assert (edited["kind"], edited["subject"], edited["caller"], edited["line"]) == (
        "complaint", "燃气泄漏", NUMBER, "119"
    )  # fmt: skip
    assert edited["changes"][-1]["by"] == "api:agent" and edited["changes"][-1]["note"].startswith("来电人补充 (")
    for role in ("viewer", "department"):
        await world.ask(role, "PATCH", path, want=403, json={"subject": "x"})
    assert "nothing would change" in (await world.ask("agent", "PATCH", path, want=409, json={}))["error"]
    assert [one["number"] for one in (await world.ask("viewer", "GET", "tickets?urgent=true"))["tickets"]] == [
        made["number"]
    ]
    assert (await world.ask("viewer", "GET", "tickets?channel=text"))["tickets"] == []


async def test_what_a_role_may_not_do_is_refused_and_changes_nothing(world: World) -> None:
    for role, want in (("", 401), ("viewer", 403), ("department", 403)):
        await world.ask(role, "POST", "tickets", want=want, json={"subject": "路灯"})
    made = await world.ask("agent", "POST", "tickets", want=201, json={"subject": "路灯"})
    for role, step in (("viewer", "close"), ("department", "close"), ("viewer", "answer")):
        body = {"step": step, "note": "x"}
        told = await world.ask(role, "POST", f"tickets/{made['number']}/steps", want=403, json=body)
        assert "may not do this" in told["error"]
    assert (await world.ask("viewer", "GET", f"tickets/{made['number']}"))["state"] == "registered"
    tokens = world.folder / "api-tokens.json"
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600
    kept = {name: one for name, one in world.tokens.items() if name != "viewer"}
    tokens.write_text(json.dumps(kept))
    await world.ask("viewer", "GET", "tickets", want=401)  # a token that was taken away


async def test_a_departments_own_token_has_its_tickets_and_nothing_else(world: World) -> None:
    world.tokens |= {"water": {"role": "department", "department": "water", "token": "w" * 40},
                     "of_none": {"role": "department", "department": "", "token": "n" * 40}}  # fmt: skip
    (world.folder / "api-tokens.json").write_text(json.dumps(world.tokens))
    own, other = [
        (await world.ask("agent", "POST", "tickets", want=201, json={"subject": "停水", "caller": NUMBER}))["number"]
        for _ in range(2)
    ]
    await world.ask("agent", "POST", f"tickets/{own}/steps", json={"step": "dispatch", "department": "water"})
    listed = await world.ask("water", "GET", "tickets")
    assert [(one["number"], one["caller"]) for one in listed["tickets"]] == [(own, "138****5678")]
    assert (await world.ask("water", "GET", f"tickets/{own}"))["similar"] == []
    for method, path, more in (
        ("GET", f"tickets/{other}", {}), ("GET", "tickets?department=fire", {}), ("GET", "calls", {}),
        ("GET", "calls/c1", {}), ("GET", "agents/2001/screen", {}), ("GET", "agents/2001/screen/events", {}),
        ("POST", f"tickets/{other}/steps", {"json": {"step": "answer", "note": "x"}}),
        ("POST", f"tickets/{own}/steps", {"json": {"step": "close", "note": "x"}}),
    ):  # fmt: skip
        assert (await world.ask("water", method, path, want=403, **more))["error"], path
    returned = await world.ask("water", "POST", f"tickets/{own}/steps", json={"step": "return", "note": "不属本单位"})
    assert returned["state"] == "returned"
    await world.ask("water", "GET", f"tickets/{own}", want=403)
    assert (await world.ask("water", "GET", "tickets"))["tickets"] == []
    await world.ask("of_none", "GET", "tickets", want=401)
    assert len((await world.ask("department", "GET", "tickets"))["tickets"]) == 2


async def test_pages_follow_each_other_without_gap_or_repetition(world: World) -> None:
    made = [
        (await world.ask("agent", "POST", "tickets", want=201, json={"subject": f"{n}"}))["number"] for n in range(5)
    ]
    found: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = await world.ask("viewer", "GET", "tickets", params={"limit": 2, **after})
        found += [one["number"] for one in page["tickets"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == made[::-1]


@pytest.mark.parametrize(
    ("method", "path", "more", "want"),
    [
        ("GET", "tickets?limit=0", {}, 400),
        ("GET", "tickets?after=2611279999", {}, 400),
        ("GET", "tickets?after=x", {}, 400),
        ("GET", "tickets?colour=red", {}, 400),
        ("GET", "tickets?caller=1' or 1=1", {}, 400),
        ("GET", "tickets?limit=1&limit=2", {}, 400),
        ("GET", "tickets/999999", {}, 404),
        ("GET", "calls/nowhere", {}, 404),
        ("GET", "agents/9999/screen", {}, 404),
        ("POST", "tickets", {"data": b"{"}, 400),
        ("POST", "tickets", {"json": []}, 400),
        ("POST", "tickets", {"json": {}}, 409),
        ("POST", "tickets", {"json": {"subject": "x\0"}}, 400),
        ("POST", "tickets", {"json": {"subject": "x", "category": "77"}}, 409),
        ("POST", "tickets", {"json": {"subject": "x", "urgency": "very"}}, 400),
        ("PATCH", "tickets/999999", {"json": {"subject": "x"}}, 404),
        ("PATCH", "tickets/999999", {"json": {"number": "1"}}, 400),
        ("POST", "tickets/999999/steps", {"json": {"step": "accept"}}, 404),
        ("POST", "tickets/999999/steps", {"json": {"step": "dispatch", "department": "moon"}}, 400),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    world: World, method: str, path: str, more: Any, want: int
) -> None:
    assert (await world.ask("agent", method, path, want=want, **more))["error"]


async def test_an_agent_whose_phone_rings_sees_the_callers_history_before_answering(
    world: World, journal: Journal
) -> None:
    await world.ask("agent", "POST", "tickets", want=201, json={"subject": "路灯", "caller": NUMBER})
    call, now = CallId("c9"), SystemClock().now()
    journal.append(t.CallArrived(
        call=call, at=now, caller=NUMBER, caller_name="", dialled="12345", node="n1", unique_id="9"
    ))  # fmt: skip
    journal.append(t.Queued(call=call, at=now, queue="general", needs={}, priority=0, since=now))
    journal.append(t.Offered(call=call, at=now, offer="o1", agent=AgentId("2001"), seat=SeatId("1001")))
    await journal.flush()
    world.agents = [{"agent": "2001", "state": "ringing", "call": "c9"}]
    screen = await world.ask("agent", "GET", "agents/2001/screen")
    assert (screen["state"], screen["call"]["id"], screen["call"]["outcome"]) == ("ringing", "c9", None)
    assert (screen["history"]["open"], screen["history"]["tickets"][0]["subject"]) == (1, "路灯")
    masked = await world.ask("viewer", "GET", "agents/2001/screen")
    assert (masked["history"]["caller"], masked["call"]["caller"]) == ("138****5678", "138****5678")
    assert (await world.ask("agent", "GET", f"callers/{NUMBER}/history"))["caller"] == NUMBER
    noted = [one for one in entries(world.folder / "audit.jsonl") if one["act"] == "callersHistory"]
    assert [(one["by"], one["caller"]) for one in noted] == [("api:agent", "138****5678")]


async def test_nothing_is_shown_or_done_that_cannot_be_audited(world: World, store: Store) -> None:
    made = await world.ask("agent", "POST", "tickets", want=201, json={"subject": "路灯"})
    (world.folder / "audit.jsonl").unlink()
    (world.folder / "audit.jsonl").mkdir()
    told = await world.ask("viewer", "GET", "tickets", want=503)
    assert "audit" in told["error"]
    await world.ask("agent", "POST", "tickets", want=503, json={"subject": "水"})
    close = {"step": "close", "note": "x"}
    await world.ask("agent", "POST", f"tickets/{made['number']}/steps", want=503, json=close)
    [one] = await OrderBook(store).find(WantedOrders(), 0.0)
    assert (one.number, one.state) == (made["number"], "registered")


async def test_who_sees_numbers_masked_neither_searches_by_them_nor_reads_what_an_edit_changed(
    world: World, store: Store
) -> None:
    made = await world.ask("agent", "POST", "tickets", want=201, json={"subject": "路灯", "caller": NUMBER})
    facts = OrderFacts(caller_name="张三丰", address="人民路12号")
    await Orders(store, SystemClock()).edit(made["number"], facts, "li")
    for role in ("viewer", "department"):
        for path in (f"tickets?caller={NUMBER}", "tickets?text=人民路", f"calls?caller={NUMBER}",
                     f"callers/{NUMBER}/history"):  # fmt: skip
            await world.ask(role, "GET", path, want=403)
        seen = json.dumps(await world.ask(role, "GET", f"tickets/{made['number']}"), ensure_ascii=False)
        assert "edit" in seen and "张三丰" not in seen and "人民路" not in seen
    assert (await world.ask("agent", "GET", "tickets?text=人民路"))["tickets"][0]["caller"] == NUMBER
    seen = await world.ask("agent", "GET", f"tickets/{made['number']}")
    assert "张三丰" in seen["changes"][-1]["note"]


async def test_a_long_content_is_taken_and_what_is_too_long_is_refused(world: World) -> None:
    for content, want in (("路" * 100_000, 201), ("x" * 600_000, 413)):
        body = json.dumps({"content": content}, ensure_ascii=False).encode()
        told = await world.ask("agent", "POST", "tickets", want=want, data=body)
        assert told.get("content", content) == content


async def test_all_open_tickets_of_a_caller_are_counted(world: World) -> None:
    for n in range(22):
        await world.ask("agent", "POST", "tickets", want=201, json={"subject": f"{n}", "caller": NUMBER})
    assert (await world.ask("agent", "GET", f"callers/{NUMBER}/history"))["open"] == 22


async def test_a_mistake_in_the_file_of_the_tokens_locks_nobody_out_and_the_file_stays(world: World) -> None:
    tokens = world.folder / "api-tokens.json"
    tokens.write_text("{viewer:")
    await world.ask("viewer", "GET", "tickets")
    with pytest.raises(OSError, match=r"api-tokens\.json is not JSON.*mend it"):
        ApiTokens(tokens).make()
    assert tokens.read_text() == "{viewer:" and not list(world.folder.glob("*.broken"))
    tokens.write_text("{}")
    await world.ask("viewer", "GET", "tickets", want=401)


async def test_whatever_is_sent_the_answer_is_as_the_document_says(world: World) -> None:
    await world.ask("agent", "POST", "tickets", want=201, json={"subject": "路灯", "caller": NUMBER})
    headers = {"Authorization": f"Bearer {world.tokens['agent']['token']}"}
    checks = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)

    def fuzz() -> int:
        schema = schemathesis.openapi.from_url(f"{world.url}/v1/openapi.json")
        tried = 0
        for found in schema.get_all_operations():
            operation = found.ok()

            @given(case=st.one_of(
                operation.as_strategy(), operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
            ))  # fmt: skip
            @settings(max_examples=15, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck))  # fmt: skip
            def one(case: Any) -> None:
                nonlocal tried
                tried += 1
                case.call_and_validate(headers=headers, checks=checks)

            one()
        return tried

    assert await asyncio.to_thread(fuzz) > 80
