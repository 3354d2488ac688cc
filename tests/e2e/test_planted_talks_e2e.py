"""Faults planted in talks on a real Asterisk: lost audio either way, a second agent, callers out of turn. Each is found
where it was planted, and nowhere else."""

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.load_profile import SEAT_TONES

if TYPE_CHECKING:
    from conftest import Phones, Site

LEADS_TO = """
numbers: ["{number}"]
languages: [zh]
start: person
person: person
steps:
  person: {{do: queue, queue: {queue}, nobody_staffed: end}}
  end: {{do: hangup}}
"""
LOST_AUDIO = """name: lost-audio
calls: 7
seed: 2 # each kind at least once
arrivals: {kind: constant, rate: 1}
callers:
  healthy: {steps: [{hear: sound}, {press: "1"}, {hear: agent, within: 40}, {talk: 5}, {hang_up: true}]}
  muted_at_first:
    steps: [{hear: sound}, {press: "1"}, {hear: agent, within: 40}, {mute: true}, {talk: 4}, {hang_up: true}]
  muted_later:
    steps: [{hear: sound}, {press: "1"}, {hear: agent, within: 40}, {talk: 2}, {mute: true}, {talk: 4}, {hang_up: true}]
  hears_nothing: {number: "12391", steps: [{hear: agent, within: 8}, {talk: 3}, {hang_up: true}]}
  hears_no_more: {number: "12392", steps: [{hear: agent, within: 40}, {talk: 6}, {hang_up: true}]}
agents:
  good: {count: 5, queue: general, answers_after: 0.3}
  faint: {count: 1, queue: expert, answers_after: 0.3, line: {loss: 1}}
  fades: {count: 1, queue: english, answers_after: 0.3, in_talk: {steps: [{wait: 2}, {mute: true}]}}
limits: {doubled: 0, one_way: 0}
"""


async def lived(site: "Site", folder: Path, scenario: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Live a scenario as people do; return the exit code and the report."""
    (folder / "s.yaml").write_text(scenario, encoding="utf-8")
    code, errors = await site.simulates(folder / "s.yaml", folder / "r.json", *words)
    assert (folder / "r.json").exists(), errors
    return code, json.loads((folder / "r.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("processes", ["1", pytest.param("2", marks=pytest.mark.soak)])
async def test_audio_that_is_lost_either_way_is_found_at_first_and_later_and_healthy_talks_have_none(
    site: "Site", tmp_path: Path, processes: str
) -> None:
    for number, queue in (("12391", "expert"), ("12392", "english")):
        await site.add_flow(f"to_{queue}", LEADS_TO.format(number=number, queue=queue))
    code, report = await lived(site, tmp_path, LOST_AUDIO, "--processes", processes)
    assert code == 1
    kinds = report["kinds"]
    healthy = kinds.pop("healthy")
    assert healthy["done"] == healthy["placed"] == 3, report["reasons"]
    assert [healthy[fault] for fault in ("one_way", "gaps", "misrouted")] == [0, 0, 0], report["reasons"]
    for name, kind in kinds.items():
        assert kind["one_way"] == kind["failed"] == kind["placed"] > 0, (name, report["reasons"])
    by_kind = {call["kind"]: call for call in report["opened"]}
    assert set(by_kind) == set(kinds)
    why = {name: call["reason"] for name, call in by_kind.items()}
    assert "did not hear the caller" in why["muted_at_first"]
    assert why["muted_later"].startswith("the agent heard nothing of the other")
    assert why["hears_nothing"].startswith("faint (")
    assert why["hears_no_more"].startswith("the caller heard nothing of the other")
    assert {"muted_later", "hears_no_more"} <= {name for name, kind in kinds.items() if kind["gaps"]}
    assert [by_kind[name]["agent_kind"] for name in ("hears_nothing", "hears_no_more")] == ["faint", "fades"]


BARGED = """name: barged-into
calls: 1
callers:
  one: {number: "12393", steps: [{hear: agent, within: 30}, {talk: 25}, {hang_up: true}]}
agents:
  staff: {count: 2, queue: general, answers_after: 0.3}
limits: {misrouted: 0}
"""


@pytest.mark.soak
async def test_a_second_agent_in_the_middle_of_a_talk_is_found_though_nothing_is_left_of_it_at_the_end(
    site: "Site", phones: "Phones", tmp_path: Path
) -> None:
    await site.add_flow("barged", LEADS_TO.format(number="12393", queue="general"))
    supervisor = await phones.seat("1050")
    running = asyncio.create_task(lived(site, tmp_path, BARGED))
    [talking] = await site.eventually(lambda: [row for row in site.api("agents") if row["state"] == "talking"], 40)
    own = int(talking["seat"]) - 1001
    leg = await supervisor.dial(f"*21{talking['seat']}")
    leg.say_tone(SEAT_TONES[1 - own])  # the voice of the scenario's other agent
    await leg.wait_answered(10)
    await leg.hear_sound(10)
    await leg.send_digits(f"2090#{site.pins['2090']}#")
    await leg.hear_tone(SEAT_TONES[own], 15)  # listening
    await leg.send_digits("*")
    await leg.hear_sound(10)
    await leg.send_digits("3")  # both hear the supervisor
    await asyncio.sleep(3)  # of the talk of three
    await leg.hang_up()
    code, report = await running
    [call] = report["opened"]
    assert (code, report["misrouted"], call["reason"]) == (1, 1, "two agents were heard in one talk")
    assert "two_agents" in call["defects"]
    ended = call["timeline"][-1]["at_s"]
    assert ended - call["began_s"] > 20, "the talk did not outlast the second agent"


OUT_OF_TURN = """name: out-of-turn
calls: 5
seed: 1 # favoured, plain, favoured, plain, favoured
arrivals: {kind: constant, rate: 2}
callers:
  favoured: {number: "12394", steps: [{hear: agent, within: 90}, {talk: 3}, {hang_up: true}]}
  plain: {number: "12395", prefix: "139", steps: [{hear: agent, within: 90}, {talk: 3}, {hang_up: true}]}
agents:
  staff: {count: 1, queue: general, answers_after: 0.3}
limits: {failed: 0, overtaken: 0}
"""
FAVOURS_ONE = """
lists: {favoured: ["13800000004"]}
entry:
  - {callers: [favoured], to: person, priority: 60}
"""


async def test_a_caller_who_is_served_before_one_of_the_same_kind_who_asked_sooner_is_named(
    site: "Site", tmp_path: Path
) -> None:
    await site.add_flow("favours", LEADS_TO.format(number="12394", queue="general") + FAVOURS_ONE)
    await site.add_flow("in_turn", LEADS_TO.format(number="12395", queue="general"))
    site.test_began = time.time()
    code, report = await lived(site, tmp_path, OUT_OF_TURN)
    assert report["failed"] == 0, report["reasons"]
    assert (code, report["limits_missed"]) == (1, ["overtaken: 1, allowed 0"])
    assert {name: kind["overtaken"] for name, kind in report["kinds"].items()} == {"favoured": 1, "plain": 0}
    [call] = report["opened"]
    assert (call["index"], call["number"], call["defects"]) == (2, "13800000002", "overtaken")
    assert any("is overtaken by call 4, which asked 1." in moment["what"] for moment in call["timeline"])
    late, favoured = [await site.call_of(number) for number in ("13800000002", "13800000004")]
    assert favoured.arrived_at > late.arrived_at
    assert favoured.waiting_s < late.waiting_s, "the hotline itself says otherwise"
