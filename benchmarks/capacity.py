"""What the simulator itself carries, without any hotline: its callers call its own phones, on this machine.

A talk here is a caller and an agent, as in a scenario: two telephones, each sending and hearing audio 50 times a
second. ``talks``: more of them are on the line with each step, until the simulator's own 20 ms ticks come late (20 ms
at the 99th percentile, twice in a row). ``calls``: more calls a second come and go, silent, until ticks are late, more
than one in a thousand fails, or they come too slowly. Each process uses one core; with ``--processes 2`` first one and
then two do the same at the same time, and what they carry together is told beside what one carries. More processes than
cores have nothing to run on.

    python -m benchmarks.capacity [--processes 2] [--json] [--quick]
"""

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.capacity_steps import FULL, QUICK, Search, Step, carry_steps
from benchmarks.machine import machine
from hotline.cli.load import run_loop
from hotline.logging import set_up_cli_log
from simulator.scenario.part import Part

_STARTS_IN_S = 30.0
_A_CORE = 0.6
"""A process that had less of a core at its limit was kept from more by others: ticks are late before a core is full."""
_KINDS = ("talks", "calls")


@dataclass(frozen=True, slots=True)
class Carried:
    """What so many processes carried together, side by side."""

    processes: int
    steps: Sequence[Sequence[Step]]  # of each process

    @property
    def most(self) -> float:
        """All processes' highest steps that held, together."""
        return sum(most_of(steps) for steps in self.steps)

    @property
    def ended(self) -> bool:
        """Whether the limit was found: the last step did not hold in some process."""
        return any(steps and not steps[-1].held for steps in self.steps)

    @property
    def starved(self) -> float | None:
        """The part of a core that a process used at its limit, when it was too little to be the limit itself."""
        used = [steps[-1].busy for steps in self.steps if steps and not steps[-1].held]
        return min(used) if used and min(used) < _A_CORE else None


def most_of(steps: Sequence[Step]) -> float:
    """Return the highest step that held with all before it, 0 when the first did not."""
    most = 0.0
    for step in steps:
        if not step.held:
            break
        most = step.size
    return most


def measure(kind: str, processes: int, search: Search) -> Carried:
    """Have so many processes find their limit at the same time. Raises ``RuntimeError`` when one dies."""
    context = multiprocessing.get_context("spawn")
    begins = context.Barrier(processes)
    pipes, workers = [], []
    for index in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        order = (theirs, begins, kind, Part(index, processes), search)
        worker = context.Process(target=_work, args=order, daemon=True)
        worker.start()
        theirs.close()
        pipes.append(ours)
        workers.append(worker)
    try:
        return Carried(processes, [pipe.recv() for pipe in pipes])
    except EOFError:
        raise RuntimeError("a process of the simulator died") from None
    finally:
        for worker in workers:
            worker.join(_STARTS_IN_S)
            worker.kill()


def _work(pipe: Connection, begins: Any, kind: str, part: Part, search: Search) -> None:
    begins.wait(_STARTS_IN_S)
    set_up_cli_log()
    pipe.send(run_loop(carry_steps(kind, part, search)))


def lines(kind: str, found: Sequence[Carried]) -> list[str]:
    """Return what was found, for people."""
    unit = "talks at a time, each with two telephones and full audio" if kind == "talks" else "calls a second"
    told = [f"{kind}:"]
    told += [
        f"  {step.size:>5g}   ticks late {step.late_ms:6.1f} ms (p99)   failed {step.failed}   "
        f"core busy {step.busy:4.0%}" + ("" if step.held else "   did not hold")
        for step in found[0].steps[0]
    ]
    for carried in found:
        who = "one core carries" if carried.processes == 1 else f"{carried.processes} processes carry"
        factor = f" (x {carried.most / found[0].most:.2f})" if carried is not found[0] and found[0].most else ""
        more = "" if carried.ended else " or more: no step failed"
        told.append(f"  {who} {carried.most:g} {unit}{factor}{more}")
        if carried.starved is not None:
            told.append(
                f"  do not trust this: at its limit a process had only {carried.starved:.0%} of a core; what else ran?"
            )
    return told


def as_dict(found: Sequence[Carried]) -> dict[str, Any]:
    """Return it for JSON."""
    one = found[0].most
    return {
        "one_process": one,
        **{f"processes_{carried.processes}": carried.most for carried in found[1:]},
        "scaling": {str(each.processes): round(each.most / one, 2) for each in found[1:] if one},
        "starved": any(carried.starved is not None for carried in found),
        "limit_found": all(carried.ended for carried in found),
        "steps": [
            {
                "size": step.size, "late_ms_p99": round(step.late_ms, 1), "failed": step.failed,
                "core_busy": round(step.busy, 2), "held": step.held,
            }
            for step in found[0].steps[0]
        ],
    }  # fmt: skip


def main() -> int:
    """Measure and print."""
    set_up_cli_log()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--processes", type=int, choices=range(1, 17), default=1, metavar="1-16")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="few small steps: shows that it works")
    options = parser.parse_args()
    search = QUICK if options.quick else FULL
    told: dict[str, Any] = {}
    try:
        for kind in _KINDS:
            found = [measure(kind, count, search) for count in sorted({1, options.processes})]
            told[kind] = as_dict(found)
            if not options.json:
                print("\n".join(lines(kind, found)), flush=True)
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        print(f"benchmarks.capacity: {error}", file=sys.stderr)
        return 1
    print(json.dumps({**told, "machine": machine()}, indent=1) if options.json else machine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
