"""Ours, ``app_queue`` and a bare Dial on the same Asterisk with the same seats and callers, in turn, several rounds.

For each: the highest of the tried rates at which at most one call in a thousand fails (``max_cps``), CPU per call
(Asterisk's, and for ours the engine's, which is told apart too), from the caller's INVITE to the seat's
(``connect_*_ms``, without a menu), from the end of the caller's key in a menu to the seat's INVITE (``menu_*_ms``: ours
a flow, app_queue's an ordinary dialplan; the bare Dial has none), how fast a waiting line is drained, how long a seat
is idle between two calls, and memory
(Asterisk's, and for ours the engine's). A seat answers at once and hangs up after 0.1 s. What each does for a caller is
printed too (``DOES``). Told are medians, and the least and most of all rounds; figures that were measured by a
simulator that was itself late are told to be in doubt. ``--quick`` has one round of small
turns, and ends in less than a minute whatever happens: it shows that all works, and measures little. Longer comparisons
are parts of their own.

    python -m benchmarks.compare [--quick] [--json] [--rounds 3] [--only PART] [--everything]
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from benchmarks.compare_hurry import HardStop, process_began
from benchmarks.compare_part import Bounds, Told, why_not
from benchmarks.compare_parts import PARTS
from benchmarks.compare_spread import GoalRow, goal_lines, goal_rows, lines
from benchmarks.compare_spread import as_dict as spread_dict
from benchmarks.compare_systems import DOES
from benchmarks.compare_whole import FULL, GOALS, QUICK, Comparison, compared_site
from benchmarks.drain_site import BenchmarkFailed
from benchmarks.machine import machine
from hotline.cli.load import run_loop
from hotline.logging import set_up_cli_log

MOST = 100_000
"""No option may be more."""
STOPPED = 130
"""Left with when somebody ended it."""


def _end_on_sigterm(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Measure and print."""
    set_up_cli_log()
    options = _options()
    signal.signal(signal.SIGTERM, _end_on_sigterm)
    bounds = Bounds(
        options.rounds, options.minutes, options.rate, options.calls, talk_s=options.talk, quick=options.quick
    )
    try:
        if options.everything:
            return _everything(bounds, as_json=options.json)
        if options.only:
            return _only(options.only, bounds, as_json=options.json)
        return _whole(bounds, as_json=options.json)
    except BenchmarkFailed as error:
        print(f"benchmarks.compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return STOPPED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="parts:\n" + "\n".join(f"  {name:<10} {part.about}" for name, part in PARTS.items()),
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--quick", action="store_true",
        help="one small round; the comparison ends in less than a minute (peak and memory: two)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=_at_least(int, 1), help="of each system (usual: 3; of some parts fewer)")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="this part alone (repeatable)")
    parser.add_argument("--everything", action="store_true", help="the comparison, and then all parts")
    parser.add_argument("--minutes", type=_at_least(float, 0.1), help="long and peak: of each turn (usual: 10)")
    parser.add_argument("--rate", type=_at_least(float, 0.5), help="peak: calls/s in the busiest hour (usual: 8)")
    parser.add_argument("--calls", type=_at_least(int, 10), help="soak: so many (usual: 10000)")
    parser.add_argument("--talk", type=_at_least(float, 0.1), help="talks: so many seconds each (usual: 20)")
    return parser.parse_args()


def _at_least(kind: type[int] | type[float], least: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not least <= value <= MOST:
            raise argparse.ArgumentTypeError(f"{text}: write {least:g} to {MOST:g}")
        return value

    return read


# -- the comparison ----------------------------------------------------------------------------------------------------


def _whole(bounds: Bounds, *, as_json: bool) -> int:
    comparison = _new(bounds)

    def tell() -> None:
        _print_whole(comparison, as_json=as_json)

    failed = _measured(comparison, tell)
    tell()
    return failed


def _measured(comparison: Comparison, tell: Callable[[], None]) -> int:
    """Measure; return 0, or 1 or ``STOPPED`` when it came to nothing amidst. Raises ``BenchmarkFailed`` and
    ``KeyboardInterrupt`` when there is nothing to tell."""
    try:
        _measure(comparison, tell)
    except (BenchmarkFailed, KeyboardInterrupt) as error:
        if not comparison.measured:
            raise
        stopped = isinstance(error, KeyboardInterrupt)
        comparison.deadline.cut.append(f"the rest: {'somebody ended it' if stopped else error}")
        return STOPPED if stopped else 1
    return 0


def _new(bounds: Bounds, *, hurried: bool = True) -> Comparison:
    """``hurried``: a quick one must end in time, for nothing comes after it."""
    plan = QUICK if bounds.quick else replace(FULL, rounds=bounds.rounds or FULL.rounds)
    plan = plan if hurried else replace(plan, measured_s=None, ends_s=None)
    return Comparison(plan, process_began())


def _measure(comparison: Comparison, tell: Callable[[], None]) -> None:
    """Measure; ``tell`` says what there is when the process must end amidst it."""
    plan = comparison.plan
    with ExitStack() as stack:
        if plan.ends_s is not None:

            def last_words() -> None:
                comparison.deadline.cut.append(f"the end of it all, after {plan.ends_s:g} s")
                tell()

            left_s = comparison.began + plan.ends_s - time.monotonic()
            stack.enter_context(HardStop(left_s, last_words))
        site = stack.enter_context(compared_site(plan))
        comparison.say("the hotline is up")
        run_loop(comparison.run(site))


def _print_whole(comparison: Comparison, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(comparison.as_dict(), indent=1), flush=True)
        return
    plan = comparison.plan
    done = [f"{name}: {what}" for name, what in DOES.items()]
    title = f"{plan.rounds} rounds, {plan.seats} seats, {plan.waiting} drained by {plan.drained_by}"
    told = [*lines(title, comparison.rows(), GOALS), *comparison.notes(), *map(str, comparison.doubts()), *done]
    print("\n".join([*told, f"simulator late: {comparison.late_ms:.1f} ms (p99)", machine()]), flush=True)


# -- parts -------------------------------------------------------------------------------------------------------------


def _only(names: Sequence[str], bounds: Bounds, *, as_json: bool) -> int:
    found, goals, failed = _parts(names, bounds, as_json=as_json)
    if as_json:
        print(json.dumps({**found, "all_goals": goals, "does": DOES, "machine": machine()}, indent=1))
    else:
        print("\n".join([*(goal_lines(goals) if len(names) > 1 else []), "", machine()]))
    return failed


def _everything(bounds: Bounds, *, as_json: bool) -> int:
    """The comparison and all parts; one JSON document, or tables of each and one of all goals."""
    comparison, whole, failed = _new(bounds, hurried=False), dict[str, Any](), 0
    goals: list[GoalRow] = []
    try:
        failed = _measured(comparison, lambda: None)
    except BenchmarkFailed as error:
        print(f"benchmarks.compare: {error}", file=sys.stderr)
        failed = 1
    else:
        goals = goal_rows("comparison", comparison.rows(), GOALS)
        whole = comparison.as_dict()
        if not as_json:
            _print_whole(comparison, as_json=False)
    found, of_parts, parts_failed = _parts(list(PARTS) if failed != STOPPED else [], bounds, as_json=as_json)
    goals += of_parts
    if as_json:
        told = {**whole, "parts": found, "all_goals": goals, "does": DOES, "machine": machine()}
        print(json.dumps(told, indent=1))
    else:
        print("\n".join([*goal_lines(goals), "", machine()]))
    return max(failed, parts_failed)


def _parts(names: Sequence[str], bounds: Bounds, *, as_json: bool) -> tuple[dict[str, Any], list[GoalRow], int]:
    """Measure parts one after the other; one that cannot be measured does not keep the others from it.

    Return what was found for JSON, all goals, and 1 if a turn failed, or ``STOPPED`` when somebody ended it: then there
    is what was measured by then. Tables are printed as they come.
    """
    found: dict[str, Any] = {}
    goals: list[GoalRow] = []
    failed = 0
    for name in names:
        part, began = PARTS[name], time.monotonic()
        try:
            told = part.measure(bounds)
        except Exception as error:  # one part's mishap must not lose what the others have measured, or will
            told = Told(part.about, not_measured=[why_not(error)])
        except KeyboardInterrupt:
            told = Told(part.about, stopped=True)
        failed = STOPPED if told.stopped or failed == STOPPED else max(failed, int(bool(told.not_measured)))
        for why in told.not_measured:
            print(f"benchmarks.compare: {name}: {why}", file=sys.stderr)
        if not told.measured:
            found[name] = {"not_measured": "; ".join(told.not_measured) or "somebody ended it"}
            if told.stopped:
                break
            continue
        goals += goal_rows(name, told.turns, part.goals)
        found[name] = _part_dict(name, told, time.monotonic() - began)
        if not as_json:
            print("\n".join(_part_lines(name, told, time.monotonic() - began)), flush=True)
        if told.stopped:
            break
    return found, goals, failed


def _part_dict(name: str, told: Told, seconds: float) -> dict[str, Any]:
    return {
        "title": told.title, **spread_dict(told.turns, PARTS[name].goals), "seconds": round(seconds, 1),
        "simulator_late_ms_p99": round(told.late_ms, 1), "notes": told.notes,
        "doubts": [doubt.as_dict() for doubt in told.doubts()], "turns_not_measured": told.not_measured,
        "stopped": told.stopped,
    }  # fmt: skip


def _part_lines(name: str, told: Told, seconds: float) -> list[str]:
    late = f"simulator late: {told.late_ms:.1f} ms (p99); took {seconds:.0f} s"
    table = lines(f"{name}: {told.title}", told.turns, PARTS[name].goals)
    missing = [f"not measured: {why}" for why in told.not_measured]
    stopped = ["somebody ended it: this is what was measured by then"] if told.stopped else []
    return ["", *table, *told.notes, *map(str, told.doubts()), *missing, *stopped, late]


if __name__ == "__main__":
    sys.exit(main())
