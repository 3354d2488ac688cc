"""A municipal department's telephone exchange: answers whatever number is called, without registering."""

import asyncio
from types import TracebackType
from typing import Self

from simulator.agent import Listener, UserAgent
from simulator.leg import CallLeg
from simulator.media.engine import MediaEngine
from simulator.media.stream import MediaMode
from simulator.sip.timers import Timers
from simulator.sip.transport import Endpoint


class Department:
    """Listens on a UDP port and answers every INVITE with its own tone."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tone: int = 700,
        answer_after_s: float | None = 0.2,
        reject_with: int = 0,
        media: MediaEngine | None = None,
        timers: Timers | None = None,
    ) -> None:
        """``answer_after_s`` None: rings for ever; ``reject_with``: a SIP status (486, 603) instead of an answer."""
        self.calls: asyncio.Queue[CallLeg] = asyncio.Queue()
        self.answer_after_s = answer_after_s
        self.reject_with = reject_with
        self.numbers: dict[str, int] = {}  # called number -> SIP status instead of an answer; 0: rings for ever
        self._agent = UserAgent(host, (host, 5060), local_port=port, media=media, timers=timers)
        listener = Listener(self._incoming, tone=tone, mode=MediaMode.FULL, keep_s=None, credentials=None)
        self._agent.listen("*", listener)

    @property
    def address(self) -> Endpoint:
        """Where it can be called."""
        return self._agent.address

    async def start(self) -> None:
        """Bind the port; raises ``OSError`` when it is taken."""
        await self._agent.start()

    async def close(self) -> None:
        """Stop listening; calls are dropped."""
        await self._agent.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def next_call(self, timeout: float = 10.0) -> CallLeg:
        """Return the next call that came in; raises ``TimeoutError``."""
        async with asyncio.timeout(timeout):
            return await self.calls.get()

    async def _incoming(self, leg: CallLeg) -> None:
        self.calls.put_nowait(leg)
        status = self.numbers.get(leg.called_number, self.reject_with)
        if status:
            leg.reject(status)
            return
        leg.ring()
        if self.answer_after_s is None or leg.called_number in self.numbers:
            return
        try:
            await leg.wait_ended(self.answer_after_s)
        except TimeoutError:
            leg.answer()
