"""One of several processes of a run: it carries its part, and is told by the first process when to begin and end."""

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

import structlog

from simulator.scenario.agents_met import Company
from simulator.scenario.company import CompanyDoor, OwnCompany, WholeCompany
from simulator.scenario.crew import Crew
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
)
from simulator.scenario.run import Run, run_scenario


def carry(pipe: Connection, order: Order) -> None:
    """Carry a part of a run to its end. Ctrl-C, and SIGTERM, are the first process's affair: without it, this one
    ends, too."""
    for number in (signal.SIGINT, signal.SIGTERM):  # both come to all processes of a group
        signal.signal(number, signal.SIG_IGN)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _run(_carry(pipe, order))


async def _carry(pipe: Connection, order: Order) -> None:
    post = Post(pipe)
    beside = _Beside(post, order)
    w = order.whither
    work = asyncio.ensure_future(
        run_scenario(
            order.read, order.plans, target=w.target, local_host=w.local_host, department_port=w.department_port,
            allow_remote=w.allow_remote, way=w.way, trust=w.trust, part=order.part, others=beside, pace=order.pace,
            watch=beside.watch, look=beside.look, stop=beside.stop,
        )
    )  # fmt: skip
    listening = asyncio.ensure_future(beside.obey(work))
    with suppress(OSError):  # nobody is there to be told
        try:
            run = await work
            post.tell(Lived(replace(run, records=[])))
        except asyncio.CancelledError:
            pass
        except (ValueError, OSError) as error:
            post.tell(Refused(error))
    listening.cancel()
    await beside.close()
    post.close()


class _Beside:
    """The other processes, as a part's run sees them."""

    def __init__(self, post: Post, order: Order) -> None:
        self._post = post
        self._order = order
        self._begins: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._closes = asyncio.Event()
        self.stop = asyncio.Event()
        self._asked = self._may = 0  # the highest steps
        self._stopped = False
        self._told = asyncio.Event()  # of something about steps
        self._door: CompanyDoor | None = None

    async def company(self, crew: Crew) -> Company:
        """Return all agents, and let others ask for those of this process."""
        own, part = OwnCompany(crew), self._order.part
        self._door = CompanyDoor(own, self._order.socket(part.index))
        await self._door.open()
        return WholeCompany(own, [self._order.socket(index) for index in range(part.of) if index != part.index])

    async def begin(self, seats: int) -> float:
        """Say that this process is ready; return when all begin."""
        self._post.tell(Ready(seats))
        return await self._begins

    async def over(self, at: float, plateaus: Plateaus) -> bool:
        """Ask the first process before each step: it has what all have measured."""
        step = plateaus.step(at)
        while not self._stopped and self._may < step:
            if self._asked < step:
                self._asked = step
                self._post.tell(MayRise(step))
            self._told.clear()
            await self._told.wait()
        return self._stopped

    async def all_off(self) -> None:
        """Say that the last caller is off the line, and wait for those of all."""
        self._post.tell(Off())
        await self._closes.wait()

    def watch(self, run: Run) -> None:
        """Tell of the call that is over."""
        self._post.tell(Over(run.records[-1], run.placed, run.up, run.late_ms))

    def look(self, run: Run) -> None:
        """Tell how it stands, whether calls end or not."""
        self._post.tell(Stands(run.seats, run.placed, run.up, run.late_ms))

    async def obey(self, work: "asyncio.Future[Run]") -> None:
        """Do what the first process says; without it, end."""
        while (message := await self._post.hear()) is not None:
            match message:
                case Begin():
                    self._begins.set_result(message.at)
                case Rises():
                    self._rises(message)
                case Close():
                    self._closes.set()
                case Stop():
                    self.stop.set()
        work.cancel()

    def _rises(self, told: Rises) -> None:
        self._may = max(self._may, told.step)
        self._stopped = self._stopped or not told.goes_on
        self._told.set()

    async def close(self) -> None:
        """Answer nobody any more."""
        if self._door is not None:
            await self._door.close()


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop  # noqa: PLC0415 - where it is: it carries three times the media

        uvloop.run(work)
    except ImportError:
        asyncio.run(work)
