"""A run in several processes: parts are shared out by number, all begin at one moment, measures are put together.

Every process draws the same arrivals and kinds from the seed and takes each so-manyth call; seats are shared out alike.
So the run is the one that a single process would live. Records come here one by one: figures are those of all of them.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from pathlib import Path

from simulator.load_profile import SeatPlan
from simulator.pace import Pace
from simulator.scenario.arriving import Steps
from simulator.scenario.looking import regularly
from simulator.scenario.part import Part
from simulator.scenario.plateaus import Plateaus
from simulator.scenario.post import (
    Begin,
    Close,
    Lived,
    MayRise,
    Off,
    Order,
    Over,
    Post,
    Ready,
    Refused,
    Rises,
    Stands,
    Stop,
    Whither,
)
from simulator.scenario.process import carry
from simulator.scenario.reading import Read
from simulator.scenario.run import Carried, Run
from simulator.scenario.saturating import check_target

MOST_PROCESSES = 16
_BEGINS_IN_S = 0.3
_ENDS_IN_S = 30.0
"""So long a process that was told to end may log its agents out."""


async def run_in_processes(
    read: Read,
    plans: Mapping[str, Sequence[SeatPlan]],
    count: int,
    whither: Whither,
    watch: Callable[[Run], None] | None = None,
    *,
    look: Callable[[Run], None] | None = None,
    stop: asyncio.Event | None = None,
) -> Run:
    """Live a scenario in ``count`` processes; ``watch`` sees the run after each call, ``look`` twice a second, ``stop``
    ends it early.

    A process that dies takes its callers and agents with it: the others go on, and ``Run.processes`` tells. Raises what
    ``run_scenario`` raises, and ``ValueError`` for what several processes cannot do.
    """
    check_target(read.scenario, whither.target[0])
    _check(read, count)
    run = Run(read.scenario, whither.target, whither.way)
    pace = Pace.shared(get_context("spawn"), read.scenario.bounds.rate)
    with tempfile.TemporaryDirectory(prefix="hotline-simulate-") as folder:
        workers = [
            _Worker(Order(read, plans, whither, Part(index, count), Path(folder), pace), run, watch)
            for index in range(count)
        ]
        run.processes = [worker.carried for worker in workers]
        if isinstance(read.scenario.arrivals, Steps):
            _Steps(read.scenario.arrivals, run, workers)
        stopping = asyncio.create_task(_stopped(stop or asyncio.Event(), run, workers))

        def stands() -> None:
            run.seats = sum(worker.carried.seats for worker in workers)
            if look is not None:
                look(run)

        try:
            async with regularly(stands):
                await _all(workers)
        finally:
            stopping.cancel()
            await asyncio.gather(*(worker.end() for worker in workers))
    _put_together(run, workers)
    return run


def _check(read: Read, count: int) -> None:
    scenario = read.scenario
    if not 1 <= count <= MOST_PROCESSES:
        raise ValueError(f"{count} processes: write 1 to {MOST_PROCESSES}")
    if scenario.max_concurrent < count:
        raise ValueError(f"max_concurrent is {scenario.max_concurrent}: too few callers for {count} processes")


async def _all(workers: Sequence["_Worker"]) -> None:
    await asyncio.gather(*(worker.ready.wait() for worker in workers))
    for worker in workers:
        if worker.refused is not None:
            raise worker.refused
        if worker.gone and not worker.run.stopped:
            raise OSError(f"process {worker.number} ended before the run began: {await worker.how()}")
    began = time.monotonic() + _BEGINS_IN_S
    for worker in workers:
        worker.run.began_at, worker.run.began, worker.run.going = time.time() + _BEGINS_IN_S, began, True
        worker.tell(Begin(began))
    await asyncio.gather(*(worker.off.wait() for worker in workers))
    for worker in workers:
        worker.run.seconds = time.monotonic() - began
        worker.tell(Close())
    await asyncio.gather(*(worker.over.wait() for worker in workers))


async def _stopped(stop: asyncio.Event, run: Run, workers: Sequence["_Worker"]) -> None:
    await stop.wait()
    run.stopped = True
    for worker in workers:
        worker.tell(Stop())


class _Steps:
    """Decides about the next step for all processes, by the calls of all."""

    def __init__(self, how: Steps, run: Run, workers: Sequence["_Worker"]) -> None:
        self._plateaus = Plateaus(how, run.records)
        self._run = run
        self._workers = workers
        self._highest = 0  # that some process has come to
        self._stopped = False
        for worker in workers:
            worker.steps = self

    def asked(self, worker: "_Worker", step: int) -> None:
        """A process wants to rise."""
        self._highest = max(self._highest, step)
        self.look()
        if not self._stopped:
            worker.tell(Rises(step, goes_on=True))

    def look(self) -> None:
        """Have all stop when a step that is over has failed, or the last one is done."""
        if not self._stopped and self._plateaus.over(self._plateaus.begins(self._highest)):
            self._stopped = True
            for worker in self._workers:
                worker.tell(Rises(self._highest, goes_on=False))
        self._run.sustained_rate, self._run.broke_at_rate = self._plateaus.verdict()
        self._run.reached_s = self._plateaus.reached


class _Worker:
    """One process, as the first one sees it."""

    def __init__(self, order: Order, run: Run, watch: Callable[[Run], None] | None) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=carry, args=(theirs, order), daemon=True, name=f"simulator {order.part.index + 1}"
        )
        self._process.start()
        theirs.close()  # so that its death is seen
        self._post = Post(ours)
        self._watch = watch
        self._placed = self._up = 0
        self._following = asyncio.create_task(self._follow())
        self.number = order.part.index + 1
        self.run = run  # of all
        self.carried = Carried(self._process.pid or 0)
        self.steps: _Steps | None = None
        self.lived: Run | None = None
        self.refused: Exception | None = None
        self.gone = False
        self.ready, self.off, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def tell(self, message: Begin | Rises | Close | Stop) -> None:
        """Tell it something, if it is there."""
        if not self.gone:
            try:
                self._post.tell(message)
            except OSError:
                self.gone = True

    async def how(self) -> str:
        """Return how the process ended, in words."""
        await asyncio.to_thread(self._process.join, _ENDS_IN_S)
        code = self._process.exitcode
        return f"killed by signal {-code}" if code is not None and code < 0 else f"left with {code}"

    async def end(self) -> None:
        """Have it end: it logs its agents out when nobody is at this end any more."""
        self._following.cancel()
        self._post.close()
        await asyncio.to_thread(self._process.join, _ENDS_IN_S)
        if self._process.is_alive():
            self._process.kill()
            await asyncio.to_thread(self._process.join, _ENDS_IN_S)
        if self.lived is None and not self.carried.died:
            self.carried.died = str(self.refused) if self.refused is not None else await self.how()

    async def _follow(self) -> None:
        while (message := await self._post.hear()) is not None:
            match message:
                case Ready():
                    self.carried.seats = message.seats
                    self.ready.set()
                case Over():
                    self._take(message)
                case Stands():
                    self.carried.seats = message.seats
                    self._stands(message)
                case MayRise() if self.steps is not None:
                    self.steps.asked(self, message.step)
                case Off():
                    self.off.set()
                case Lived():
                    self.lived = message.run
                    break
                case Refused():
                    self.refused = message.error
                    break
        self.gone = True
        for event in (self.ready, self.off, self.over):
            event.set()

    def _take(self, over: Over) -> None:
        run = self.run
        run.records.append(over.record)
        self._stands(over)
        if self.steps is not None:
            self.steps.look()
        if self._watch is not None:
            self._watch(run)

    def _stands(self, told: Over | Stands) -> None:
        run = self.run
        run.placed += told.placed - self._placed
        run.up += told.up - self._up
        self._placed, self._up = told.placed, told.up
        self.carried.placed, self.carried.late_ms = told.placed, told.late_ms
        run.late_ms = max(run.late_ms, told.late_ms, key=lambda late: late.get("p99", 0.0))  # until the end


def _put_together(run: Run, workers: Sequence[_Worker]) -> None:
    """Add up what was measured. Records are there already."""
    offers: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    run.seats = sum(worker.carried.seats for worker in workers)
    for worker in workers:
        carried, lived = worker.carried, worker.lived
        if lived is None:
            continue
        carried.placed, carried.held_back, carried.slowed = lived.placed, lived.held_back, lived.slowed
        carried.late_ms, carried.unsent_s = lived.late_ms, lived.unsent_s
        run.seat_faults += lived.seat_faults
        run.registrations += lived.registrations
        run.doubled += lived.doubled
        run.crossed += lived.crossed
        run.held_back += lived.held_back
        run.slowed += lived.slowed
        run.unsent_s += lived.unsent_s
        run.lateness.take(lived.lateness)
        offers.update(lived.offers)
        taken.update(lived.taken)
    run.offers, run.taken = dict(offers), dict(taken)
    run.placed, run.up = sum(worker.carried.placed for worker in workers), 0
    run.late_ms = run.lateness.figures()
