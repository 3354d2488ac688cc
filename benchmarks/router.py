"""The routing core by itself: pure Python, no Asterisk, no clock.

A house of agents with random skills, all of them talking, and a long line of callers with many distinct needs. Then, in
turn, an agent becomes free and a caller arrives. Each is one decision: "whom does this agent get?" (the answer is an
offer, which is accepted) and "is anybody free for this caller?". Each is timed by itself. Growth is the mean time of a
decision with all agents and callers, over that with a tenth of both; the two are measured in turn, and the medians of
three turns are told.

    python -m benchmarks.router [--json] [--agents 10000] [--waiting 100000] [--needs 200] [--skills 64]
"""

import argparse
import gc
import json
import random
import sys
import time
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from acd.decisions import MakeOffer
from acd.matching import Need
from acd.router import AgentId, CallId, Router
from acd.waiting import Waiting
from benchmarks.machine import machine

_ROUNDS = 20_000
_TURNS = 3


@dataclass(frozen=True, slots=True)
class House:
    """How large it is."""

    agents: int
    waiting: int
    needs: int
    skills: int


def needs_of(house: House, chance: random.Random) -> list[Need]:
    """Return distinct needs of one to three skills."""
    needs: dict[Need, None] = {}
    while len(needs) < house.needs:
        names = chance.sample(range(house.skills), chance.randint(1, 3))
        needs[Need.of({f"skill{name}": chance.randint(1, 3) for name in names})] = None
    return list(needs)


def timed(house: House, rounds: int) -> list[float]:
    """Return the seconds of each decision, two a round."""
    chance = random.Random(7)
    router, needs = Router(), needs_of(house, chance)
    agents = [AgentId(f"agent{number}") for number in range(house.agents)]
    profiles = [
        {f"skill{name}": chance.randint(1, 5) for name in chance.sample(range(house.skills), 8)} for _ in range(400)
    ]
    for agent in agents:
        router.agent_on_duty(agent, chance.choice(profiles), 0.0)
    now = 1.0
    for number in range(house.waiting):
        now += 0.01
        need = chance.choice(needs)
        router.caller_waits(Waiting(CallId(f"call{number}"), "general", need, chance.randint(0, 3), now), now)
    taken: list[float] = []
    clock = time.perf_counter
    gc.collect()
    gc.freeze()
    for number in range(rounds):
        now += 0.01
        agent = chance.choice(agents)
        began = clock()
        decisions = router.agent_available(agent, now, now)
        taken.append(clock() - began)
        for decision in decisions:
            if isinstance(decision, MakeOffer):
                router.offer_rings(decision.offer)
                router.offer_accepted(decision.offer, now)
        if not decisions:
            router.agent_unavailable(agent, now)
        coming = Waiting(CallId(f"new{number}"), "general", chance.choice(needs), chance.randint(0, 3), now)
        began = clock()
        router.caller_waits(coming, now)
        taken.append(clock() - began)
    gc.unfreeze()
    return taken


def measure(house: House, rounds: int = _ROUNDS) -> dict[str, Any]:
    """Return all figures."""
    tenth = House(house.agents // 10, house.waiting // 10, house.needs, house.skills)
    turns = [(timed(tenth, rounds), timed(house, rounds)) for _ in range(_TURNS)]
    decision_s = median(mean(large) for _, large in turns)
    return {
        "decisions_per_s": round(1 / decision_s),
        "p99_us": round(median(sorted(large)[int(0.99 * len(large))] for _, large in turns) * 1e6, 1),
        "growth_10x": round(decision_s / median(mean(small) for small, _ in turns), 2),
        "agents": house.agents,
        "waiting": house.waiting,
        "needs": house.needs,
        "skills": house.skills,
        "decisions": 2 * rounds * _TURNS,
        "machine": machine(),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.router", description=__doc__)
    parser.add_argument("--json", action="store_true")
    for name, default in (("agents", 10_000), ("waiting", 100_000), ("needs", 200), ("skills", 64)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    told = measure(House(options.agents, options.waiting, options.needs, options.skills))
    if options.json:
        print(json.dumps(told, indent=1))
    else:
        for name, value in told.items():
            print(f"{name:<16} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
