"""Scenarios with ``saturate: true``: more calls and callers than others, and nowhere but on this machine."""

import resource
from pathlib import Path
from typing import Any

import pytest

from simulator import UserAgent
from simulator.agent import Listener
from simulator.bounds import ORDINARY, SATURATING, allow_open_files
from simulator.leg import CallLeg
from simulator.media.engine import DEFAULT_PORTS, MediaEngine
from simulator.media.stream import MediaMode
from simulator.scenario import Scenario, Went, Whither, run_in_processes, run_scenario
from simulator.scenario.part import Part
from simulator.scenario.reading import Read
from simulator.scenario.saturating import check_target
from simulator.telling.report import report_of

MOST_PROCESSES = 16


def scenario(**more: Any) -> Scenario:
    return Scenario.model_validate({
        "name": "s", "number": "1001", "media": "none", "saturate": True,
        "callers": {"one": {"steps": [{"mute": True}, {"wait": 0.3}, {"hang_up": True}]}}, **more,
    })  # fmt: skip


def test_only_who_asks_for_it_may_do_more() -> None:
    assert scenario(saturate=False).bounds == ORDINARY
    assert scenario(max_concurrent=2000, arrivals={"kind": "constant", "rate": 400}).bounds == SATURATING


@pytest.mark.parametrize("host", ["192.0.2.7", "example.org", "10.0.0.1", "0.0.0.0", "2001:db8::1"])
def test_another_machine_is_refused_whatever_is_allowed(host: str) -> None:
    with pytest.raises(ValueError, match="saturate: true is for targets on this machine") as refused:
        check_target(scenario(), host)
    assert host in str(refused.value)
    check_target(scenario(saturate=False), host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_is_not(host: str) -> None:
    check_target(scenario(), host)


async def test_a_run_is_refused_before_anything_is_sent() -> None:
    read = Read(scenario(), Path())
    with pytest.raises(ValueError, match=r"192\.0\.2\.7 is none of them"):
        await run_scenario(read, {}, target=("192.0.2.7", 5060), allow_remote=True)
    with pytest.raises(ValueError, match=r"192\.0\.2\.7 is none of them"):
        await run_in_processes(read, {}, 2, Whither(("192.0.2.7", 5060), allow_remote=True))


@pytest.mark.parametrize("processes", [1, 2])
async def test_calls_leave_faster_than_others_may_but_no_faster_than_is_allowed(processes: int) -> None:
    media = MediaEngine(ports=(22_000, 23_598))
    came: list[float] = []

    async def answer(leg: CallLeg) -> None:
        came.append(leg.session.invited_at)
        leg.answer()

    async with UserAgent(media=media) as exchange:
        exchange.listen("*", Listener(answer, tone=500, mode=MediaMode.NONE, keep_s=0, credentials=None))
        read = Read(scenario(calls=120, max_concurrent=600, arrivals={"kind": "constant", "rate": 80}), Path())
        if processes > 1:
            run = await run_in_processes(read, {}, processes, Whither(exchange.address))
        else:
            run = await run_scenario(read, {}, target=exchange.address)
    await media.close()
    told = report_of(run)
    assert {record.went for record in run.records} == {Went.DONE}, told["reasons"]
    assert max(sum(one <= other < one + 1 for other in came) for one in came) > ORDINARY.rate
    assert told["simulator"]["bound_per_s"] == SATURATING.rate
    assert told["simulator"]["slowed"] == 0


def test_there_are_ports_for_all_callers_of_every_process() -> None:
    for processes in range(1, MOST_PROCESSES + 1):
        parts = [Part(index, processes) for index in range(processes)]
        for part in parts:
            first, last = part.ports(DEFAULT_PORTS)
            assert (last - first + 1) // 2 >= part.share(SATURATING.concurrent)
        assert sum(part.share(SATURATING.concurrent) for part in parts) == SATURATING.concurrent


def test_a_process_may_open_as_many_files_as_the_system_lets_it_and_says_when_these_are_too_few() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = before
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 900), hard))
        allow_open_files(800)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(soft, 900), "it was enough"
        allow_open_files(min(hard, 1200) if hard != resource.RLIM_INFINITY else 1200)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(hard, 1200) or hard == resource.RLIM_INFINITY
        if hard != resource.RLIM_INFINITY:
            with pytest.raises(ValueError, match="ulimit -Hn"):
                allow_open_files(hard + 1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
