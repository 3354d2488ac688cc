"""What recording costs: talks that go on at the same time, recorded by ours and by app_queue with MixMonitor, in turn.

So many callers talk to as many seats, everybody sends audio all the time. Told are the CPU of Asterisk and of the
engine for each second of one talk while all of them go on (what both use when idle is taken off), and for making and
ending one call. Ours keeps the directions apart in stereo, app_queue mixes them; ours then checks, measures and stores
each recording, whose CPU is told by itself, with and without compression.

    python -m benchmarks.recording [--json] [--calls 30] [--seconds 15] [--rounds 2]
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.drain_site import OURS, BenchmarkFailed, DrainSite, drain_site, queue_number
from benchmarks.machine import machine
from benchmarks.recording_figures import Turn, lines, medians
from benchmarks.recording_phones import RecordingPhones
from hotline.logging import set_up_cli_log

_MOST = 60  # seats of the benchmark's house
_COMPRESSIONS = ("off", "opus")


async def measure(site: DrainSite, calls: int, seconds: float, rounds: int) -> dict[str, list[Turn]]:
    """Take turns."""
    turns: dict[str, list[Turn]] = {"ours": [], "app_queue": []}
    async with RecordingPhones(site) as phones:
        await phones.log_in(calls)
        for _ in range(rounds):
            for name, number in (("ours", OURS), ("app_queue", queue_number(calls))):
                turns[name].append(await phones.turn(number, calls, seconds, ours=name == "ours"))
    return turns


def run(calls: int, seconds: float, rounds: int) -> dict[str, Any]:
    """Measure with each compression; app_queue's turns stand beside those without."""
    told: dict[str, Any] = {}
    for compression in _COMPRESSIONS:
        with (
            tempfile.TemporaryDirectory(prefix="recording-") as folder,
            drain_site(Path(folder), more={"HOTLINE_RECORDINGS__COMPRESSION": compression}) as site,
        ):
            site.add_app_queue((calls,))
            turns = asyncio.run(measure(site, calls, seconds, rounds))
        told["ours" if compression == "off" else f"ours_{compression}"] = medians(turns["ours"])
        if compression == "off":
            told["app_queue"] = medians(turns["app_queue"])
    return {**told, "calls": calls, "seconds": seconds, "rounds": rounds, "machine": machine()}


def main() -> int:
    """Measure and print."""
    set_up_cli_log()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=30, help=f"talks at one time, up to {_MOST}")
    parser.add_argument("--seconds", type=float, default=15.0, help="for which they are measured")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    if not 1 <= options.calls <= _MOST:
        parser.error(f"--calls: from 1 to {_MOST}")
    try:
        told = run(options.calls, options.seconds, options.rounds)
    except BenchmarkFailed as error:
        print(f"benchmarks.recording: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(told, indent=1) if options.json else "\n".join(lines(told)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
