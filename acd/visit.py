"""One caller's visit to the queue: what the router decided for it, and a way to be interrupted by that."""

import asyncio
from collections.abc import Awaitable
from enum import StrEnum
from typing import TypeVar

from acd.decisions import MakeOffer
from acd.desk import Overflow, QueueOutcome, QueueRequest
from acd.reasons import Reasons
from calls.identity import AgentId, CallId, SeatId

T = TypeVar("T")


class Stage(StrEnum):
    """How far a visit is; tells what must be undone when it ends."""

    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


class Visit:
    """Mutable state shared by the caller's coroutine and the decisions made elsewhere."""

    def __init__(self, call: CallId, request: QueueRequest, since: float) -> None:
        self.call = call
        self.request = request
        self.since = since  # the original arrival
        self.stage = Stage.WAITING
        self.offer: MakeOffer | None = None  # open, or withdrawn and not yet cleared up
        self.withdrawn = False
        self.why: Reasons | None = None  # of the last offer
        self.seat: SeatId | None = None
        self.agent: AgentId | None = None  # while talking
        self.next_offer: MakeOffer | None = None  # came while a withdrawn one was being cleared up
        self.leaving: QueueOutcome | None = None
        self.digit = ""  # that made the caller leave
        self.overflow: Overflow | None = None  # the rule that did
        self._scope: asyncio.Timeout | None = None

    def offered(self, offer: MakeOffer) -> None:
        """The router made an offer."""
        if self.offer is None:
            self.offer = offer
        else:
            self.next_offer = offer
        self.wake()

    def withdraw(self, offer: str) -> MakeOffer | None:
        """The router took an offer back. Return it when it was never begun, so nothing but the desk needs telling."""
        if self.next_offer is not None and self.next_offer.offer == offer:
            never_begun, self.next_offer = self.next_offer, None
            return never_begun
        self.withdrawn = True
        self.wake()
        return None

    def cleared(self) -> None:
        """The present offer is done with."""
        self.offer, self.next_offer = self.next_offer, None
        self.withdrawn = False
        self.seat = None

    def leave(self, outcome: QueueOutcome) -> None:
        """The visit is to end so; a phone that rings for it is not interrupted."""
        self.leaving = self.leaving or outcome
        if self.stage is Stage.WAITING:
            self.wake()

    def overflows(self, rule: Overflow) -> None:
        """The visit is to end by a rule."""
        self.leave(QueueOutcome.OVERFLOW)
        if self.leaving is QueueOutcome.OVERFLOW:
            self.overflow = self.overflow or rule

    def wake(self) -> None:
        """Interrupt what the caller's coroutine is waiting for."""
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def until_woken(self, work: Awaitable[T], timeout_s: float | None = None) -> T | None:
        """Do ``work`` until it is done, or cancel it when woken or out of time: then the result is None.

        The caller looks at the visit's state just before (nothing can happen in between) and again afterwards.
        """
        scope = asyncio.timeout(timeout_s)
        try:
            async with scope:
                self._scope = scope
                return await work
        except TimeoutError:
            if not scope.expired():
                raise
            return None
        finally:
            self._scope = None
