"""What our menu costs beside the same menu in Asterisk's own dialplan, on the same Asterisk, in turn.

A caller goes through five menus, each a short prompt and a key, which is pressed when the prompt has ended. Told are
the time from the key (the first end packet of its RFC 4733 event) to the next prompt's first RTP packet, as the
caller's phone sees them; the CPU of Asterisk and of the engine per call; and the interpreter's own time per step,
without telephony.

    python -m benchmarks.menu [--json] [--calls 24]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.drain_figures import percentile
from benchmarks.drain_site import OURS, ROOT, BenchmarkFailed, DrainSite, drain_site
from benchmarks.machine import machine
from calls import Language
from hotline.logging import set_up_cli_log
from ivr import Known, SystemPrompts, parse_flow
from ivr.rehearsal import rehearse
from ivr.rehearsal_line import ScriptedCaller
from ivr.rehearsed import Visit
from ivr.speech import PromptStore, Pyttsx3Engine
from simulator import MediaEngine, UserAgent
from simulator.media.rtp import ReceiveStats

_MENUS = 5
_DIALPLAN = "91000"
_TEXT = "一"  # about half a second
_AT_ONCE = 4
_QUIET_S = 0.2  # without a packet for so long the prompt has ended
_AFTER_END_S = 0.06  # the phone tells that a digit is out so long after its first end packet
_PATIENCE_S = 10.0
_GOTOS = 400  # steps of the walk that measures the interpreter


def flow_text() -> str:
    """Return the five menus as a flow."""
    menus = "".join(
        f"  m{i}: {{do: menu, prompt: one, choices: {{1: {f'm{i + 1}' if i < _MENUS else 'end'}}}}}\n"
        for i in range(1, _MENUS + 1)
    )
    return (
        f'name: menu\nnumbers: ["{OURS}"]\ndefault: true\nstart: m1\nperson: person\n'
        f"prompts: {{one: {{zh: {_TEXT}}}}}\nsteps:\n{menus}  end: {{do: hangup, prompt: one}}\n"
        "  person: {do: queue, queue: drain, nobody_staffed: end}\n"
    )


def dialplan(sound: Path) -> str:
    """Return the same menus as extensions."""
    lines = f"\n[inbound](+)\nexten => {_DIALPLAN},1,Answer\n same => n,Goto(bench-m1,s,1)\n"
    for i in range(1, _MENUS + 1):
        behind = f"bench-m{i + 1}" if i < _MENUS else "bench-end"
        lines += f"\n[bench-m{i}]\nexten => s,1,Background({sound})\n same => n,WaitExten(5)\n"
        lines += f"exten => 1,1,Goto({behind},s,1)\nexten => t,1,Hangup\nexten => i,1,Hangup\n"
    return lines + f"\n[bench-end]\nexten => s,1,Playback({sound})\n same => n,Hangup\n"


class _Arrivals(ReceiveStats):
    """Notes when the first packet came since it was told to look."""

    __slots__ = ("first_since",)

    def __init__(self) -> None:
        super().__init__()
        self.first_since: float | None = None

    def look(self) -> None:
        """Note the next packet."""
        self.first_since = None

    def take(self, sequence: int, timestamp: int, ssrc: int, now: float) -> None:
        """Take a packet's numbers."""
        super().take(sequence, timestamp, ssrc, now)
        if self.first_since is None:
            self.first_since = now


@dataclass(slots=True)
class Turns:
    """What was measured of one side."""

    answers_ms: list[float] = field(default_factory=list)
    calls: int = 0
    asterisk_s: float = 0.0
    engine_s: float = 0.0

    def told(self) -> dict[str, float]:
        """Return the figures."""
        return {
            "digit_to_prompt_p50_ms": round(percentile(self.answers_ms, 0.5), 1),
            "digit_to_prompt_p95_ms": round(percentile(self.answers_ms, 0.95), 1),
            "asterisk_cpu_ms_per_call": round(self.asterisk_s / self.calls * 1000, 1),
            "engine_cpu_ms_per_call": round(self.engine_s / self.calls * 1000, 1),
            "keys": len(self.answers_ms),
        }


async def go_through(agent: UserAgent, number: str, caller: str) -> list[float]:
    """Carry one caller through the menus; return the milliseconds from each key to the next prompt."""
    leg = await agent.call(number, number=caller, keep_s=0.1)
    arrivals = _Arrivals()
    leg.stream.stats = arrivals
    try:
        await leg.wait_answered(_PATIENCE_S)
        found = []
        for _ in range(_MENUS):
            await _until(lambda: arrivals.last_at is not None and time.monotonic() - arrivals.last_at > _QUIET_S)
            arrivals.look()
            await leg.send_digits("1")
            key = time.monotonic() - _AFTER_END_S
            await _until(lambda: arrivals.first_since is not None)
            found.append(((arrivals.first_since or 0.0) - key) * 1000)
        await leg.wait_ended(_PATIENCE_S)
    except TimeoutError:
        raise BenchmarkFailed(f"{number}: a prompt did not come") from None
    finally:
        await leg.hang_up()
    return found


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not true():  # noqa: ASYNC110 - packets are too many to tell of each by an event
            await asyncio.sleep(0.005)


async def measure(site: DrainSite, calls: int) -> dict[str, Turns]:
    """Let callers go through both menus, some at a time, the two in turn."""
    turns = {OURS: Turns(), _DIALPLAN: Turns()}
    media = MediaEngine("127.0.0.1")
    try:
        async with UserAgent(target=site.sip, media=media) as agent:
            for number in turns:
                await go_through(agent, number, "13800000000")  # the first is slower: files are read
            for some in range(0, calls, _AT_ONCE):
                for number, turn in turns.items():
                    before = site.cpu_parts()
                    callers = [f"138{some + i:08d}" for i in range(_AT_ONCE)]
                    for found in await asyncio.gather(*(go_through(agent, number, one) for one in callers)):
                        turn.answers_ms += found
                    await asyncio.sleep(0.3)
                    after = site.cpu_parts()
                    turn.calls += _AT_ONCE
                    turn.asterisk_s += after[0] - before[0]
                    turn.engine_s += after[1] - before[1]
    finally:
        await media.close()
    return turns


def interpreter_us() -> float:
    """Return the microseconds of a step that does nothing: a long walk without telephony."""
    steps = "".join(f"  s{i}: {{do: goto, next: s{i + 1}}}\n" for i in range(_GOTOS))
    text = f"name: walk\nstart: s0\nperson: person\nsteps:\n{steps}  s{_GOTOS}: {{do: hangup}}\n"
    text += "  person: {do: queue, queue: q, nobody_staffed: s0}\n"
    system = SystemPrompts.load(ROOT / "dialplans" / "prompts.yaml")
    flow = parse_flow(
        text.replace("nobody_staffed: s0", f"nobody_staffed: s{_GOTOS}"), Known.anything(system.names)
    ).flow
    best = min(_walk_s(flow, system) for _ in range(20))
    return best / _GOTOS * 1e6


def _walk_s(flow: Any, system: SystemPrompts) -> float:
    began = time.perf_counter()
    done = asyncio.run(rehearse(flow, system, ScriptedCaller([]), Visit(0.0)))
    assert len(done.steps) == _GOTOS + 1
    return time.perf_counter() - began


async def _sound() -> Path:
    """Return the prompt's file, which the hotline has rendered already."""
    state = ROOT / "var"
    store = PromptStore(state / "prompts", ROOT / "dialplans" / "recordings", Pyttsx3Engine(state / "espeak"))
    await store.prepare([("one", Language.ZH, _TEXT)])
    found = store.find("one", Language.ZH, _TEXT)
    if found is None:
        raise BenchmarkFailed("the prompt could not be rendered")
    return found.path


def _lines(told: dict[str, Any]) -> Sequence[str]:
    rows = [f"{'':28}{'ours':>10}{'dialplan':>10}{'ratio':>8}"]
    for name, ours in told["ours"].items():
        other = told["dialplan"][name]
        ratio = f"{ours / other:.2f}" if other else ""
        rows.append(f"{name:28}{ours:>10}{other:>10}{ratio:>8}")
    rows.append(f"p95 later than the dialplan's by {told['p95_later_ms']} ms (goal: 20)")
    rows.append(f"interpreter: {told['interpreter_us_per_step']} µs a step")
    return [*rows, told["machine"]]


def main() -> int:
    """Measure and print."""
    set_up_cli_log()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.menu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=24, help="through each menu")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="menu-") as folder, drain_site(Path(folder), flow_text()) as site:
            site.add_extensions(dialplan(asyncio.run(_sound())))
            turns = asyncio.run(measure(site, options.calls))
    except BenchmarkFailed as error:
        print(f"benchmarks.menu: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    told: dict[str, Any] = {"ours": turns[OURS].told(), "dialplan": turns[_DIALPLAN].told()}
    later = told["ours"]["digit_to_prompt_p95_ms"] - told["dialplan"]["digit_to_prompt_p95_ms"]
    told |= {
        "p95_later_ms": round(later, 1),
        "interpreter_us_per_step": round(interpreter_us(), 1),
        "machine": machine(),
    }
    print(json.dumps(told, indent=1) if options.json else "\n".join(_lines(told)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
