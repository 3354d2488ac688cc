"""``hotline simulate``: whose seats it takes, what it measures, when it fails. (Real calls are made end to end.)"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calls import ManualClock
from hotline.cli import load
from hotline.cli.app import app
from hotline.cli.cost import Cost, CostMeter, Track, Usage, usage_of
from hotline.http import ControlServer, Health, Pages
from hotline.settings import Settings
from simulator import CallResult, LoadOutcome, LoadProfile, LoadReport, SeatPlan

DIRECTORY = """
seats: {first: 1001, last: 1004}
skills: {general: {zh: 综合}, tax: {zh: 税务}}
queues:
  general: {zh: 综合, needs: {general: 1}}
  tax: {zh: 税务, needs: {tax: 1}}
people:
  "2001": {name: 甲, skills: {tax: 3}}
  "2002": {name: 乙, skills: {general: 3}}
  "2003": {name: 丙, skills: {general: 1, tax: 1}, pin: "123456"}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "directory.yaml").write_text(DIRECTORY, encoding="utf-8")
    (tmp_path / "var").mkdir()
    seats = {str(number): f"secret{number}" for number in range(1001, 1005)}
    (tmp_path / "var" / "secrets.json").write_text(
        json.dumps({"ami": "a", "api": "b", "seats": seats}), encoding="utf-8"
    )
    return Settings()


def row(agent: str, state: str = "logged_out", seat: str = "") -> dict[str, Any]:
    return {"agent": agent, "state": state, "seat": seat}


NOBODY = [row("2001"), row("2002"), row("2003")]


def test_those_who_can_serve_the_first_queue_and_most_others_sit_down_first(settings: Settings) -> None:
    plans = load.seat_plans(settings, NOBODY, 3)
    assert [(plan.account, plan.secret, plan.agent_id) for plan in plans] == [
        ("1001", "secret1001", "2003"), ("1002", "secret1002", "2002"), ("1003", "secret1003", "2001"),
    ]  # fmt: skip
    assert plans[0].pin == "123456"
    assert all(len(plan.pin) == 6 for plan in plans)


def test_whoever_is_logged_in_is_left_alone_with_the_seat(settings: Settings) -> None:
    plans = load.seat_plans(settings, [row("2003", "break", "1001"), row("2001"), row("2002")], 2)
    assert [(plan.account, plan.agent_id) for plan in plans] == [("1002", "2002"), ("1003", "2001")]


def test_more_seats_than_are_free_are_refused_with_the_number(settings: Settings) -> None:
    with pytest.raises(ValueError, match=r"4 seats are wanted, but 4 seats and 3 people"):
        load.seat_plans(settings, NOBODY, 4)


def test_usage_is_that_of_the_process_asked_for() -> None:
    usage = usage_of(os.getpid())
    assert usage is not None
    assert usage.rss_mb > 5
    assert usage.cpu_s > 0
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert usage_of(child.pid) is None


def test_a_track_gives_what_was_known_at_a_moment() -> None:
    track = Track()
    assert track.at(1.0) is None
    for at in (1.0, 2.0, 3.0):
        track.add(at, Usage(at * 10, 0.0))
    found = [track.at(moment) for moment in (0.5, 1.0, 2.9, 99.0)]
    assert [usage and usage.cpu_s for usage in found] == [10.0, 10.0, 20.0, 30.0]


async def test_the_cost_is_cpu_between_first_call_and_last_end_shared_by_the_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = 4.0
    monkeypatch.setattr("hotline.cli.cost.usage_of", lambda _pid: Usage(cpu, 80.0))
    control = tmp_path / "control.json"
    control.write_text('{"pid": 1}', encoding="utf-8")
    clock = ManualClock(100.0)
    async with CostMeter(control, tmp_path / "none.json", clock) as meter:
        for used in (5.0, 6.0, 9.0):  # at 110, 120 and 130 s
            clock.advance(10.0)
            cpu = used
            meter._sample()
        meter.mark()
        clock.advance(10.0)
        cpu = 50.0  # seats log out
        meter._sample()
    cost = meter.cost(seconds=15.0, calls=10)
    assert cost.engine_cpu_ms_per_call == 400.0  # from 5.0 s (known at 115) to 9.0 s (at 130), over ten calls
    assert cost.engine_rss_mb == 80.0
    assert cost.asterisk_cpu_ms_per_call is None
    assert not cost.engine_restarted


async def test_a_restarted_service_has_no_cost_per_call(tmp_path: Path) -> None:
    control = tmp_path / "control.json"
    control.write_text(json.dumps({"pid": os.getpid()}), encoding="utf-8")
    async with CostMeter(control, tmp_path / "none.json", ManualClock()) as meter:
        meter.mark()
        control.write_text('{"pid": 1}', encoding="utf-8")
    cost = meter.cost(seconds=1.0, calls=1)
    assert cost.engine_restarted
    assert cost.engine_cpu_ms_per_call is None


@pytest.mark.parametrize(
    ("cost", "missed"),
    [
        (Cost(engine_cpu_ms_per_call=1.9, engine_rss_mb=100.0), []),
        (Cost(engine_cpu_ms_per_call=2.1, engine_rss_mb=100.0), ["engine CPU per call (ms): 2.1, allowed 2"]),
        (Cost(engine_rss_mb=201.0),
         ["engine CPU per call (ms): unknown, allowed 2", "engine memory (MB): 201.0, allowed 200"]),
    ],
)  # fmt: skip
def test_limits_on_cost_are_missed_in_words(cost: Cost, missed: list[str]) -> None:
    assert cost.misses(2.0, 200.0) == missed
    assert cost.misses(None, None) == []


# -- the command, with a run that is pretended ------------------------------------------------------------------------


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[ControlServer]:
    pages = Pages(lambda: b"", "text/plain", lambda: Health(ok=True), {"agents": lambda: NOBODY})
    server = ControlServer("127.0.0.1", 0, pages, settings.control_file)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []

    async def pretended(
        profile: LoadProfile, seats: Sequence[SeatPlan], *, on_result: Any, stop: asyncio.Event, **target: Any
    ) -> LoadReport:
        seen.append((profile, seats, target))
        results = [
            CallResult(index, "138", LoadOutcome.ANSWERED, answer_s=float(index)) for index in range(profile.calls)
        ]
        for result in results:
            on_result(result)
        return LoadReport(results, seconds=1.0, seats=len(seats))

    monkeypatch.setattr("hotline.cli.load.run_load", pretended)
    return seen


async def simulate(*options: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["simulate", *options])


async def test_the_report_has_the_promised_keys(service: ControlServer, asked: list[Any]) -> None:
    result = await simulate("--calls", "4", "--rate", "2", "--seats", "2", "--seed", "7", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert {name: told[name] for name in ("placed", "answered", "abandoned", "failed", "answer_p50_s")} == {
        "placed": 4, "answered": 4, "abandoned": 0, "failed": 0, "answer_p50_s": 1.0,
    }  # fmt: skip
    assert {"answer_p95_s", "answer_p99_s", "engine_cpu_ms_per_call"} <= set(told)
    assert told["engine_rss_mb"] > 5
    ((profile, seats, target),) = asked
    assert (profile.calls, profile.rate, profile.seed, profile.number, profile.press) == (4, 2.0, 7, "12345", ("1",))
    assert len(seats) == 2
    assert target == {"target": ("127.0.0.1", 5060), "local_host": "127.0.0.1"}


async def test_a_missed_limit_is_told_and_leaves_with_1(service: ControlServer, asked: list[Any]) -> None:
    result = await simulate("--calls", "4", "--seats", "1", "--answer-p95", "2.5", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["limits_missed"] == ["time to answer (p95, s): 3.0, allowed 2.5"]
    assert "limit missed" in result.stderr


async def test_kept_limits_leave_with_0_and_a_table(service: ControlServer, asked: list[Any]) -> None:
    result = await simulate("--calls", "4", "--seats", "1", "--answer-p95", "5", "--max-failed", "0")
    assert result.exit_code == 0
    assert "time to answer p95" in result.stdout
    assert "engine CPU per call" in result.stdout
    assert "Every stated limit was kept." in result.stdout


@pytest.mark.parametrize(("options", "code"), [((), 1), (("--max-failed", "4"), 0)])
async def test_when_all_calls_failed_a_run_without_a_limit_has_not_passed(
    service: ControlServer, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], code: int
) -> None:
    async def pretended(*_: Any, **__: Any) -> LoadReport:
        return LoadReport([CallResult(index, "138", reason="503") for index in range(4)], seconds=1.0, seats=1)

    monkeypatch.setattr("hotline.cli.load.run_load", pretended)
    result = await simulate("--calls", "4", "--seats", "1", *options)
    assert result.exit_code == code, result.output
    assert ("all 4 failed, and no limit says how many may" in result.stderr) is bool(code)


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["--talk", "long"], "write 5, 3-8 or exp:180"),
        (["--rate", "1000"], "rate is 1000"),
        (["--seats", "50"], "ask for fewer"),
    ],
)
async def test_a_wrong_option_is_a_mistake_with_a_remedy(
    service: ControlServer, asked: list[Any], options: list[str], remedy: str
) -> None:
    result = await simulate(*options)
    assert result.exit_code == 2
    assert remedy in result.stderr
    assert asked == []
