"""Can the simulator saturate Asterisk on the same machine, and does it know when it cannot?

An Asterisk of the benchmark's own answers whoever calls, and does nothing more: the least work that it can have for a
call, so the most calls that it can carry. All its threads are kept on one core, the simulator on another. Silent
callers come, stay half a second and hang up, more a second with each step, as in a scenario with ``saturate: true``,
until Asterisk fails (more than one call in a thousand), its core is full (95 %), or the simulator is late itself. Then
it is told whether Asterisk was saturated by a simulator that was on time. That is a finding, not a goal: it leaves
with 0 either way. Less than three minutes.

    python -m benchmarks.saturate [--json] [--quick]
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.drain_site import BenchmarkFailed
from benchmarks.machine import machine
from benchmarks.progress import say
from benchmarks.saturate_site import ANSWERED, LoneAsterisk, core_usage, keep_on, lone_asterisk, two_cores
from hotline.cli.cost import Track, Usage, usage_of
from hotline.cli.cost_over_time import cores_between
from hotline.cli.load import run_loop
from hotline.logging import set_up_cli_log
from simulator.bounds import SATURATING, allow_open_files
from simulator.measures.plateaus import FULL, Watched, gave_in, plateau_rows, words
from simulator.measures.verdict import lateness_told
from simulator.scenario import Read, Run, Scenario, run_scenario
from simulator.scenario.arriving import Steps

_STAYS_S = 0.5
_OVER_S = 150.0
_STARTS_S = 60.0
_FILES = 20_000
"""Asterisk has several open for each call; where fewer are allowed, it has as many as it may."""
ASTERISK, ASTERISKS_CORE, SIMULATOR, SIMULATORS_CORE = "asterisk", "asterisks_core", "simulator", "simulators_core"
_CORES = {ASTERISK: ASTERISKS_CORE, SIMULATOR: SIMULATORS_CORE}
_OTHERS = 0.2
"""Where others kept more than that of a core busy, it was not whose it is that filled it."""
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Search:
    """How rates rise: calls a second."""

    first: float
    by: float
    last: float
    every_s: float


FULL_SEARCH = Search(first=20, by=20, last=SATURATING.rate, every_s=6)
QUICK = Search(first=20, by=20, last=60, every_s=2)


def scenario_of(search: Search) -> Scenario:
    """Return what is lived."""
    steps = int((search.last - search.first) / search.by) + 1
    calls = sum(search.every_s * (search.first + search.by * place) for place in range(steps))
    return Scenario.model_validate({
        "name": "saturate", "saturate": True, "number": ANSWERED, "media": "none", "keep_audio_s": 0,
        "calls": int(calls) + 1, "max_concurrent": SATURATING.concurrent,
        "arrivals": {
            "kind": "steps", "first": search.first, "by": search.by, "last": search.last, "every_s": search.every_s,
        },
        "callers": {"silent": {"steps": [{"mute": True}, {"wait": _STAYS_S}, {"hang_up": True}]}},
    })  # fmt: skip


class Watch:
    """Sees processors while a run goes on, and ends it when a step is over on which somebody gave in."""

    def __init__(self, how: Steps, look: Mapping[str, Callable[[], Usage | None]], stop: asyncio.Event) -> None:
        """``look``: what is watched, by name; ``stop`` ends the run."""
        self.tracks = {name: Track() for name in look}
        self.told = 0  # steps that are over
        self._how, self._look_at, self._stop = how, look, stop
        self._ends_at = time.monotonic() + _OVER_S

    def rows(self, run: Run, over: int | None = None) -> list[dict[str, Any]]:
        """Return the steps of a run; ``over``: only so many."""
        watched = Watched(partial(cores_between, self.tracks, run.began))
        rows = plateau_rows(self._how, run.records, run.lateness.by_part(), watched)
        return rows if over is None else rows[:over]

    def look(self, run: Run) -> None:
        """Take a sample, and judge the step that is over, if there is a new one."""
        now = time.monotonic()
        for name, usage in ((name, look()) for name, look in self._look_at.items()):
            if usage is not None:
                self.tracks[name].add(now, usage)
        if now > self._ends_at:
            self._stop.set()
        if not run.going:
            return
        over = int((now - run.began) // self._how.every_s)
        if over > self.told:
            self.told = over
            self._judge(run, over)

    def _judge(self, run: Run, over: int) -> None:
        begins, ends = (over - 1) * self._how.every_s, over * self._how.every_s
        busy, late_ms = cores_between(self.tracks, run.began, begins, ends), run.lateness.by_part().get(over - 1, {})
        say(f"step {over}: Asterisk's core {_percent(busy.get(ASTERISKS_CORE) or busy.get(ASTERISK))} busy")
        if (_by_itself(busy) or 0.0) >= FULL or lateness_told(late_ms):
            self._stop.set()


async def saturate(search: Search, state: Path) -> dict[str, Any]:
    """Let rates rise; return what was found. Raises ``BenchmarkFailed``."""
    _allow_files()
    async with asyncio.timeout(_STARTS_S + _OVER_S), lone_asterisk(state) as asterisk:
        cores = two_cores()
        if cores is not None:
            keep_on(asterisk.pid, [cores[0]])
            keep_on(os.getpid(), [cores[1]])
        scenario, stop = scenario_of(search), asyncio.Event()
        assert isinstance(scenario.arrivals, Steps)
        watch = Watch(scenario.arrivals, _looks(asterisk, cores), stop)
        run = await run_scenario(Read(scenario, state), {}, target=asterisk.sip, look=watch.look, stop=stop)
    rows = watch.rows(run, watch.told if run.stopped else None)
    return found(rows, cores, scenario.arrivals.until_failed_share)


def found(rows: Rows, cores: tuple[int, int] | None, until_failed_share: float) -> dict[str, Any]:
    """Return all that is told, for JSON. ``cores``: Asterisk's and the simulator's, None where they share one."""
    judged = [{**row, "cores": {**row["cores"], ASTERISKS_CORE: _by_itself(row["cores"])}} for row in rows]
    verdict = gave_in(judged, until_failed_share, {ASTERISKS_CORE: 1.0} if cores is not None else {})
    deciding = [row for row in rows if row["rate"] == verdict["at_rate"]] or rows[-1:]
    disturbed = {owner for row in deciding for owner in (ASTERISK, SIMULATOR) if _others(row["cores"], owner) > _OTHERS}
    return {
        "saturated": verdict["who"] == "target" and ASTERISK not in disturbed,
        "gave_in": verdict,
        "disturbed": sorted(disturbed),
        "asterisks_core": None if cores is None else cores[0],
        "simulators_core": None if cores is None else cores[1],
        "steps": list(rows),
    }


def lines(told: Mapping[str, Any]) -> list[str]:
    """Return what was found, for people."""
    shared = told["asterisks_core"] is None
    head = "calls/s   failed   Asterisk's core busy (by itself)   simulator's core busy (by itself)   late p99"
    lines = ["only one core: Asterisk and the simulator share it, and neither figure is its own"] if shared else []
    lines += [head, *(_line(row) for row in told["steps"])]
    if told["disturbed"]:
        whose = " and ".join(words(_CORES[owner]) for owner in told["disturbed"])
        lines.append(f"do not trust this: others kept {whose} busy, too; what else ran?")
    return [*lines, told["gave_in"]["told"], _in_short(told)]


def _in_short(told: Mapping[str, Any]) -> str:
    verdict = told["gave_in"]
    if told["saturated"]:
        return f"Asterisk was saturated at {verdict['at_rate']:g} calls a second, by a simulator that was on time."
    why = {
        "simulator": "the simulator was the bottleneck",
        "nobody": "no rate was too high",
        "target": "it gave in while others kept its core busy",
    }
    return f"Asterisk was not saturated by the simulator alone: {why[verdict['who']]}."


def _line(row: Mapping[str, Any]) -> str:
    cores = row["cores"]
    asterisk, simulator = (
        f"{_percent(cores.get(core)):>5} ({_percent(cores.get(own))})"
        for core, own in ((ASTERISKS_CORE, ASTERISK), (SIMULATORS_CORE, SIMULATOR))
    )
    late = row["late_ms"].get("p99")
    told = "-" if late is None else f"{late:.1f} ms"
    return f"{row['rate']:>7g}   {100 * row['failed_share']:>4.1f} %   {asterisk:>32}   {simulator:>33}   {told:>8}"


def _others(busy: Mapping[str, float | None], owner: str = ASTERISK) -> float:
    """Return how much of somebody's core others kept busy."""
    return (busy.get(_CORES[owner]) or 0.0) - (busy.get(owner) or 0.0)


def _by_itself(busy: Mapping[str, float | None]) -> float | None:
    """Return how busy Asterisk's core was, None where others had a part in it."""
    return None if _others(busy) > _OTHERS else busy.get(ASTERISKS_CORE)


def _looks(asterisk: LoneAsterisk, cores: tuple[int, int] | None) -> dict[str, Callable[[], Usage | None]]:
    looks: dict[str, Callable[[], Usage | None]] = {
        ASTERISK: partial(usage_of, asterisk.pid),
        SIMULATOR: partial(usage_of, os.getpid()),
    }
    if cores is not None:
        looks |= {ASTERISKS_CORE: partial(core_usage, cores[0]), SIMULATORS_CORE: partial(core_usage, cores[1])}
    return looks


def _allow_files() -> None:
    """Asterisk inherits it."""
    try:
        allow_open_files(_FILES)
    except ValueError as error:
        say(f"{error}; it is tried all the same")


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{part:.0%}"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.saturate", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="few low rates: shows that it works")
    options = parser.parse_args()
    set_up_cli_log()
    try:
        with tempfile.TemporaryDirectory(prefix="hotline-saturate-") as folder:
            told = run_loop(saturate(QUICK if options.quick else FULL_SEARCH, Path(folder)))
    except KeyboardInterrupt:
        return 130
    except (BenchmarkFailed, OSError, ValueError) as error:
        print(f"benchmarks.saturate: {error}", file=sys.stderr)
        return 1
    as_json = json.dumps({**told, "machine": machine()}, indent=1)
    print(as_json if options.json else "\n".join([*lines(told), machine()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
