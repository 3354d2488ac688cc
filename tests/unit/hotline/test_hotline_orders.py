"""``hotline agent``: a supervisor's orders, from the command line over HTTP to the floor and back."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from acd.decisions import NobodyStaffed
from acd.matching import Need
from acd.router import Router
from acd.waiting import Waiting
from agents import Floor, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from calls import AgentId, CallId, ManualClock, SeatId
from calls.line import RingOutcome
from hotline.cli.app import app
from hotline.http import ControlServer, Health, Pages
from hotline.orders import AgentOrders, floor_settings
from hotline.settings import Settings
from hotline.settings_file import SettingsMistake, load_settings
from hotline.settings_groups import AgentSettings
from hotline.views import agent_rows

Run = Callable[..., Awaitable[Any]]
DIRECTORY = parse_directory(
    """
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}, wrap_up_s: 15}}
breaks: {meal: {number: 1, zh: 用餐}}
people: {2001: {name: 王小明, skills: {general: 3}}, 2002: {name: 李四, skills: {general: 3}}}
""",
    "directory.yaml",
)
A, CALL = AgentId("2001"), CallId("c")


@pytest.fixture
def journal() -> MemoryAgentJournal:
    return MemoryAgentJournal()


@pytest.fixture
def floor(journal: MemoryAgentJournal) -> Floor:
    floor = Floor(DIRECTORY, PinGuard({A: "1111"}), ManualClock(1000.0), journal)
    floor.login(A, SeatId("1001"), "1111")
    floor.ready(A)
    return floor


@pytest.fixture
async def run(floor: Floor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    for name in list(os.environ):
        if name.startswith("HOTLINE_") or name == "SUDO_USER":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.setenv("LOGNAME", "li")
    monkeypatch.chdir(tmp_path)
    pages = Pages(
        metrics=lambda: b"", metrics_type="text/plain", health=lambda: Health(ok=True),
        api={"agents": lambda: agent_rows(floor, 1000.0)}, orders={"agent": AgentOrders(floor)},
    )  # fmt: skip
    server = ControlServer("127.0.0.1", 0, pages, tmp_path / "var" / "control.json")
    await server.start()

    async def run(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, ["agent", *arguments])

    with capture_logs() as logged:  # else they would stand between what the command prints: it is one process here
        yield run
    await server.stop()
    assert all(line["by"] == "supervisor li" for line in logged if line["event"] == "agent.ordered")


async def test_a_break_is_ordered_told_and_kept_with_the_name_of_whoever_gave_it(
    run: Run, journal: MemoryAgentJournal
) -> None:
    result = await run("2001", "--break", "meal")
    assert (result.exit_code, result.stdout.strip()) == (0, "2001 is on a break: meal")
    assert (journal.events[-1].by, journal.events[-1].reason) == ("supervisor li", "meal")
    shown = json.loads((await run("2001", "--json")).stdout)
    assert (shown["state"], shown["reason"], shown["ordered_by"]) == ("break", "meal", "supervisor li")
    assert "supervisor li" in (await run("2001")).stdout


async def test_an_order_in_a_talk_is_pending_and_an_impossible_one_leaves_with_1(run: Run, floor: Floor) -> None:
    floor.reserved(A, CALL, "general")
    floor.ringing(A, CALL)
    floor.talking(A, CALL)
    told = json.loads((await run("2001", "--log-out", "--json")).stdout)
    assert (told["ok"], told["result"], told["pending"]) == (True, "after_call", "log_out")
    refused = await run("2001", "--end-wrap-up")
    assert (refused.exit_code, refused.stderr.strip()) == (1, "2001 is not in wrap-up")
    floor.talk_ended(A, CALL)
    assert (await run("2001", "--extend-wrap-up", "30")).exit_code == 0
    standing = floor.standing(A)
    assert standing is not None
    assert standing.until == 1045.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("2001", "--break", "lunch"), "there are: meal"),
        (("2009", "--ready"), "there is no agent 2009"),
        (("2009",), "there is no agent 2009"),
        (("2001", "--ready", "--log-out"), "one order at a time"),
        (("2001", "--extend-wrap-up", "0"), "1 to 3600 seconds"),
    ],
)
async def test_an_order_without_sense_leaves_with_2_and_says_what_would_have_some(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    result = await run(*arguments)
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr


def test_the_floor_is_set_as_the_settings_say() -> None:
    wanted = AgentSettings(miss_limit=5, declines_count=False, aside_s=7)
    made = floor_settings(Settings.model_construct(agents=wanted, time_zone="Asia/Shanghai"))
    assert (made.miss_limit, made.declines_count, made.aside_s) == (5, False, 7.0)


@pytest.fixture
def wall() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def set_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wall: ManualClock) -> Callable[..., Floor]:
    """A floor with an agent who is ready, its settings read from a file."""

    def floor(*lines: str) -> Floor:
        for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
            monkeypatch.delenv(name)
        monkeypatch.chdir(tmp_path)
        Path("hotline.toml").write_text("\n".join(("[agents]", *lines)), encoding="utf-8")
        settings = floor_settings(load_settings())
        made = Floor(DIRECTORY, PinGuard({A: "1111"}), wall, MemoryAgentJournal(), settings=settings)
        made.login(A, SeatId("1001"), "1111")
        made.ready(A)
        return made

    return floor


def later(floor: Floor, wall: ManualClock, seconds: float) -> tuple[str, str]:
    wall.advance(seconds)
    floor.tick()
    standing = floor.standing(A)
    assert standing is not None
    return standing.state.value, standing.reason


def miss(floor: Floor) -> None:
    floor.reserved(A, CALL, "general")
    floor.ringing(A, CALL)
    floor.missed(A, CALL, RingOutcome.NO_ANSWER)


@pytest.mark.parametrize(("lines", "after"), [((), ("break", "missed")), (("missed_pause_s = 90",), ("ready", ""))])
def test_a_break_for_missed_offers_ends_by_itself_only_where_set_so(
    set_so: Callable[..., Floor], wall: ManualClock, lines: tuple[str, ...], after: tuple[str, str]
) -> None:
    floor = set_so("miss_limit = 1", *lines)
    miss(floor)
    assert later(floor, wall, 89) == ("break", "missed")
    assert later(floor, wall, 1) == after


class Routing:
    """A router that hears of the floor."""

    def __init__(self) -> None:
        self.router = Router()

    def agent_on_duty(self, agent: AgentId, skills: Mapping[str, int]) -> None:
        self.router.agent_on_duty(agent, skills, 1000.0)

    def agent_off_duty(self, agent: AgentId) -> None:
        self.router.agent_off_duty(agent, 1000.0)

    def agent_available(self, agent: AgentId, since: float) -> None:
        self.router.agent_available(agent, since, 1000.0)

    def agent_unavailable(self, agent: AgentId) -> None:
        self.router.agent_unavailable(agent, 1000.0)


@pytest.mark.parametrize("staffing", [False, True])
def test_callers_are_told_that_nobody_is_there_unless_chosen_breaks_count_as_staffing(
    set_so: Callable[..., Floor], staffing: bool
) -> None:
    floor = set_so(f"breaks_staff = {str(staffing).lower()}")
    routing = Routing()
    floor.follow(routing)
    floor.start_break(A, "meal")
    decided = routing.router.caller_waits(Waiting(CALL, "general", Need.of({"general": 1}), 0, 1000.0), 1000.0)
    assert [type(one) for one in decided] == ([] if staffing else [NobodyStaffed])


@pytest.mark.parametrize(("line", "lasts_s"), [("", 15), ("dial_wrap_up_s = 40", 40), ("dial_wrap_up_s = 0", 0)])
def test_a_dialled_talk_has_the_wrap_up_that_is_set(
    set_so: Callable[..., Floor], wall: ManualClock, line: str, lasts_s: float
) -> None:
    floor = set_so(line)
    floor.dials_out(A, CALL)
    floor.dial_out_answered(A, CALL)
    floor.dial_out_ended(A, CALL)
    if lasts_s:
        assert later(floor, wall, lasts_s - 1) == ("wrap_up", "")
    assert later(floor, wall, min(1, lasts_s)) == ("ready", "")


@pytest.mark.parametrize(("line", "lasts_s"), [("", 15 + 60), ("wrap_up_most_s = 30", 30), ("wrap_up_most_s = 5", 15)])
def test_a_wrap_up_is_extended_as_far_as_is_set_and_never_cut(
    set_so: Callable[..., Floor], wall: ManualClock, line: str, lasts_s: float
) -> None:
    floor = set_so(line)
    floor.reserved(A, CALL, "general")
    floor.ringing(A, CALL)
    floor.talking(A, CALL)
    floor.talk_ended(A, CALL)
    floor.extend_wrap_up(A, 60)
    assert later(floor, wall, lasts_s - 1) == ("wrap_up", "")
    assert later(floor, wall, 1) == ("ready", "")


@pytest.mark.parametrize(
    "line", ["missed_pause_s = -1", "breaks_staff = 7", "dial_wrap_up_s = 3601", "wrap_up_most_s = 0"]
)
def test_a_setting_of_agents_that_makes_no_sense_is_told_by_its_name(set_so: Callable[..., Floor], line: str) -> None:
    with pytest.raises(SettingsMistake) as caught:
        set_so(line)
    assert f"agents.{line.split(maxsplit=1)[0]}" in str(caught.value)
