"""How much of the first words of whoever a caller is transferred to is lost, as `hotline simulate` measures it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

MUTE_S = 1.5
FLOW = """
numbers: ["12382"]
start: person
person: person
steps:
  person: {do: queue, queue: expert, nobody_staffed: end}
  end: {do: hangup}
"""
SCENARIO = """name: transfer-clip
number: "12382"
calls: 1
arrivals: {{kind: constant, rate: 2}}
callers:
  one:
    steps:
      - {{hear: agent, within: 60, of: [first]}}
      - {{talk: 1}}
      - {{hear: agent, within: 60, of: [second]}}
      - {{talk: 2}}
      - {{hang_up: true}}
agents:
  first: {{count: 1, queue: expert, answers_after: 0.5,
           in_talk: {{steps: [{{wait: 2}}, {{press: "*5"}}, {{wait: 1}}, {{press: "2#"}}]}}}}
  second: {{count: 1, queue: english, answers_after: 0.5{second}}}
limits: {{failed: 0, misrouted: 0, one_way: 0, transfer_clip_p95_s: 0.5}}
"""
LATE = f", in_talk: {{steps: [{{mute: true}}, {{wait: {MUTE_S}}}, {{mute: false}}]}}"
"""Nothing is heard of these for so long after they have answered, as when the way of the audio is made too late."""


@pytest.mark.parametrize("late", [pytest.param(False, marks=pytest.mark.soak), True])
async def test_what_is_lost_of_the_first_words_after_a_transfer_is_told(
    site: "Site", tmp_path: Path, late: bool
) -> None:
    file, told = tmp_path / "clip.yaml", tmp_path / "r.json"
    file.write_text(SCENARIO.format(second=LATE if late else ""), encoding="utf-8")
    await site.add_flow("transfers", FLOW)
    code, errors = await site.simulates(file, told)
    report = json.loads(told.read_text(encoding="utf-8"))
    clipped = report["transfer_clip_s"]
    assert report["done"] == 1, errors + str(report["reasons"])
    assert clipped["count"] == 1
    assert {row["agent_kind"] for row in report["calls"]} == {"second"}
    if late:
        assert code == 1
        assert MUTE_S < clipped["p50"] < MUTE_S + 0.5
    else:
        assert code == 0, errors
        assert 0 < clipped["p50"] <= clipped["max"] < 0.5
    await site.eventually(lambda: all(row["state"] == "logged_out" for row in site.api("agents")), 20)
