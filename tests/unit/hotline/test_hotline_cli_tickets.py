"""``hotline tickets``: work orders on a real store, while no service runs; what is refused, and how it is told."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from calls import AgentId, CallId, Outcome, SeatId, SystemClock
from calls import timeline as t
from hotline.cli.app import app
from hotline.overdue import watch_overdue
from hotline.settings_file import load_settings
from hotline.ticket_rules import deadlines_of, orders_of
from tickets import Journal, Store, TicketKind

ROOT = Path(__file__).parents[3]
NUMBER = "13812345678"
Run = Callable[..., Awaitable[Any]]


pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def run() -> Run:
    async def run(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, ["tickets", *arguments])

    return run


def left_message(call: CallId) -> list[t.Event]:
    now = time.time()
    return [
        t.CallArrived(call=call, at=now, caller=NUMBER, caller_name="", dialled="12345", node="a1", unique_id=call),
        t.MessageLeft(call=call, at=now + 9, box="mayor", path="m.wav", duration_s=5.0, end="hang_up"),
        t.CallEnded(call=call, at=now + 9, outcome=Outcome.VOICEMAIL, cause="caller"),
    ]


def talked(call: CallId) -> list[t.Event]:
    now, agent = time.time(), AgentId("2001")
    return [
        t.CallArrived(call=call, at=now, caller=NUMBER, caller_name="", dialled="12345", node="a1", unique_id=call),
        t.Connected(call=call, at=now + 1, agent=agent, seat=SeatId("1001")),
        t.TalkEnded(call=call, at=now + 5, agent=agent, by="caller"),
        t.CallEnded(call=call, at=now + 5, outcome=Outcome.ANSWERED, cause="caller"),
    ]


LIGHT = (
    "--kind",
    "complaint",
    "--subject",
    "路灯不亮",
    "--content",
    "人民路12号",
    "--caller",
    NUMBER,
    "--name",
    "张三",
)


async def test_a_complaint_goes_its_whole_way_by_command(store: Store, done: Run, run: Run) -> None:
    number = (await done("create", *LIGHT, "--by", "wang"))["number"]
    assert (await done("dispatch", number, "--department", "04"))["department"] == "urban_management"
    assert (await done("return", number, "--reason", "不属本单位"))["state"] == "returned"
    await done("dispatch", number, "--department", "transport", "--by", "wang")
    await done("accept", number)
    await done("answer", number, "--text", "已修复")
    await done("follow-up", number, "--satisfaction", "2", "--note", "还行")
    told = await done("close", number)
    assert (told["state"], told["result"], told["satisfaction"]) == ("closed", "已修复", 2)
    assert [(c["action"], c["department"]) for c in told["changes"]] == [
        ("create", ""), ("dispatch", "urban_management"), ("return", "urban_management"), ("dispatch", "transport"),
        ("accept", "transport"), ("answer", "transport"), ("follow-up", "transport"), ("close", "transport"),
    ]  # fmt: skip
    assert told["changes"][0]["by"] == told["changes"][3]["by"] == "wang"
    assert told["changes"][1]["by"] not in ("", "wang")
    assert await done("show", number) == await done(number) == told
    shown = (await run("show", number)).stdout
    told = await done("edit", (await done("create", *LIGHT))["number"], "--caller", "13900001234")
    assert NUMBER not in (await run("show", told["number"])).stdout
    assert "已修复" in shown and "138****5678" in shown and NUMBER not in shown
    assert NUMBER in (await run("show", number, "--full")).stdout


async def test_a_refused_step_leaves_with_1_says_what_can_be_done_and_changes_nothing(
    store: Store, done: Run, run: Run
) -> None:
    number = (await done("create", *LIGHT))["number"]
    before = await done("show", number)
    for words, remedy in (
        (("accept", number), "what can be done: dispatch, answer, close"),
        (("close", number), "closed with a reason"),
        (("answer", number), "say what is answered"),
        (("accept", "2601010001"), "there is no ticket 2601010001"),
    ):
        result = await run(*words, "--json")
        assert (result.exit_code, result.stdout) == (1, "")
        assert remedy in result.stderr
    assert await done("show", number) == before


async def test_wrong_words_leave_with_2_and_a_remedy(store: Store, done: Run, run: Run) -> None:
    number = (await done("create", *LIGHT))["number"]
    for words, remedy in (
        (("dispatch", number, "--department", "moon"), "urban_management (市城市管理和综合执法局)"),
        (("create", "--subject", "x", "--kind", "joke"), "complaint"),
        (("create", "--subject", "x", "--caller", "1; DROP TABLE"), "digits only"),
        (("list", "--state", "lost"), "followed_up"),
        (("list", "--since", "soon"), "--since"),
    ):
        result = await run(*words)
        assert result.exit_code == 2, words
        assert remedy in result.stderr
    assert len(await done("list")) == 1


async def test_without_a_store_the_exit_code_is_4_and_none_is_made(run: Run, here: Path) -> None:
    for words in (("list",), ("create", "--subject", "x"), ("close", "2601010001", "--reason", "x"), ("escalate",)):
        result = await run(*words)
        assert result.exit_code == 4
        assert "when it first starts" in result.stderr
    assert not (here / "var" / "hotline.db").exists()


async def test_the_list_is_narrowed_by_department_text_kind_state_and_repetition(store: Store, done: Run) -> None:
    numbers = [(await done("create", *LIGHT))["number"] for _ in range(3)]
    await done("dispatch", numbers[0], "--department", "water")
    other = (await done("create", "--subject", "水管爆裂", "--caller", "13900000000"))["number"]

    async def listed(*options: str) -> list[str]:
        return [row["number"] for row in await done("list", *options)]

    assert await listed() == [other, *reversed(numbers)]
    assert await listed("--department", "water") == await listed("--state", "dispatched") == numbers[:1]
    assert await listed("--text", "水管") == await listed("--kind", "enquiry") == [other]
    assert await listed("--repeated") == numbers[2:]
    assert await listed("--caller", NUMBER, "--limit", "1") == numbers[2:]
    assert await listed("--overdue") == []


async def test_what_is_urgent_is_shown_with_the_emergency_line_and_a_text_message_as_such(
    store: Store, done: Run, run: Run
) -> None:
    gas = await done("create", "--subject", "燃气泄漏", "--urgency", "fire", "--channel", "text", "--json")
    await done("create", "--subject", "水管")
    assert "fire 119" in (await run(gas["number"])).stdout
    assert [one["number"] for one in await done("list", "--urgent", "--json")] == [gas["number"]]
    assert [one["number"] for one in await done("list", "--channel", "text", "--json")] == [gas["number"]]
    await done("edit", gas["number"], "--urgency", "normal")
    assert await done("list", "--urgent", "--json") == []
    for words, there in (
        (("create", "--subject", "x", "--urgency", "very"), "normal, urgent, police, fire, medical"),
        (("list", "--channel", "fax"), "phone, text, mail, web"),
    ):
        refused = await run(*words)
        assert refused.exit_code == 2 and there in refused.stderr


async def test_a_talks_ticket_has_no_deadline_until_it_is_dispatched_a_message_has_one_at_once(
    store: Store, here: Path, done: Run
) -> None:
    async with Journal(store, spool=here / "var" / "spool.jsonl", clock=SystemClock()) as journal:
        for event in (*talked(CallId("c1")), *left_message(CallId("c2"))):
            journal.append(event)
        await journal.settled()
    by_call = {row["call_id"]: row for row in await done()}
    assert by_call["c1"]["answer_by"] is None
    assert by_call["c2"]["answer_by"] > time.time() + 4 * 86400
    number = by_call["c1"]["number"]
    told = await done("edit", number, "--kind", "report", "--subject", "乱收费", "--by", "li")
    assert (told["kind"], told["subject"], told["answer_by"]) == ("report", "乱收费", None)
    told = await done("dispatch", number, "--department", "tax")
    assert told["answer_by"] > time.time() + 40 * 86400
    assert told["accept_by"] < time.time() + 12 * 86400
    assert told["call"]["id"] == "c1"


async def test_what_is_overdue_is_listed_and_escalated_by_command_and_by_the_service(
    store: Store, done: Run, run: Run
) -> None:
    first, second = [(await done("create", *LIGHT))["number"] for _ in range(2)]
    async with store.write() as connection:
        await connection.execute(text("UPDATE tickets SET answer_by = answer_by - 100 * 86400"))
    assert [row["overdue"] for row in await done("list", "--overdue")] == [["not answered in time"]] * 2
    assert "not answered in time" in (await run("list", "--overdue")).stdout
    assert await done("escalate") == {"escalated": [first, second]}
    assert await done("escalate") == {"escalated": []}
    async with store.write() as connection:
        await connection.execute(text("UPDATE tickets SET escalated_at = NULL"))
    watching = asyncio.create_task(watch_overdue(orders_of(load_settings(), store, SystemClock())))
    async with asyncio.timeout(10):
        while len((await done("show", second))["changes"]) < 3:  # noqa: ASYNC110 - only the store tells
            await asyncio.sleep(0.05)
    watching.cancel()
    assert [(c["action"], c["by"]) for c in (await done("show", first))["changes"]][2:] == [("escalate", "hotline")]


async def test_the_rules_follow_the_settings(store: Store, done: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TICKETS__REPORT_DAYS", "2")
    monkeypatch.setenv("HOTLINE_TICKETS__CLOSED_ON", "2026-11-24, 2026-11-25")
    monkeypatch.setenv("HOTLINE_TICKETS__REPEAT_TIMES", "2")
    monkeypatch.setenv("HOTLINE_TICKETS__REOPEN_FROM", "0")
    monday = 1_795_395_600.0  # 2026-11-23 09:00 in Shanghai
    assert deadlines_of(load_settings()).answer_by(TicketKind.REPORT, monday) == monday - 9 * 3600 + 5 * 86400
    numbers = [(await done("create", *LIGHT))["number"] for _ in range(2)]
    assert [row["number"] for row in await done("list", "--repeated")] == numbers[1:]
    await done("answer", numbers[0], "--text", "已修复")
    assert (await done("follow-up", numbers[0], "--satisfaction", "5"))["state"] == "followed_up"


async def test_what_is_written_comes_back_as_it_was_and_steers_nothing(store: Store, done: Run, run: Run) -> None:
    nasty = "x'); DROP TABLE tickets; -- %_ \x1b[2J [red]张[/red]"
    number = (await done("create", "--subject", nasty, "--content", nasty, "--name", nasty))["number"]
    told = await done("dispatch", number, "--department", "water", "--note", nasty)
    assert told["subject"] == told["content"] == told["caller_name"] == told["changes"][-1]["note"] == nasty
    assert [row["number"] for row in await done("list", "--text", "DROP %_")] == [number]
    for words in (("list",), ("show", number)):
        assert "\x1b" not in (await run(*words)).stdout
