"""Poisson callers and exponential talks over real SIP, time compressed: they wait as Erlang C and Erlang A say.

A run of some minutes scatters widely. How widely is known: the simulator's virtual time lives runs of the same size by
the hundred. A seat is taken for longer than the talk (ringing, answer, hang-up): measured in the run, part of the load.
"""

import contextlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import pytest
from erlang import erlang_a_waiting, erlang_c, waiting_share

from simulator.virtual import Arrival, Plan, arrivals_of, simulate
from tickets import AgentChange, CallDetail, Reader, Store

if TYPE_CHECKING:
    from conftest import Site

Beside = Callable[..., contextlib.AbstractContextManager["Site"]]
_SEATS = 8
_TALK_S = 2.7  # mean; 162 s, sixty times faster
_WARM_UP_S = 15.0  # callers of the filling house are not measured
_RUNS = 100  # in virtual time, for the spread
_SIGMAS = 4
_AT_ONCE_S = 0.3  # on a busy machine, from asking to the offer when a seat is free
_QUEUE = """  erlang: {zh: 试验坐席, en: Erlang, needs: {general: 1, lang.zh: 1}, ring_s: 10, wrap_up_s: 0}
"""
_FLOW = """
numbers: ["12390"]
start: person
person: person
prompts: {}
steps:
  person: {do: queue, queue: erlang, nobody_staffed: end}
  end: {do: hangup}
"""
_SCENARIO = """name: erlang
number: "12390"
calls: {calls}
seed: {seed}
compress: 60
arrivals: {{kind: poisson, rate: {rate}}}
callers:
  all:
    steps: [{{hear: agent, {bears}}}, {{talk: "exp:162", heard_within: 10}}, {{hang_up: true}}]
agents:
  all: {{count: 8, queue: erlang, answers_after: 0}}
codes: {{end_wrap_up: ""}} # there is none to be ended
limits: {{failed: 0, doubled: 0, misrouted: 0}}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A caller who asked for a person at ``at``, and was in line for ``waited`` seconds."""

    at: float
    waited: float
    all_taken: bool  # no seat was free
    gave_up: bool
    taken_s: float  # a seat, from the offer until it was free again


@dataclass(frozen=True, slots=True)
class Line:
    """What came of some callers."""

    all_taken: float  # share who found no seat free
    wait_s: float  # mean time in line, of all
    gave_up: float  # share

    @classmethod
    def of(cls, callers: Sequence[Asked]) -> "Line":
        """Sum up."""
        return cls(
            mean(c.all_taken for c in callers), mean(c.waited for c in callers), mean(c.gave_up for c in callers)
        )  # fmt: skip


def in_virtual_time(arrivals: Iterable[Arrival], plan: Plan, overhead_s: float = 0.0) -> Line:
    """The measured callers of a plan, lived by the router alone."""
    came: dict[str, float] = {}
    waits: set[str] = set()
    callers: list[Asked] = []

    def told(now: float, what: str, call: str, _: str) -> None:
        match what:
            case "arrives":
                came[call] = now
            case "waits":
                waits.add(call)
            case "talks" | "gives up" if plan.measured[0] <= came[call] < plan.measured[1]:
                callers.append(Asked(came[call], now - came[call], call in waits, what == "gives up", 0.0))

    simulate(arrivals, plan.agents(), plan.measured, wrap_up_s=overhead_s, told=told)
    return Line.of(callers)


async def lived(site: "Site", folder: Path, **how: Any) -> dict[str, Any]:
    """Run the scenario as people do; return its report."""
    (folder / "erlang.yaml").write_text(_SCENARIO.format(**how), encoding="utf-8")
    code, errors = await site.simulates(folder / "erlang.yaml", folder / "r.json")
    assert code == 0, errors
    report: dict[str, Any] = json.loads((folder / "r.json").read_text(encoding="utf-8"))
    return report


@contextlib.asynccontextmanager
async def books(site: "Site") -> AsyncIterator[Reader]:
    store = Store(f"sqlite+aiosqlite:///{site.state / 'hotline.db'}")
    try:
        yield Reader(store)
    finally:
        await store.close()


async def callers_of(site: "Site", since: float) -> list[Asked]:
    """All callers of the run as the books have them, in order; times from the first one's arrival."""
    await site.eventually(lambda: site.api("status")["calls"] == 0, 20)
    async with books(site) as reader:
        rows = await reader.calls(limit=10_000, since=since, queue="erlang")
        calls = [call for row in rows if (call := await reader.call(row.id)) is not None]
        taken = taken_seats(await reader.agent_changes(0.0, time.time()))
    found = sorted((_asked(call, taken) for call in calls), key=lambda caller: caller.at)
    return [Asked(c.at - found[0].at, c.waited, c.all_taken, c.gave_up, c.taken_s) for c in found]


def taken_seats(changes: Iterable[AgentChange]) -> dict[str, list[tuple[float, float]]]:
    """From when until when each agent was not free for others, by the agents' journal."""
    began: dict[str, float] = {}
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for change in changes:
        if change.state == "reserved":
            began[change.agent] = change.at
        elif change.state == "ready" and change.agent in began:
            taken[change.agent].append((began.pop(change.agent), change.at))
    return taken


def _asked(call: CallDetail, taken: dict[str, list[tuple[float, float]]]) -> Asked:
    [asked] = [entry for entry in call.timeline if entry.kind == "Queued"]
    offers = [entry for entry in call.timeline if entry.kind == "Offered"]
    assert len(offers) <= 1, [(entry.kind, entry.data) for entry in call.timeline]
    all_taken = asked.data["free"] == 0
    if not offers:
        assert call.ended_at is not None
        return Asked(asked.at, call.ended_at - asked.at, all_taken, True, 0.0)
    at = offers[0].at
    began, ended = min(taken[offers[0].data["agent"]], key=lambda seat: abs(seat[0] - at))
    assert abs(began - at) < _AT_ONCE_S, f"{call.id}: the agent was not taken when offered"
    return Asked(asked.at, at - asked.at, all_taken, False, ended - began)


def handling(report: dict[str, Any], callers: Sequence[Asked]) -> tuple[float, float]:
    """Return how long a seat is taken by a call in the mean, and how much of it is not drawn: what ringing, answer and
    hang-up take. The draws' mean is what the scenario says, not what this run happened to draw."""
    talks = [call["talk_s"] for call in report["calls"] if call["talk_s"] is not None]
    taken = [caller.taken_s for caller in callers if not caller.gave_up]
    overhead = (sum(taken) - sum(talks)) / len(taken)
    return _TALK_S * len(talks) / len(taken) + overhead, overhead


def spread(plan: Plan, overhead_s: float) -> Callable[[Callable[[Line], float]], float]:
    """How far one run of this size lies from another, as a standard deviation of any of its figures."""
    plans = [replace(plan, seed=seed) for seed in range(1, _RUNS + 1)]
    lines = [in_virtual_time(arrivals_of(each), each, overhead_s) for each in plans]
    return lambda figure: stdev(map(figure, lines))


def measured(callers: Sequence[Asked]) -> list[Asked]:
    return [caller for caller in callers if caller.at >= _WARM_UP_S]


def nobody_waits_beside_a_free_seat(callers: Sequence[Asked]) -> bool:
    return all(caller.waited < _AT_ONCE_S for caller in callers if not caller.all_taken and not caller.gave_up)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, beside: Beside) -> Iterator["Site"]:
    """A hotline with a queue whose agents have no wrap-up."""
    with beside(tmp_path_factory.mktemp("erlang"), _QUEUE) as site:
        yield site


@pytest.mark.soak
async def test_patient_callers_on_real_telephones_wait_as_erlang_c_says(line: "Site", tmp_path: Path) -> None:
    await line.add_flow("erlang", _FLOW)
    began = time.time()
    report = await lived(line, tmp_path, calls=210, rate=2, seed=12, bears="within: 120")
    callers = await callers_of(line, began)
    assert len(callers) == 210
    assert not any(caller.gave_up for caller in callers)
    assert nobody_waits_beside_a_free_seat(callers)
    told_s = mean(call["wait_s"] for call in report["calls"]) - mean(caller.waited for caller in callers)
    aht_s, overhead_s = handling(report, callers)
    found = Line.of(measured(callers))
    hours = (callers[-1].at - _WARM_UP_S) / 3600
    print(
        f"\n{found}; seat taken {aht_s:.2f} s, {overhead_s:.2f} s of it no talk; heard {told_s:.2f} s after the offer"
    )

    def agrees(seats: int) -> bool:
        share, wait_s = waiting_share(2 * aht_s, seats), erlang_c(7200, seats, aht_s, 0)[1]
        far = spread(Plan(7200, seats, _TALK_S, hours=hours, warm_up_s=_WARM_UP_S), overhead_s)
        taken_sd, wait_sd = far(lambda each: each.all_taken), far(lambda each: each.wait_s)
        print(f"Erlang C, {seats} seats: {share:.3f} +- {taken_sd:.3f}, {wait_s:.2f} +- {wait_sd:.2f} s")
        return abs(found.all_taken - share) <= _SIGMAS * taken_sd and abs(found.wait_s - wait_s) <= _SIGMAS * wait_sd

    again = [Arrival(caller.at, caller.taken_s) for caller in callers]

    def is_lived_again(seats: int) -> bool:
        same = in_virtual_time(again, Plan(3600, seats, 1, hours=hours, warm_up_s=_WARM_UP_S))
        print(f"the same callers in virtual time, {seats} seats: {same}")
        return abs(same.all_taken - found.all_taken) <= 0.04 and abs(same.wait_s - found.wait_s) <= 0.1 * found.wait_s

    assert abs(told_s) < 0.5, "callers wait otherwise than the books say"
    assert agrees(_SEATS)
    assert is_lived_again(_SEATS), "the real line does not go as the router alone"
    assert not agrees(_SEATS + 4), "a wrong number is not noticed"
    assert [is_lived_again(seats) for seats in (_SEATS - 1, _SEATS + 1)] == [False, False], "one seat is not noticed"


@pytest.mark.soak
async def test_impatient_callers_on_real_telephones_wait_and_give_up_as_erlang_a_says(
    line: "Site", tmp_path: Path
) -> None:
    await line.add_flow("erlang", _FLOW)
    patience_s = 4.0
    began = time.time()
    report = await lived(line, tmp_path, calls=150, rate=3, seed=12, bears='patience: "exp:240"')
    callers = await callers_of(line, began)
    assert nobody_waits_beside_a_free_seat(callers)
    aht_s, overhead_s = handling(report, callers)
    found = Line.of(measured(callers))
    hours = (callers[-1].at - _WARM_UP_S) / 3600
    print(f"\n{found}; seat taken {aht_s:.2f} s, {overhead_s:.2f} s of it no talk")

    def agrees(seats: int) -> bool:
        share, wait_s = erlang_a_waiting(10_800, seats, aht_s, patience_s)
        plan = Plan(10_800, seats, aht_s - overhead_s, patience_s, hours=hours, warm_up_s=_WARM_UP_S)
        far = spread(plan, overhead_s)
        taken_sd, wait_sd, gave_up_sd = (
            far(lambda each: each.all_taken), far(lambda each: each.wait_s), far(lambda each: each.gave_up),
        )  # fmt: skip
        print(f"Erlang A, {seats} seats: {share:.3f} +- {taken_sd:.3f}, {wait_s:.2f} +- {wait_sd:.2f} s, "
              f"{wait_s / patience_s:.3f} +- {gave_up_sd:.3f} give up")  # fmt: skip
        return (
            abs(found.all_taken - share) <= _SIGMAS * taken_sd
            and abs(found.wait_s - wait_s) <= _SIGMAS * wait_sd
            and abs(found.gave_up - wait_s / patience_s) <= _SIGMAS * gave_up_sd
        )

    assert agrees(_SEATS)
    assert [agrees(seats) for seats in (_SEATS - 4, _SEATS + 6)] == [False, False], "no wrong number is noticed"
