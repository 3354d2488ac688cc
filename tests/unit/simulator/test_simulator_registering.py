"""Registrations as RFC 6076 measures them, against a registrar that is slow, or refuses, on purpose."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from registrar import Registrar

from simulator import SeatPlan
from simulator.media.engine import MediaEngine
from simulator.scenario import Run, Scenario, Whither, run_in_processes, run_scenario
from simulator.scenario.reading import Read
from simulator.telling.page import page
from simulator.telling.report import report_of

SLOW_S = 0.2
KNOWN, UNKNOWN = ("1001", "right"), ("1002", "wrong")


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    media = MediaEngine(ports=(26_400, 26_598))
    async with Registrar(media) as registrar:
        yield registrar
    await media.close()


async def lived(registrar: Registrar, accounts: list[tuple[str, str]], processes: int = 1) -> Run:
    scenario = Scenario.model_validate({
        "name": "s", "number": "9", "calls": 1, "callers": {"one": {"steps": [{"wait": 0.1}, {"hang_up": True}]}},
        "agents": {"staff": {"count": len(accounts), "accounts": "x.csv"}} if accounts else {},
        "codes": {"login": "", "ready": "", "end_wrap_up": "", "logout": ""},
    })  # fmt: skip
    plans = {"staff": [SeatPlan(user, secret) for user, secret in accounts]}
    read = Read(scenario, Path())
    if processes > 1:
        return await run_in_processes(read, plans, processes, Whither(registrar.address))
    return await run_scenario(read, plans, target=registrar.address, rtp_ports=(24_000, 24_798))


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_delay_of_a_registration_is_that_of_challenge_and_answer_and_refusals_are_told_beside(
    registrar: Registrar, processes: int
) -> None:
    registrar.answers_after_s = SLOW_S
    registrar.accounts = {"1001": "right", "1003": "right"}
    report = report_of(await lived(registrar, [KNOWN, UNKNOWN, ("1003", "right")], processes))
    delay = report["registration_delay_s"]
    assert delay["count"] == 2, "only of those that were granted"
    assert 2 * SLOW_S <= delay["p50"] <= delay["max"] < 2 * SLOW_S + 0.5
    assert report["registrations"] == {"attempts": 3, "codes": {"200": 2, "401": 1}, "ira": 0.3333}
    assert "RFC 6076: IRA, of registrations" in page(report)
    assert "registration delay" in page(report)


async def test_too_brief_an_interval_is_one_attempt_and_taking_it_back_is_none(registrar: Registrar) -> None:
    registrar.least = 600  # longer than a phone asks for
    report = report_of(await lived(registrar, [KNOWN]))
    assert registrar.bindings == {"1001": 0}, "it was taken back"
    assert report["registrations"] == {"attempts": 1, "codes": {"200": 1}, "ira": 0.0}


async def test_without_agents_nothing_is_told_of_registrations(registrar: Registrar) -> None:
    report = report_of(await lived(registrar, []))
    assert report["registrations"] == {"attempts": 0, "codes": {}, "ira": None}
    assert report["registration_delay_s"] == {"count": 0}
