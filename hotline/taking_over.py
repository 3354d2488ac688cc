"""A supervisor takes a talk over: the agent is out, and the caller talks with the supervisor from then on."""

from collections.abc import Mapping
from typing import Protocol

import structlog

from agents import Floor
from calls import AgentId, CallId, SeatId
from calls.conversation import Happening
from calls.targets import Target
from hotline.audit import AuditLog
from hotline.parking import Picker, Takers
from hotline.picking_up import PickingLine, lend
from telephony.conversation import WishRefused

log = structlog.get_logger(__name__)


class Talk(Protocol):
    """A talk that goes on; ``telephony.conversation.Conversation`` is one."""

    @property
    def agent(self) -> AgentId:
        """Whose talk it is."""
        ...

    async def order(self, kind: Happening, target: Target | None, by: str) -> None:
        """Have a wish fulfilled. Raises ``WishRefused``."""
        ...


class Talks(Protocol):
    """All talks; the switchboard has them."""

    def conversations(self) -> Mapping[CallId, Talk]:
        """Return the talks with an agent that go on, by call."""
        ...


class TakingOver:
    """Takes talks over."""

    def __init__(self, talks: Talks, takers: Takers, floor: Floor, audit: AuditLog) -> None:
        self._talks, self._takers, self._floor, self._audit = talks, takers, floor, audit

    async def take(self, line: PickingLine, at: SeatId, who: AgentId, call: CallId, facts: Mapping[str, str]) -> str:
        """Have ``who``, at the phone of ``line``, take a call's talk over and stay until it is no longer here; return
        why not (a phrase of ``listen``), or "". ``facts``: for the audit log. Raises ``OSError``, ``CallerHungUp``."""
        talk = self._talks.conversations().get(call)
        agent = facts.get("agent", "")
        if talk is None or (agent and talk.agent != agent):
            return "no_talk"
        if talk.agent == who:
            return "not_now"
        self._audit.note("taken_over", **facts)
        await line.set_variable("HOTLINE_CALL", call)  # before the floor believes in it: they may have hung up
        picker = Picker(who, at, line)
        target = self._takers.comes(call, picker)
        if target is None:
            return "not_now"
        standing = self._floor.standing(who)
        works_here = standing is not None and standing.seat == at
        if works_here and not self._floor.picks_up(who, call, self._queue_of(talk.agent)):
            self._takers.stays_away(call, picker)
            return "not_now"
        try:
            await talk.order(Happening.TAKE, target, f"supervisor:{who}")
        except WishRefused as error:
            log.info("take.refused", call=call, why=str(error))
            self._takers.stays_away(call, picker)
            self._floor.talk_ended(who, call)
            return "over"
        return "" if await lend(line, picker) else "over"

    def _queue_of(self, agent: AgentId) -> str:
        standing = self._floor.standing(agent)
        return "" if standing is None else standing.queue
