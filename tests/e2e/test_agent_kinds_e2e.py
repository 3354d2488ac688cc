"""Every kind of agents of a scenario, lived on a real Asterisk: what they do is seen at the phones and in the hotline's
own records, and no caller suffers for it."""

import itertools
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tickets import CallDetail, Reader, Store

if TYPE_CHECKING:
    from conftest import Site

TRYING = """name: all-kinds
calls: 16
seed: 5
arrivals: {kind: constant, rate: 1}
callers:
  patient:
    steps: [{hear: sound}, {press: "1"}, {hear: agent, within: 60}, {talk: 3, or_hung_up: true}, {hang_up: true}]
agents:
  good: {count: 2, queue: general, answers_after: 0.3}
  misses: {count: 1, queue: general, misses: 1.0}
  declines: {count: 1, queue: general, declines: 1.0}
  rests: {count: 1, queue: general, answers_after: 0.3, breaks: {every: 0, lasts: 3, code: "*132"}}
  loses_network: {count: 1, queue: general, answers_after: 0.3, loses_network: 1.0}
  far_away: {count: 1, queue: general, answers_after: 0.3, line: {delay_ms: 150, loss: 0.05}}
limits: {failed: 0, doubled: 0, one_way: 0, misrouted: 0}
"""
THREE_WAY = """name: three-way
calls: 2
arrivals: {kind: constant, rate: 0.5}
callers:
  asks_a_department:
    steps:
      - {hear: sound}
      - press: "1"
      - {hear: agent, within: 30}
      - talk: 4 # the department is rung after a second of it
      - {hear: 2100, within: 15}
      - talk: 2
      - hang_up: true
agents:
  staff:
    count: 2
    queue: general
    answers_after: 0.3
    in_talk: {steps: [{wait: 1}, {press: "*301"}, {hear: 2100, within: 20}, {wait: 30}]}
departments:
  exchange: {answers_after: 1, tone: 2100}
limits: {failed: 0, one_way: 0, doubled: 0, misrouted: 0}
"""


async def lived(site: "Site", folder: Path, scenario: str) -> dict[str, Any]:
    """Live a scenario as people do; return its report. All its limits must have been kept."""
    site.test_began = time.time()
    (folder / "s.yaml").write_text(scenario, encoding="utf-8")
    code, errors = await site.simulates(folder / "s.yaml", folder / "r.json")
    assert code == 0, errors
    report: dict[str, Any] = json.loads((folder / "r.json").read_text(encoding="utf-8"))
    await site.eventually(lambda: site.channels() == 0)
    await site.eventually(lambda: all(row["state"] == "logged_out" for row in site.api("agents")), 20)
    return report


@pytest.fixture
async def reader(site: "Site") -> AsyncIterator[Reader]:
    store = Store(f"sqlite+aiosqlite:///{site.state / 'hotline.db'}")
    yield Reader(store)
    await store.close()


async def calls_of(site: "Site", report: dict[str, Any]) -> list[CallDetail]:
    return [await site.call_of(call["number"]) for call in report["calls"]]


async def test_callers_reach_somebody_whatever_agents_do_and_each_kind_does_what_it_says(
    site: "Site", reader: Reader, tmp_path: Path
) -> None:
    report = await lived(site, tmp_path, TRYING)
    assert report["done"] == report["placed"] == 16
    offers, taken = report["agents"]["offers"], report["agents"]["taken"]
    assert report["agents"]["faults"] == []
    assert min(offers.values()) > 0, offers
    assert (taken["misses"], taken["declines"]) == (0, 0)
    calls = await calls_of(site, report)
    assert {call.outcome for call in calls} == {"answered"}
    failed = [entry.data["reason"] for call in calls for entry in call.timeline if entry.kind == "OfferFailed"]
    assert set(failed) >= {"no_answer", "declined"}
    assert len(failed) >= offers["misses"] + offers["declines"]
    served = {call["agent"]: call["agent_kind"] for call in report["calls"]}
    assert set(served.values()) == {"good", "rests", "loses_network", "far_away"}
    by_kind = {kind: {seat for seat, whose in served.items() if whose == kind} for kind in served.values()}
    changes = await reader.agent_changes(site.test_began, time.time())
    rested = [change for change in changes if change.state == "break" and change.seat in by_kind["rests"]]
    assert any(change.data.get("reason") == "rest" for change in rested), rested
    heard = {call["index"]: call for call in report["calls"] if call["agent_kind"] == "far_away"}
    assert heard
    assert all(call["delay_ms"] >= 145 and call["lost"] > 0 for call in heard.values()), heard
    near = [call["delay_ms"] for call in report["calls"] if call["agent_kind"] == "good"]
    assert min(near) < 100


@pytest.mark.soak
async def test_no_caller_is_lost_to_an_agent_whose_network_fails_and_who_serves_again_when_it_is_back(
    site: "Site", tmp_path: Path
) -> None:
    head, _, rest = TRYING.replace("calls: 16", "calls: 3").partition("agents:\n")
    only = "  loses_network: {count: 1, queue: general, answers_after: 0.3, loses_network: 1.0}\n"
    report = await lived(site, tmp_path, f"{head}agents:\n{only}limits:{rest.partition('limits:')[2]}")
    [seat] = {call["agent"] for call in report["calls"]}
    assert (report["done"], report["agents"]["taken"]) == (3, {"loses_network": 3})
    assert report["agents"]["faults"] == []
    calls = await calls_of(site, report)
    assert {(call.seat, call.outcome) for call in calls} == {(seat, "answered")}
    talks = sorted(entry.at for call in calls for entry in call.timeline if entry.kind == "Connected")
    assert min(later - sooner for sooner, later in itertools.pairwise(talks)) > 8, "a dead phone answered"


@pytest.mark.soak
async def test_departments_join_talks_and_all_three_hear_each_other(site: "Site", tmp_path: Path) -> None:
    report = await lived(site, tmp_path, THREE_WAY)
    kind = report["kinds"]["asks_a_department"]
    assert (kind["done"], kind["gaps"]) == (2, 0), report["reasons"]
    for call in await calls_of(site, report):
        assert call.departments == ["housing_fund"]
        joined = {entry.data["party"] for entry in call.timeline if entry.kind == "PartyJoined"}
        assert joined >= {"caller", "department:housing_fund"}
        assert any("department:housing_fund" in segment.parties and len(segment.parties) == 3
                   for segment in call.segments)  # fmt: skip
