"""A caller's line without telephony: the test says what phones do, when digits come and when the caller hangs up."""

import asyncio
from zlib import crc32

from calls import Call, CallerHungUp, CallId, ChannelId
from calls.line import RingOutcome, RingResult, TalkEnd, nobody_waits


class FakeLine:
    """Implements what the distributor uses of ``calls.Line``."""

    def __init__(self, name: str, number: str = "") -> None:
        number = number or f"138{crc32(name.encode()):010d}"
        self.call = Call(CallId(name), ChannelId("n", name), number, "", "12345", 0.0)
        self.rung: asyncio.Queue[tuple[str, asyncio.Future[RingOutcome]]] = asyncio.Queue()
        self.ringing = 0
        self.cancelled_rings = 0
        self.digits: asyncio.Queue[str] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.talk_over: asyncio.Future[TalkEnd] = asyncio.get_running_loop().create_future()
        self.music_on = False
        self.at: str = ""  # the method being awaited
        self.reached: dict[str, asyncio.Event] = {}
        self.answered_at: float | None = None  # as the line tells it
        self.answers_at_once = False  # the answer reaches the distributor in the same turn of the loop

    def event(self, where: str) -> asyncio.Event:
        return self.reached.setdefault(where, asyncio.Event())

    async def _live(self, where: str, work):
        """Do ``work`` unless the caller hangs up first."""
        self.at = where
        self.event(where).set()
        if self.gone.is_set():
            work.close() if asyncio.iscoroutine(work) else None
            raise CallerHungUp
        task, gone = asyncio.ensure_future(work), asyncio.ensure_future(self.gone.wait())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise CallerHungUp
        finally:
            gone.cancel()
            if not task.done():
                task.cancel()

    async def music(self, *, on: bool, name: str = "default") -> None:
        self.music_on = on
        await self._live("music", asyncio.sleep(0))

    async def next_digit(self) -> str:
        return await self._live("next_digit", self.digits.get())

    async def ring(self, address, *, ring_s, caller_name="", record_to=None) -> RingResult:
        answer: asyncio.Future[RingOutcome] = asyncio.get_running_loop().create_future()
        self.ringing += 1
        self.rung.put_nowait((address, answer))
        try:
            if self.answers_at_once:
                return RingResult(await answer)
            return RingResult(await self._live("ring", answer), answered_at=self.answered_at)
        except asyncio.CancelledError:
            self.cancelled_rings += 1
            raise
        finally:
            self.ringing -= 1

    async def talk(self, freed=nobody_waits) -> TalkEnd:
        self.freed = freed
        return await self._live("talk", self.talk_over)

    def hang_up(self) -> None:
        self.gone.set()
