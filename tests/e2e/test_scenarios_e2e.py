"""`hotline simulate SCENARIO.yaml` against the real hotline: what was planted is found, and nothing else."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from calls import Language
from ivr.speech import PromptStore, Pyttsx3Engine

if TYPE_CHECKING:
    from conftest import Site

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = """name: planted
calls: 12
seed: 3
keep_audio_s: 4
arrivals: {kind: constant, rate: 4}
callers:
  good:
    steps:
      [{hear: sound}, {press: "1"}, {hear: agent, within: 60, of: [late]}, {talk: 1, heard_within: 10}, {hang_up: true}]
    limits: {failed: 0, one_way: 0, misrouted: 0}
  misled: # nobody of the other kind ever takes a call
    steps: [{hear: sound}, {press: "1"}, {hear: agent, within: 60, of: [unwilling]}, {hang_up: true}]
    limits: {misrouted: 0}
  not_heard:
    steps: [{hear: sound}, {press: "1"}, {hear: agent, within: 60}, {mute: true}, {talk: 1}, {hang_up: true}]
    limits: {one_way: 0}
  asks_for_what_never_comes:
    steps: [{hear: 3333, within: 1}, {hang_up: true}]
  self_service:
    steps: [{hear: sound}, {press: "2"}, {hear: menu.wav, within: 30}, {hang_up: true}]
    limits: {failed: 0}
agents:
  late: {count: 5, queue: general, answers_after: 1.5}
  unwilling: {count: 1, queue: general, declines: 1.0}
limits: {doubled: 0, wait_p50_s: 1}
"""


async def simulated(site: "Site", folder: Path, processes: int) -> tuple[int, str]:
    """Run it as people do; return the exit code and what was said on standard error."""
    return await site.simulates(
        folder / "planted.yaml", folder / "r.json", "--html", str(folder / "r.html"), "--processes", str(processes),
        "--csv-over-time", str(folder / "t.csv"),
    )  # fmt: skip


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.soak)])
async def test_planted_faults_are_found_and_good_calls_are_not_accused(
    site: "Site", tmp_path: Path, processes: int
) -> None:
    (tmp_path / "planted.yaml").write_text(SCENARIO, encoding="utf-8")
    flow = YAML(typ="safe").load((site.state / "dialplans" / "12345.yaml").read_text(encoding="utf-8"))
    store = PromptStore(
        ROOT / "var" / "prompts", site.state / "dialplans" / "recordings", Pyttsx3Engine(site.state / "espeak")
    )
    menu = store.find("self_service", Language.ZH, flow["prompts"]["self_service"]["zh"])
    assert menu is not None
    shutil.copy(menu.path.with_suffix(".wav"), tmp_path / "menu.wav")
    code, errors = await simulated(site, tmp_path, processes)
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    kinds = report["kinds"]
    assert code == 1, errors
    assert report["placed"] == 12
    assert kinds["good"]["done"] == kinds["good"]["placed"] > 0, report["reasons"]
    for name, defect in (("misled", "misrouted"), ("not_heard", "one_way")):
        assert kinds[name][defect] == kinds[name]["failed"] == kinds[name]["placed"] > 0, report["reasons"]
    assert kinds["asks_for_what_never_comes"]["failed"] == kinds["asks_for_what_never_comes"]["placed"] > 0
    assert kinds["self_service"]["reaction_s"]["count"] == kinds["self_service"]["placed"] > 0, report["reasons"]
    assert kinds["good"]["wait_s"]["p50"] >= 1.3, "agents who answer late were not found late"
    missed = {one["of"] + ":" + one["name"] for one in report["limits"] if not one["kept"]}
    assert missed == {"misled:misrouted", "not_heard:one_way", ":wait_p50_s"}
    assert "limit missed: misled: misrouted" in errors
    assert report["agents"]["offers"]["late"] > 0
    assert report["sip"]["codes"] == {"200": 12}
    carried = report["simulator"].get("processes", [])
    assert [one["placed"] for one in carried] == ([6, 6] if processes == 2 else [])
    assert [one["seats"] for one in carried] == ([3, 3] if processes == 2 else [])
    opened = {call["kind"] for call in report["opened"]}
    assert opened == {"misled", "not_heard", "asks_for_what_never_comes"}, [
        (call["kind"], call["reason"], call["defects"]) for call in report["opened"]
    ]
    misled = next(call for call in report["opened"] if call["kind"] == "misled")
    told = "\n".join(misled["engine"])
    assert "Connected" in told, "the engine's side of the call is not beside the caller's"
    assert (tmp_path / "r.html").read_text(encoding="utf-8").count("<details>") == len(report["opened"])
    told_over_time(report, tmp_path / "t.csv")
    await site.eventually(lambda: site.channels() == 0)
    await site.eventually(lambda: all(row["state"] == "logged_out" for row in site.api("agents")), 20)


def told_over_time(report: dict[str, Any], table: Path) -> None:
    """Each kind's figures over time add up to the run's, and what the machine spent is beside them."""
    rows, kinds, cost = report["over_time"], report["kinds"], report["cost_over_time"]
    for name in ("came", "failed"):
        of_kinds = [[row[name] for row in kind["over_time"]] for kind in kinds.values()]
        assert [sum(part) for part in zip(*of_kinds, strict=True)] == [row[name] for row in rows]
    assert sum(row["came"] for row in kinds["misled"]["over_time"]) == kinds["misled"]["placed"]
    assert any(row["jitter_p95_ms"] is not None and row["loss_share"] is not None for row in rows)
    assert [row["at_s"] for row in cost] == [row["at_s"] for row in rows]
    assert all(row["engine_rss_mb"] > 10 and row["asterisk_rss_mb"] > 10 for row in cost[:-1])
    assert max(row["engine_cores"] or 0 for row in cost) > 0 < max(row["asterisk_cores"] or 0 for row in cost)
    assert len(table.read_text(encoding="utf-8").splitlines()) == 1 + len(rows) * (1 + len(kinds))


REPLAY = """name: again
calls: 12
compress: 120
arrivals: {{kind: replay, day: 2026-11-03, store: "{store}", begins: "09:00"}}
callers:
  wanted_a_person:
    steps:
      [{{hear: sound}}, {{press: recorded}}, {{hear: agent, patience: recorded}}, {{talk: recorded}}, {{hang_up: true}}]
  did_not: {{queues: [""], steps: [{{hear: sound}}, {{hang_up: true}}]}}
agents:
  staff: {{count: 5, queue: general, answers_after: 0.3}}
limits: {{failed: 0, doubled: 0, misrouted: 0}}
"""


async def test_a_day_of_a_generated_month_is_lived_again(site: "Site", tmp_path: Path) -> None:
    store = f"sqlite+aiosqlite:///{tmp_path / 'month.db'}"
    await site.hotline("generate-month", "--calls", "2000", "--month", "2026-11", "--store", store)
    (tmp_path / "planted.yaml").write_text(REPLAY.format(store=store), encoding="utf-8")
    code, errors = await simulated(site, tmp_path, 2)
    assert code == 0, errors
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    kinds = report["kinds"]
    assert report["placed"] == 12
    assert kinds["wanted_a_person"]["placed"] > 6
    assert kinds["wanted_a_person"]["answered"] >= kinds["wanted_a_person"]["done"] > 0
    talks = {call["talk_s"] for call in report["calls"] if call["talk_s"]}
    assert len(talks) > 3, "talks last as long as they were recorded"
    await site.eventually(lambda: site.channels() == 0)
    await site.eventually(lambda: all(row["state"] == "logged_out" for row in site.api("agents")), 20)


HASTY = """name: planted
calls: 12
seed: 2
arrivals: {kind: constant, rate: 4}
callers:
  at_once: {steps: [{hang_up: true}]}
  soon: {steps: [{wait: 0-0.3}, {hang_up: true}]}
  twice: {steps: [{wait: 0}, {redial: 0.2, most: 1}, {hear: sound}, {hang_up: true}]}
limits: {failed: 0}
"""


async def test_whoever_hangs_up_before_the_answer_has_done_what_was_meant_and_leaves_nothing_behind(
    site: "Site", tmp_path: Path
) -> None:
    (tmp_path / "planted.yaml").write_text(HASTY, encoding="utf-8")
    code, errors = await simulated(site, tmp_path, 1)
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (code, report["done"]) == (0, 12), (errors, report["reasons"])
    assert set(report["sip"]["codes"]) <= {"200", "487"}
    assert report["sip"]["cancelled"] == report["sip"]["codes"].get("487", 0) > 0, "all were answered before"
    assert all(kind["placed"] for kind in report["kinds"].values())
    await site.eventually(lambda: site.channels() == 0)
