"""One process of the simulator, as it carries more and more: its callers call its own phones."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.compare_desk import paced
from simulator import Behaviour, CallFailed, CallLeg, LegEnded, MediaEngine, Reaction, Softphone, UserAgent, constant
from simulator.collecting import without_collecting
from simulator.media.engine import DEFAULT_PORTS
from simulator.media.stream import MediaMode
from simulator.scenario.part import Part

LATE_MS = 20.0
_NUMBER = "1001"
_PLACED_PER_S = 40.0
_IN_TIME = 0.9
_MOST_FAILED = 0.001
_ANSWERED_S = 5.0
_TALK_S = 0.5


@dataclass(frozen=True, slots=True)
class Search:
    """How the limit is looked for."""

    talks: tuple[int, int]  # a step, and the most
    rates: tuple[int, int]
    holds_s: float


FULL = Search(talks=(25, 500), rates=(20, 400), holds_s=5.0)
QUICK = Search(talks=(5, 10), rates=(5, 10), holds_s=1.0)


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``size`` is in talks at a time or calls a second."""

    size: float
    late_ms: float
    failed: int
    calls: int
    rate: float  # calls a second that really came; of talks the same as ``size``
    busy: float  # part of a core

    @property
    def held(self) -> bool:
        """Whether it was carried."""
        return (
            self.late_ms <= LATE_MS
            and self.failed <= _MOST_FAILED * self.calls
            and self.rate >= _IN_TIME * self.size
        )  # fmt: skip


async def carry_steps(kind: str, part: Part, search: Search) -> list[Step]:
    """Return all steps up to the first that did not hold; each part has ports of its own."""
    media = MediaEngine(ports=part.ports(DEFAULT_PORTS))
    mode = MediaMode.FULL if kind == "talks" else MediaMode.NONE
    try:
        async with UserAgent(media=media) as desk, UserAgent(target=desk.address, media=media) as trunk:
            answers = Behaviour(Reaction.ANSWER, constant(0.0), one_call_at_a_time=False)
            Softphone(desk, _NUMBER, "", behaviour=answers, mode=mode, keep_s=1.0)
            steps = _Steps(trunk, media, mode, search.holds_s)
            with without_collecting():
                return await (steps.talks(*search.talks) if kind == "talks" else steps.rates(*search.rates))
    finally:
        await media.close()


class _Steps:
    def __init__(self, trunk: UserAgent, media: MediaEngine, mode: MediaMode, holds_s: float) -> None:
        self._trunk, self._media, self._mode, self._holds_s = trunk, media, mode, holds_s
        self._callers = 0
        self._lives: list[asyncio.Task[bool]] = []

    async def talks(self, by: int, most: int) -> list[Step]:
        """More talks with each step; those that are up stay."""
        found: list[Step] = []
        up: list[CallLeg] = []
        while len(up) < most and (not found or found[-1].held):
            for _ in range(by):
                up.append(await self._call())
                await asyncio.sleep(1 / _PLACED_PER_S)
            await asyncio.sleep(1.0)
            found.append(await _twice(lambda: self._held(up)))
        await asyncio.gather(*(leg.hang_up() for leg in up), return_exceptions=True)
        return found

    async def rates(self, by: int, most: int) -> list[Step]:
        """More calls a second with each step."""
        found: list[Step] = []
        for rate in range(by, most + 1, by):
            found.append(await _twice(partial(self._at, rate)))
            if not found[-1].held:
                break
        return found

    async def _held(self, up: Sequence[CallLeg]) -> Step:
        """Look at talks for a while."""
        since = self._since()
        await asyncio.sleep(self._holds_s)
        fine = [leg.answered.is_set() and not leg.ended.is_set() for leg in up]
        return self._step(len(up), fine, len(up), since)

    async def _at(self, rate: int) -> Step:
        """Have calls come and go for a while."""
        since = self._since()
        times = [place / rate for place in range(round(rate * self._holds_s))]
        late_s = await paced(times, lambda _: self._begin())
        went = await asyncio.gather(*self._lives)
        self._lives.clear()
        came = len(times) / (len(times) / rate + max(late_s, 0.0))
        return self._step(rate, went, came, since)

    def _since(self) -> tuple[float, float]:
        """Begin to look: return the monotonic and the processor's time."""
        self._media.ticker.measure_anew()
        return time.monotonic(), time.process_time()

    def _step(self, size: float, fine: list[bool], rate: float, since: tuple[float, float]) -> Step:
        """``since`` is when looking began."""
        began, cpu = since
        lasted = time.monotonic() - began
        busy = (time.process_time() - cpu) / lasted
        return Step(size, self._media.ticker.lateness.ms(0.99), fine.count(False), len(fine), rate, busy)

    def _begin(self) -> None:
        self._lives.append(asyncio.create_task(self._lived()))

    async def _lived(self) -> bool:
        leg = await self._call()
        try:
            await leg.wait_answered(_ANSWERED_S)
            await asyncio.sleep(_TALK_S)
            await leg.hang_up()
        except (CallFailed, LegEnded, TimeoutError):
            return False
        return True

    async def _call(self) -> CallLeg:
        self._callers += 1
        return await self._trunk.call(_NUMBER, number=f"138{self._callers:08d}", mode=self._mode, keep_s=1.0)


async def _twice(measure: Callable[[], Awaitable[Step]]) -> Step:
    """Return a step; one that did not hold is tried once more, for a machine stumbles now and then."""
    first = await measure()
    return first if first.held else await measure()
