"""How long a freed agent waits for the next ring while callers wait, as `hotline simulate` measures it."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

WRAP_UP_S = 3
FLOW = """
numbers: ["12379"]
start: person
person: person
steps:
  person: {do: queue, queue: overheard, nobody_staffed: end}
  end: {do: hangup}
"""
"""Into a queue whose own wrap-up is so long that agents end it themselves."""
SCENARIO = f"""name: free-to-ring
number: "12379"
calls: 6
arrivals: {{kind: constant, rate: 4}}
callers:
  one:
    steps: [{{hear: agent, within: 90}}, {{talk: 1}}, {{hang_up: true}}]
agents:
  staff: {{count: 2, queue: overheard, answers_after: 0.5, wrap_up: {WRAP_UP_S}}}
limits: {{failed: 0, free_to_ring_p95_s: 2}}
"""


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.soak)])
async def test_the_time_from_an_agents_being_free_to_the_next_ring_is_told_without_the_wrap_up(
    site: "Site", tmp_path: Path, processes: int
) -> None:
    file, told, rows = (tmp_path / name for name in ("free.yaml", "r.json", "r.csv"))
    file.write_text(SCENARIO, encoding="utf-8")
    await site.add_flow("overheard", FLOW)
    page = tmp_path / "r.html"
    code, errors = await site.simulates(
        file, told, "--csv", str(rows), "--html", str(page), "--processes", str(processes)
    )  # fmt: skip
    report = json.loads(told.read_text(encoding="utf-8"))
    assert code == 0, errors + str(report["reasons"])
    measured = report["free_to_ring_s"]
    assert measured["count"] == report["kinds"]["one"]["free_to_ring_s"]["count"] == 4, "two found an agent free"
    assert 0 < measured["p50"] <= measured["p95"] < 2 < WRAP_UP_S
    with rows.open(encoding="utf-8") as lines:
        found = [row for row in csv.DictReader(lines) if row["free_to_ring_s"]]
    assert len(found) == 4
    assert all(float(row["wait_s"]) > WRAP_UP_S for row in found), "they did not wait for an agent's wrap-up"
    assert "free to ring" in page.read_text(encoding="utf-8")
    await site.eventually(lambda: all(row["state"] == "logged_out" for row in site.api("agents")), 20)
