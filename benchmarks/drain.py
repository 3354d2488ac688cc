"""How fast a line of waiting callers is drained on a real Asterisk: ours against its own app_queue, in turn.

40 callers wait for 5 seats, and 300 for 60; each talk lasts 2 s, there is no wrap-up. 60 seats with talks of 2 s take
30 calls a second, which fills two cores; so 300 drain once more with talks of 6 s, and how busy the machine was is
told. Told are the time from the first seat's becoming free to the last hang-up, how long a seat is idle between two
calls (its hang-up to its next INVITE, as its phone sees them), and the CPU that Asterisk and the engine use. Then
single arrivals with all seats idle: from the caller's INVITE to the seat's, beside a bare Dial. Both record every talk.
Goals: the idle gap's 95th percentile is at most 150 ms, and below app_queue's in every round; whether they were kept is
told with every round's figures. How far it is is said on standard error.

    python -m benchmarks.drain [--json] [--rounds 3] [--small-only]
"""

import argparse
import json
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.drain_figures import Drained, case_as_dict, lines, percentile
from benchmarks.drain_phones import TALK_S, DrainPhones
from benchmarks.drain_site import BARE, OURS, BenchmarkFailed, DrainSite, drain_site, queue_number
from benchmarks.machine import machine
from benchmarks.progress import say
from hotline.cli.load import run_loop
from hotline.logging import set_up_cli_log
from simulator.media.stream import MediaMode

_SMALL, _LARGE = (40, 5), (300, 60)
_LONGER_S = 6.0
_ARRIVALS = 30


@dataclass(slots=True)
class Case:
    """All turns of one size."""

    waiting: int
    seats: int
    mode: MediaMode
    talk_s: float = TALK_S
    ours: list[Drained] = field(default_factory=list)
    app_queue: list[Drained] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What is drained, in words."""
        return f"{self.waiting} callers waiting for {self.seats} seats, talks of {self.talk_s:g} s"

    async def round(self, phones: DrainPhones) -> None:
        """One turn of each."""
        for name, number, turns in (
            ("ours", OURS, self.ours), ("app_queue", queue_number(self.seats), self.app_queue),
        ):  # fmt: skip
            turns.append(await phones.drain(number, self.waiting, self.seats, self.mode, self.talk_s))
            say(f"{self.title}, round {len(turns)}: {name} took {turns[-1].total_s:.1f} s")

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return case_as_dict(self.ours, self.app_queue)


async def arrivals(phones: DrainPhones, seats: int, count: int) -> dict[str, dict[str, float]]:
    """Return milliseconds from the caller's INVITE to the seat's, interleaved."""
    taken: dict[str, list[float]] = {"ours": [], "app_queue": [], "bare_dial": []}
    numbers = {"ours": OURS, "app_queue": queue_number(seats), "bare_dial": BARE}
    for turn in range(count):
        for name, number in numbers.items():
            taken[name].append(await phones.arrival_ms(number))
        if (turn + 1) % 10 == 0:
            say(f"single arrivals: {turn + 1} of {count} calls each")
    return {
        name: {"p50": round(percentile(values, 0.5), 1), "p95": round(percentile(values, 0.95), 1)}
        for name, values in taken.items()
    }


async def measure(site: DrainSite, rounds: int, *, small_only: bool, as_json: bool) -> dict[str, Any]:
    """Run everything; tables are printed as they come unless JSON is wanted."""
    small = Case(*_SMALL, MediaMode.FULL)
    large = [Case(*_LARGE, MediaMode.NONE, talk_s) for talk_s in (TALK_S, _LONGER_S)]  # 300 voices would be most CPU
    told: dict[str, Any] = {}
    async with DrainPhones(site) as phones:
        for case in (small,) if small_only else (small, *large):
            await phones.log_in(case.seats)
            say(f"{case.seats} seats are logged in")
            for _ in range(rounds if case is small else 1):
                await case.round(phones)
            if not as_json:
                print("\n".join(lines(case.title, case.ours, case.app_queue)), end="\n\n", flush=True)
            if case is small:
                told = {**case.as_dict(), "arrival_ms": await arrivals(phones, case.seats, _ARRIVALS)}
                if not as_json:
                    _print_arrivals(told["arrival_ms"])
            else:
                told["drain_300_on_60" + ("" if case.talk_s == TALK_S else "_longer_talks")] = case.as_dict()
    return {**told, "rounds": rounds, "machine": machine()}


def _print_arrivals(figures: dict[str, dict[str, float]]) -> None:
    print(f"arrival with idle seats, ms, {_ARRIVALS} calls each, interleaved")
    for name, values in figures.items():
        print(f"{name:<18}p50 {values['p50']:>8}   p95 {values['p95']:>8}")
    print(flush=True)


def _end_on_sigterm(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _rounds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text}: write 1 to 1000")
    return int(text)


def main() -> int:
    """Measure and print."""
    set_up_cli_log()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drain", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=_rounds, default=3, help="of 40 on 5; 300 on 60 has one")
    parser.add_argument("--small-only", action="store_true", help="leave 300 on 60 out")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end_on_sigterm)
    say("a hotline of its own is started")
    try:
        with tempfile.TemporaryDirectory(prefix="drain-") as folder, drain_site(Path(folder)) as site:
            say("it is up")
            site.add_app_queue((_SMALL[1], _LARGE[1]))
            told = run_loop(measure(site, options.rounds, small_only=options.small_only, as_json=options.json))
    except BenchmarkFailed as error:
        print(f"benchmarks.drain: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(told, indent=1) if options.json else told["machine"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
