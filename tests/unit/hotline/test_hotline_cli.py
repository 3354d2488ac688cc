"""The command line: a real store, a real control server, and what people and machines get to see."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calls import AgentId, CallId, Outcome, SeatId, SystemClock
from calls import timeline as t
from hotline.cli.app import app
from hotline.http import ControlServer, Health, Pages
from tickets import Journal, Store, migrate

ROOT = Path(__file__).parents[3]
NUMBER = "13812345678"
Run = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    async def run(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))

    return run


def a_call(call_id: str, at: float, *, answered: bool, queue: str = "general") -> list[t.Event]:
    call, agent, seat = CallId(call_id), AgentId("2001"), SeatId("1001")
    events: list[t.Event] = [
        t.CallArrived(
            call=call, at=at, caller=NUMBER, caller_name="张三", dialled="12345", node="a1", unique_id=call_id
        ),
        t.Queued(call=call, at=at + 5, queue=queue, needs={"general": 1}, priority=0, since=at + 5),
    ]
    if not answered:
        return [*events, t.CallEnded(call=call, at=at + 30, outcome=Outcome.ABANDONED_QUEUE, cause="caller")]
    return [
        *events,
        t.Offered(call=call, at=at + 6, offer="o", agent=agent, seat=seat),
        t.Connected(call=call, at=at + 9, agent=agent, seat=seat),
        t.TalkEnded(call=call, at=at + 74, agent=agent, by="caller"),
        t.CallEnded(call=call, at=at + 74, outcome=Outcome.ANSWERED, cause="caller"),
    ]


@pytest.fixture
async def store(here: Path) -> float:
    """A store with two calls; returns the time of the older one."""
    store = Store(f"sqlite+aiosqlite:///{here / 'var' / 'hotline.db'}")
    await migrate.upgrade(store)
    began = time.time() - 7200
    async with Journal(store, spool=here / "var" / "spool.jsonl", clock=SystemClock()) as journal:
        for event in a_call("a1-1700000000.1", began, answered=True):
            journal.append(event)
        for event in a_call("a1-1700000000.2", began + 3600, answered=False, queue="english"):
            journal.append(event)
        await journal.settled()
    await store.close()
    return began


AGENTS = [
    {"agent": "2001", "name": "王小明", "seat": "1001", "state": "talking", "reason": "", "since": 1.0, "for_s": 65.2,
     "call": "a1-1700000000.1", "queue": "general", "pending": "break", "phone": "in_use", "skills": {}, "team": ""},
    {"agent": "2002", "name": "李四", "seat": "", "state": "logged_out", "reason": "", "since": None, "for_s": None,
     "call": "", "queue": "", "pending": "", "phone": "", "skills": {}, "team": ""},
]  # fmt: skip
QUEUES = [
    {"queue": "general", "name": "综合坐席", "name_en": "General", "waiting": 1, "longest_wait_s": 12.0, "logged_in": 1,
     "ready": 0, "talking": 1, "callers": [{"call": "a1-1700000000.9", "place": 1, "waiting_s": 12.0, "since": 1.0,
                                            "priority": 0, "needs": {"general": 1}, "need": "general >= 1",
                                            "expected_s": 61.0, "ringing": ""}]},
    {"queue": "english", "name": "英语坐席", "name_en": "English", "waiting": 0, "longest_wait_s": 0.0, "logged_in": 0,
     "ready": 0, "talking": 0, "callers": []},
]  # fmt: skip


@pytest.fixture
async def service(here: Path) -> AsyncIterator[ControlServer]:
    def status() -> dict[str, Any]:
        return {"version": "0.1.0", "pid": 4711, "asterisk": {"connected": True, "ping_ms": 1.5}, "calls": 2}

    pages = Pages(
        metrics=lambda: b"",
        metrics_type="text/plain",
        health=lambda: Health(ok=True),
        api={"status": status, "agents": lambda: AGENTS, "queue": lambda: QUEUES},
    )
    server = ControlServer("127.0.0.1", 0, pages, here / "var" / "control.json")
    await server.start()
    yield server
    await server.stop()


# -- calls and tickets -----------------------------------------------------------------------------------------------


async def test_calls_as_json_have_every_key_and_readable_chinese(run: Run, store: float) -> None:
    result = await run("calls", "--json")
    assert result.exit_code == 0
    assert "张三" in result.stdout
    abandoned, answered = json.loads(result.stdout)
    assert (abandoned["id"], abandoned["outcome"], abandoned["queue"]) == (
        "a1-1700000000.2",
        "abandoned_queue",
        "english",
    )
    assert (answered["outcome"], answered["agent"], answered["seat"]) == ("answered", "2001", "1001")
    assert (answered["waiting_s"], answered["talking_s"]) == (pytest.approx(4.0), pytest.approx(65.0))
    assert answered["caller"] == NUMBER


async def test_numbers_are_masked_at_the_terminal_unless_asked_for(run: Run, store: float) -> None:
    for command in (["calls"], ["tickets"], ["calls", "a1-1700000000.1"]):
        masked = (await run(*command)).stdout
        assert "138****5678" in masked
        assert NUMBER not in masked
        assert NUMBER in (await run(*command, "--full")).stdout


async def test_one_call_shows_its_timeline(run: Run, store: float) -> None:
    told = (await run("calls", "a1-1700000000.1")).stdout
    assert told.index("CallArrived") < told.index("Queued") < told.index("Connected") < told.index("CallEnded")
    assert "+9.00 s" in told
    timeline = json.loads((await run("calls", "a1-1700000000.1", "--json")).stdout)["timeline"]
    assert [entry["kind"] for entry in timeline][:3] == ["CallArrived", "Queued", "Offered"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--outcome", "answered"], ["1"]),
        (["--queue", "english"], ["2"]),
        (["--agent", "2001"], ["1"]),
        (["--since", "90m"], ["2"]),
        (["--limit", "1"], ["2"]),
        (["--caller", "1"], []),
        (["--running"], []),
        (["--ended"], ["2", "1"]),
    ],
)
async def test_filters_choose_among_calls(run: Run, store: float, options: list[str], ids: list[str]) -> None:
    rows = json.loads((await run("calls", "--json", *options)).stdout)
    assert [row["id"].rpartition(".")[2] for row in rows] == ids


@pytest.mark.parametrize(
    ("options", "remedy"),
    [(["--outcome", "answred"], "answered"), (["--since", "yesterday"], "write 30m"), (["--limit", "0"], "equal to 1")],
)
async def test_a_wrong_filter_is_a_mistake_with_a_remedy(
    run: Run, store: float, options: list[str], remedy: str
) -> None:
    result = await run("calls", *options)
    assert result.exit_code == 2
    assert remedy in result.stderr


async def test_a_call_or_ticket_that_is_not_there_is_told(run: Run, store: float) -> None:
    for command in ("calls", "tickets"):
        result = await run(command, "nothing")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "nothing" in result.stderr


async def test_a_ticket_leads_to_its_call(run: Run, store: float) -> None:
    (ticket,) = json.loads((await run("tickets", "--json")).stdout)
    assert ticket["call_id"] == "a1-1700000000.1"
    one = json.loads((await run("tickets", ticket["number"], "--json")).stdout)
    assert one["call"]["timeline"]
    assert ticket["number"] in (await run("tickets")).stdout
    assert ticket["number"] in (await run("calls")).stdout


async def test_without_a_store_the_exit_code_is_4_and_the_remedy_is_told(run: Run) -> None:
    result = await run("calls", "--json")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "when it first starts" in result.stderr


async def test_a_callers_name_cannot_steer_the_terminal(run: Run, here: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{here / 'var' / 'hotline.db'}")
    await migrate.upgrade(store)
    async with Journal(store, spool=here / "var" / "spool.jsonl", clock=SystemClock()) as journal:
        journal.append(
            t.CallArrived(
                call=CallId("c1"),
                at=1.0,
                caller="1",
                caller_name="\x1b[2J[red]x[/red]",
                dialled="1",
                node="",
                unique_id="",
            )
        )
        await journal.settled()
    await store.close()
    told = (await run("calls", "c1")).stdout
    assert "\x1b" not in told
    assert "[red]x[/red]" in told


# -- the running service ---------------------------------------------------------------------------------------------


async def test_status_tells_people_and_machines(run: Run, service: ControlServer) -> None:
    told = json.loads((await run("status", "--json")).stdout)
    assert told["running"] is True
    assert told["asterisk"]["ping_ms"] == 1.5
    assert "4711" in (await run("status")).stdout


async def test_agents_are_those_who_are_logged_in_unless_all_are_asked_for(run: Run, service: ControlServer) -> None:
    assert [row["agent"] for row in json.loads((await run("agents", "--json")).stdout)] == ["2001"]
    assert [row["agent"] for row in json.loads((await run("agents", "--json", "--all")).stdout)] == ["2001", "2002"]
    assert json.loads((await run("agents", "--json", "--state", "ready")).stdout) == []
    told = (await run("agents")).stdout
    assert "王小明" in told
    assert "talking (then break)" in told
    assert "1:05" in told


async def test_the_queue_shows_who_waits(run: Run, service: ControlServer) -> None:
    assert json.loads((await run("queue", "--json")).stdout) == QUEUES
    told = (await run("queue")).stdout
    assert "综合坐席" in told
    assert "a1-1700000000.9" in told
    assert [row["queue"] for row in json.loads((await run("queue", "--json", "--queue", "english")).stdout)] == [
        "english"
    ]
    wrong = await run("queue", "--queue", "englisch")
    assert wrong.exit_code == 2
    assert "general, english" in wrong.stderr


@pytest.mark.parametrize("command", ["status", "agents", "queue", "simulate"])
async def test_without_a_running_service_the_exit_code_is_3_and_the_remedy_is_told(run: Run, command: str) -> None:
    result = await run(command)
    assert result.exit_code == 3
    assert "hotline up" in result.stderr


async def test_a_control_file_left_behind_by_a_dead_service_is_not_running(run: Run, service: ControlServer) -> None:
    control = Path("var/control.json")
    left = await asyncio.to_thread(control.read_text)
    await service.stop()
    await asyncio.to_thread(control.write_text, left)
    result = await run("status", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["running"] is False


async def test_a_wrong_token_is_told_apart_from_a_dead_service(run: Run, service: ControlServer) -> None:
    control = Path("var/control.json")
    told = json.loads(await asyncio.to_thread(control.read_text))
    await asyncio.to_thread(control.write_text, json.dumps({**told, "token": "wrong"}))
    result = await run("agents")
    assert result.exit_code == 1
    assert "401" in result.stderr


# -- settings, help --------------------------------------------------------------------------------------------------


async def test_wrong_settings_stop_every_command_with_their_mistakes(run: Run, here: Path) -> None:
    (here / "hotline.toml").write_text("[sip]\nprot = 1\n", encoding="utf-8")
    for command in ("up", "calls", "status", "simulate"):
        result = await run(command)
        assert result.exit_code == 2
        assert "did you mean sip.port?" in result.stderr


async def test_a_settings_file_can_be_named(run: Run, here: Path) -> None:
    file = here / "other.toml"
    file.write_text('dialled_number = "12388"\n', encoding="utf-8")
    told = json.loads((await run("settings", "--json", "--config", str(file))).stdout)
    assert told["dialled_number"] == "12388"


async def test_check_finds_no_mistake_in_the_files_that_ship(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_FILES__DIALPLANS", str(ROOT / "dialplans"))
    result = await run("check", "--json")
    told = json.loads(result.stdout)
    assert (told["ok"], told["mistakes"], told["doubts"]) == (True, [], [])
    assert result.exit_code == 0


async def test_check_tells_what_is_doubtful_and_leaves_with_0(run: Run, here: Path) -> None:
    shutil.copytree(ROOT / "dialplans", here / "dialplans")
    flow = here / "dialplans" / "minimal.yaml"
    flow.write_text(flow.read_text(encoding="utf-8") + "  lost: {do: hangup}\n", encoding="utf-8")
    result = await run("check")
    assert (
        "doubtful: dialplans/minimal.yaml:14:3: steps.lost: is never reached (remove it, or lead to it)"
        in result.stdout
    )
    assert result.exit_code == 0


async def test_check_tells_every_mistake_of_every_file_and_leaves_with_1(run: Run, here: Path) -> None:
    shutil.copytree(ROOT / "dialplans", here / "dialplans")
    directory, prompts = here / "dialplans" / "directory.yaml", here / "dialplans" / "prompts.yaml"
    directory.write_text(
        directory.read_text(encoding="utf-8").replace("seats: {first", "seats: {frist"), encoding="utf-8"
    )
    prompts.write_text("prompts: 5\n", encoding="utf-8")
    result = await run("check")
    assert result.exit_code == 1
    assert "dialplans/directory.yaml:" in result.stderr
    assert "dialplans/prompts.yaml:" in result.stderr
    (here / "dialplans" / "12345.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    shutil.copy(ROOT / "dialplans" / "directory.yaml", directory)
    shutil.copy(ROOT / "dialplans" / "prompts.yaml", prompts)
    result = await run("check", "--json")
    assert result.exit_code == 1
    assert any("12345.yaml:1:" in mistake for mistake in json.loads(result.stdout)["mistakes"])


async def test_settings_print_an_example_and_what_is_in_force(run: Run) -> None:
    assert "[sip]" in (await run("settings")).stdout
    assert "sip.port" in (await run("settings", "--current")).stdout


def test_help_is_quick_for_it_imports_nothing_heavy() -> None:
    heavy = ["sqlalchemy", "pydantic", "aiohttp", "numpy", "structlog", "panoramisk", "simulator", "tickets", "agents"]
    code = (
        "import sys; from hotline.cli import main; sys.argv = ['hotline', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print('HEAVY', [m for m in {heavy} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.endswith("HEAVY []\n")


@pytest.mark.parametrize("words", [("calls", b"\xff"), ("tickets", "list", "--caller", b"1\xff"), ("why", b"\xff")])
def test_what_is_no_text_is_told_so_without_a_traceback(words: tuple[str | bytes, ...], here: Path) -> None:
    command = [sys.executable, "-c", "from hotline.cli import main; main()", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert (done.returncode, b"is no text in UTF-8" in done.stderr, b"Traceback" in done.stderr) == (2, True, False)


def test_a_file_whose_name_is_no_text_is_still_read(here: Path) -> None:
    name = b"alt\xff.csv"
    Path(name.decode(errors="surrogateescape")).write_text("主题\n", encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        "from hotline.cli import main; main()",
        "import",
        here.as_posix().encode() + b"/" + name,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60,
                          env={**os.environ, "HOTLINE_STATE_DIR": str(here)})  # fmt: skip
    assert b"is no text" not in done.stderr and b"Traceback" not in done.stderr
    assert b"no ticket store" in done.stderr


@pytest.mark.usefixtures("store")
async def test_why_names_people_of_the_files_in_use_and_does_without_names_where_those_cannot_be_read(
    here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "edited.yaml").write_text("people: [")
    monkeypatch.setenv("HOTLINE_FILES__DIRECTORY", str(here / "edited.yaml"))
    bare = await run("why", "a1-1700000000.1", "--json")
    assert bare.exit_code == 0, bare.output
    assert json.loads(bare.stdout)["said"][-1]["text"] == "connected to 2001 after 4.0 s in the queue"
    assert "agents are told by their ids alone" in bare.stderr
    assert "edited.yaml:1" in bare.stderr
    in_use = here / "var" / "versions" / "current"
    in_use.mkdir(parents=True)
    shutil.copyfile(ROOT / "dialplans" / "directory.yaml", in_use / "directory.yaml")
    named = await run("why", "a1-1700000000.1")
    assert "connected to 2001 (冯静) after 4.0 s" in named.stdout
    assert named.stderr == ""
