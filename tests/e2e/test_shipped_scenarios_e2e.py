"""Every scenario that ships is lived, with few calls, and keeps what it promises.

Scenarios on one hotline come one after the other, for their callers would be served by each other's agents; so two
hotlines share them.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tickets import CallDetail, Reader, Store

if TYPE_CHECKING:
    from conftest import Site

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {file.stem: file for file in sorted((ROOT / "scenarios").glob("*.yaml"))}
FEW = {  # calls, and a seed by which each kind of callers is among them
    "bad-lines": (5, 14), "departments": (3, 1), "find-the-limit": (30, 1), "hang-ups": (8, 22),
    "mixed-callers": (9, 601), "normal-day": (4, 16), "saturate": (150, 1), "trying-agents": (12, 1),
}  # fmt: skip
pytestmark = pytest.mark.soak
MORE = {"storm": (150, 1), "normal-day": (150, 1)}
IN_THE_SMALL_HOUSE = ("mixed-callers", "bad-lines", "departments", "find-the-limit", "saturate")
IN_THE_CITY = ("normal-day", "trying-agents", "hang-ups")
ON_TIME = {"wait_p95_s", "mos_p5_least", "first_prompt_p95_s", "simulator_late_p99_ms"}
"""Limits that a machine which is too busy for the simulator itself may miss: the report then says that it was."""


@dataclass(frozen=True)
class Lived:
    """A run that is over."""

    site: "Site"
    code: int
    report: dict[str, Any]

    async def call(self, kind: str) -> CallDetail:
        """Return what the books have of a caller of a kind. Other scenarios' callers have the same numbers."""
        number = next(call["number"] for call in self.report["calls"] if call["kind"] == kind)
        began = self.report["began_at"]
        store = Store(f"sqlite+aiosqlite:///{self.site.state / 'hotline.db'}")
        try:
            reader = Reader(store)
            [row] = await reader.calls(caller=number, since=began - 1, until=began + self.report["seconds"], limit=1)
            call = await reader.call(row.id)
            assert call is not None
            return call
        finally:
            await store.close()

    async def outcomes(self) -> dict[str, str | None]:
        """Return how a caller of each kind is in the books."""
        return {kind: (await self.call(kind)).outcome for kind in self.report["kinds"]}


def live(site: "Site", folder: Path, name: str, calls: int, seed: int) -> Lived:
    """Live a scenario as people do."""
    report = folder / f"{name}.json"
    told = subprocess.run(
        [str(Path(sys.executable).with_name("hotline")), "simulate", str(SHIPPED[name]), "--json", str(report),
         "--calls", str(calls), "--seed", str(seed)],
        env=site.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert report.exists(), told.stderr
    return Lived(site, told.returncode, json.loads(report.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def city(
    beside: Callable[..., AbstractContextManager["Site"]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Site"]:
    """A hotline with the directory that ships."""
    with beside(tmp_path_factory.mktemp("city"), "", shipped=True) as city:
        yield city


@pytest.fixture(scope="module")
def lived(site: "Site", city: "Site", tmp_path_factory: pytest.TempPathFactory) -> dict[str, Lived]:
    """All of them, many at once."""
    folder = tmp_path_factory.mktemp("scenarios")
    site.test_began = city.test_began = time.time()

    def one_after_the_other(where: "Site", names: tuple[str, ...]) -> dict[str, Lived]:
        return {name: live(where, folder, name, *FEW[name]) for name in names}

    with ThreadPoolExecutor() as pool:
        lanes = [
            pool.submit(one_after_the_other, where, names)
            for where, names in ((site, IN_THE_SMALL_HOUSE), (city, IN_THE_CITY))
        ]
    return {name: run for lane in lanes for name, run in lane.result().items()}


def keeps_its_limits(run: Lived) -> None:
    """Each kind called, nobody failed, and every limit was kept, or the simulator says that it was too slow to tell."""
    report = run.report
    assert all(kind["placed"] for kind in report["kinds"].values()), report["kinds"]
    assert (report["failed"], report["unfinished"]) == (0, 0), report["reasons"]
    assert report["limits"]
    missed = {limit["name"] for limit in report["limits"] if not limit["kept"]}
    assert missed <= (ON_TIME if report["simulator"]["doubts"] else set()), report["limits_missed"]
    assert run.code == (1 if missed else 0)
    assert report["agents"]["faults"] == []


def test_each_shipped_scenario_is_lived_here() -> None:
    assert set(SHIPPED) == set(FEW) | set(MORE)


@pytest.mark.parametrize("name", FEW)
def test_a_shipped_scenario_keeps_its_limits_with_each_kind_of_its_callers(lived: dict[str, Lived], name: str) -> None:
    keeps_its_limits(lived[name])
    assert lived[name].report["placed"] == FEW[name][0]


async def test_digits_count_once_on_each_bad_line_and_the_bad_ones_sound_worse(lived: dict[str, Lived]) -> None:
    run = lived["bad-lines"]
    for kind in run.report["kinds"]:
        entered = [entry.data["digits"] for entry in (await run.call(kind)).timeline if entry.kind == "DigitsEntered"]
        assert entered == ["1"], kind
    mos = {call["kind"]: call["agent_mos"] for call in run.report["calls"]}
    assert all(mos["clean"] - mos[kind] > 0.05 for kind in ("loses_3_percent", "loses_in_bursts", "far_away")), mos


async def test_every_talk_with_a_department_is_one_of_three(lived: dict[str, Lived]) -> None:
    call = await lived["departments"].call("has_a_hard_question")
    assert len(call.departments) == 1
    assert max(len(segment.parties) for segment in call.segments) == 3


async def test_whoever_hangs_up_is_in_the_books_as_what_they_were_doing(lived: dict[str, Lived]) -> None:
    outcomes = await lived["hang-ups"].outcomes()
    outcomes.pop("at_once")
    assert outcomes.pop("in_line") in ("abandoned_queue", "answered")  # agents are quick
    assert outcomes.pop("while_a_digit_counts") in ("abandoned_queue", "abandoned_menu")
    assert outcomes == {
        "in_the_greeting": "abandoned_menu", "in_the_menu": "abandoned_menu", "as_an_agent_answers": "answered",
        "stays": "answered",
    }  # fmt: skip


async def test_each_of_the_mixed_callers_gets_what_they_wanted(lived: dict[str, Lived]) -> None:
    run = lived["mixed-callers"]
    outcomes = await run.outcomes()
    assert (outcomes.pop("self_service"), outcomes.pop("leaves_message")) == ("self_served", "voicemail")
    assert outcomes.pop("impatient") in ("answered", "abandoned_queue")
    assert set(outcomes.values()) == {"answered"}, outcomes
    calls = {call["kind"]: call for call in run.report["calls"]}
    assert (calls["dials_again"]["dials"], calls["english"]["agent_kind"]) == (2, "english")


async def test_on_a_normal_day_some_are_served_by_agents_and_some_by_themselves(lived: dict[str, Lived]) -> None:
    run = lived["normal-day"]
    assert await run.outcomes() == {"person": "answered", "english": "answered", "self_service": "self_served"}
    [english] = [call for call in run.report["calls"] if call["kind"] == "english"]
    assert english["agent_kind"] == "english"


def test_callers_reach_somebody_in_spite_of_agents_of_every_kind(lived: dict[str, Lived]) -> None:
    agents = lived["trying-agents"].report["agents"]
    assert set(agents["offers"]) == set(agents["taken"])
    assert sum(agents["offers"].values()) > sum(agents["taken"].values()) == 12, "nobody missed or declined"


def test_each_step_tells_what_kept_the_machine_busy_and_who_gave_in_is_told(lived: dict[str, Lived]) -> None:
    report = lived["saturate"].report
    assert [(step["rate"], step["calls"]) for step in report["plateaus"]] == [(10, 100), (20, 50)]
    for step in report["plateaus"]:
        assert all(step["cores"][name] > 0 for name in ("asterisk", "engine", "engine_loop", "simulator", "machine"))
        assert step["late_ms"]["p99"] > 0
    who = report["gave_in"]["who"]
    assert who != "simulator" or report["simulator"]["doubts"]
    assert report["gave_in"]["told"].startswith({"nobody": "Nobody", "target": "The target"}.get(who, "The simulator"))


async def test_nothing_is_left_behind(lived: dict[str, Lived]) -> None:
    for site in {id(run.site): run.site for run in lived.values()}.values():
        await site.without_channels()
        await site.eventually(lambda site=site: all(row["state"] == "logged_out" for row in site.api("agents")), 20)


@pytest.mark.soak
@pytest.mark.parametrize("name", MORE)
async def test_a_long_shipped_scenario_keeps_its_limits(city: "Site", tmp_path: Path, name: str) -> None:
    run = live(city, tmp_path, name, *MORE[name])
    keeps_its_limits(run)
    assert run.report["placed"] == MORE[name][0]
    await city.without_channels()
