"""The phones of ``benchmarks.recording``: everybody talks at the same time, and everybody sends audio."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drain_phones import DrainPhones
from benchmarks.drain_site import BenchmarkFailed, DrainSite
from benchmarks.recording_figures import Turn
from simulator import CallLeg
from simulator.media.stream import MediaMode

_PATIENCE_S = 30.0
_PAUSE_S = 0.1  # between two callers
_REST_S = 3.0
_LEAST_BYTES = 50_000


@dataclass(frozen=True, slots=True)
class _Used:
    """CPU used so far, and when that was; seconds."""

    at: float
    asterisk: float
    engine: float


class RecordingPhones(DrainPhones):
    """Seats and callers who talk."""

    def __init__(self, site: DrainSite) -> None:
        super().__init__(site, MediaMode.FULL)

    async def turn(self, number: str, calls: int, seconds: float, *, ours: bool) -> Turn:
        """So many talks at one time; raises ``BenchmarkFailed``."""
        known = await asyncio.to_thread(self._recordings, ours=ours)
        rest = self._used()
        await asyncio.sleep(_REST_S)
        begin = self._used()
        idle = _rates(rest, begin)
        legs = await self._all_talk(number, calls)
        talking = self._used()
        await asyncio.sleep(seconds)
        end = self._used()
        await asyncio.gather(*(leg.hang_up() for leg in legs))
        await asyncio.sleep(0.5)
        over = self._used()
        recorded, flagged = await self._finished(known, calls, ours=ours)
        last = self._used()
        while_talking = _rates(talking, end)
        talk = [rate - base for rate, base in zip(while_talking, idle, strict=True)]
        # what beginning and ending cost: all of it, less the idling, less the talking of half of them on the average
        apart = [
            (used - base * span) - talk_rate * (talking.at - begin.at) / 2
            for used, base, talk_rate, span in (
                (talking.asterisk - begin.asterisk + over.asterisk - end.asterisk, idle[0], talk[0],
                 talking.at - begin.at + over.at - end.at),
                (talking.engine - begin.engine + over.engine - end.engine, idle[1], talk[1],
                 talking.at - begin.at + over.at - end.at),
            )
        ]  # fmt: skip
        finishing = last.engine - over.engine - idle[1] * (last.at - over.at)
        return Turn(
            asterisk_ms_per_talk_s=talk[0] / calls * 1000, engine_ms_per_talk_s=talk[1] / calls * 1000,
            asterisk_ms_per_call=apart[0] / calls * 1000, engine_ms_per_call=apart[1] / calls * 1000,
            finishing_ms=finishing / calls * 1000 if ours else 0.0, recorded=recorded, flagged=flagged,
        )  # fmt: skip

    def _used(self) -> _Used:
        asterisk, engine = self._site.cpu_parts()
        return _Used(time.monotonic(), asterisk, engine)

    async def _all_talk(self, number: str, calls: int) -> list[CallLeg]:
        """Let all call; return their legs when every seat talks."""
        answers = [asyncio.create_task(self._answer(place)) for place in range(calls)]
        legs: list[CallLeg] = []
        try:
            async with asyncio.timeout(_PATIENCE_S + calls * _PAUSE_S):
                for _ in range(calls):
                    legs.append(await self.call(number, MediaMode.FULL))
                    await asyncio.sleep(_PAUSE_S)
                await asyncio.gather(*answers)
        except TimeoutError:
            talking = sum(answer.done() for answer in answers)
            raise BenchmarkFailed(f"{number}: only {talking} of {calls} talk") from None
        finally:
            for answer in answers:
                answer.cancel()
        return legs

    async def _answer(self, place: int) -> None:
        leg = await self._seats[place].calls.get()
        leg.answer()
        await leg.wait_answered(_PATIENCE_S)

    async def _finished(self, known: tuple[int, int], calls: int, *, ours: bool) -> tuple[int, int]:
        """Wait until there are so many recordings more; return how many, and how many of them are flagged."""
        deadline = time.monotonic() + _PATIENCE_S + calls
        while True:
            now = await asyncio.to_thread(self._recordings, ours=ours)
            more = now[0] - known[0], now[1] - known[1]
            if more[0] >= calls:
                return more
            if time.monotonic() > deadline:
                raise BenchmarkFailed(f"of {calls} recordings {more[0]} are there")
            await asyncio.sleep(1)

    def _recordings(self, *, ours: bool) -> tuple[int, int]:
        """Return how many recordings there are, and how many are flagged (app_queue flags nothing)."""
        if not ours:
            files = (self._site.state / "asterisk").rglob("monitor/*.wav")
            return sum(1 for file in files if file.stat().st_size > _LEAST_BYTES), 0
        program = Path(sys.executable).with_name("hotline")
        words = [str(program), "recordings", "list", "--limit", "100000", "--json"]
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, env={"HOTLINE_STATE_DIR": str(self._site.state)}
        )
        if done.returncode:
            raise BenchmarkFailed(done.stderr)
        rows = [row for row in json.loads(done.stdout) if row["stored_at"] is not None]
        return len(rows), sum(1 for row in rows if row["flags"])


def _rates(before: _Used, after: _Used) -> tuple[float, float]:
    span = after.at - before.at
    return (after.asterisk - before.asterisk) / span, (after.engine - before.engine) / span
