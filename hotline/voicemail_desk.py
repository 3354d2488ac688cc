"""Messages that callers have left: whose lamp shines, what is done with them, and what was unheard for too long.

All that is done is an event of the call that left the message; the rows that are read here are folded from those, so a
service that dies between two steps leaves nothing half done: the next one reads them, and tells what differs.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from agents import Directory, Floor
from agents.words import Role
from calls import AgentId, CallId, Clock, SeatId
from calls.message_events import MessageHandled, MessageStep
from calls.timeline import CallEnded, Event, MessageLeft
from hotline.call_timeline import Timelines
from hotline.queue_plans import plan_of
from hotline.voicemail_boxes import VoicemailBoxes
from telephony.ami import AmiError
from telephony.lamps import Lamps
from tickets import Journal, Message, StoreUnavailable, VoicemailStore, WaitingMessage, WantedMessages

log = structlog.get_logger(__name__)

_MOST = 10_000  # messages that are looked at for lamps
_SETTLE_S = 0.1  # changes come in swarms
_LOOK_S = 30.0  # now and then, whatever happens


class Handled(Protocol):
    """A message that something is done with."""

    @property
    def call(self) -> str:
        """The call that left it."""
        ...

    @property
    def path(self) -> str:
        """Its file."""
        ...


class VoicemailDesk:
    """Looks after messages. ``run`` must be running for lamps and escalation."""

    def __init__(
        self,
        store: VoicemailStore,
        journal: Journal,
        timelines: Timelines,
        clock: Clock,
        *,
        floor: Floor,
        boxes: VoicemailBoxes,
        lamps: Lamps,
    ) -> None:
        self._store, self._journal, self._timelines, self._floor = store, journal, timelines, floor
        self._boxes, self._lamps, self._clock = boxes, lamps, clock
        self._stirred = asyncio.Event()
        self._waiting: Sequence[WaitingMessage] = ()
        self._stale = True  # the rows have changed since they were read

    def stir(self) -> None:
        """People or seats have changed: lamps may shine elsewhere."""
        self._stirred.set()

    def observe(self, event: Event) -> None:
        """Take every event of the timelines."""
        if isinstance(event, MessageLeft | MessageHandled | CallEnded):
            self._stale = self._stale or not isinstance(event, CallEnded)
            self._stirred.set()

    async def run(self) -> None:
        """Keep lamps right and escalate, until cancelled."""
        while True:
            self._stirred.clear()
            pause_s = _LOOK_S  # also when something is overdue: a store that is away is not asked all the time
            try:
                await self._look()
                pause_s = self._until_next_s()
            except StoreUnavailable as error:
                log.error("voicemail.not_looked_at", error=str(error))  # noqa: TRY400 - the words say it
            except (AmiError, TimeoutError) as error:
                log.warning("voicemail.lamps_not_told", error=str(error))
            try:
                async with asyncio.timeout(pause_s):
                    await self._stirred.wait()
                await asyncio.sleep(_SETTLE_S)
            except TimeoutError:
                self._stale = True

    # -- what is done with them ------------------------------------------------------------------------------------

    async def find(self, wanted: WantedMessages) -> list[Message]:
        """Return messages. Raises ``StoreUnavailable``."""
        await self._journal.flush()
        return await self._store.find(wanted)

    async def for_agent(self, agent: AgentId) -> list[Message]:
        """Return what an agent is to see to: theirs, and those in boxes of which they are told. Raises
        ``StoreUnavailable``."""
        found = await self.find(WantedMessages(limit=_MOST))
        return [one for one in found if self._told_of(one.box, one.assigned, [agent], escalated=_escalated(one))]

    async def heard(self, message: Handled, by: str) -> None:
        """Somebody has listened to it."""
        await self._handle(message, MessageStep.HEARD, by)

    async def assign(self, message: Handled, agent: str, by: str) -> None:
        """One agent is to see to it; "": nobody in particular."""
        await self._handle(message, MessageStep.ASSIGNED, by, agent=agent)

    async def done(self, message: Handled, by: str, note: str = "") -> None:
        """Nothing more is to be done."""
        await self._handle(message, MessageStep.DONE, by, note=note)

    async def _handle(self, message: Handled, step: MessageStep, by: str, *, agent: str = "", note: str = "") -> None:
        self._note(message, step, by, agent=agent, note=note)
        await self._journal.flush()

    def _note(self, message: Handled, step: MessageStep, by: str, *, agent: str = "", note: str = "") -> None:
        self._timelines.append(
            MessageHandled(call=CallId(message.call), at=self._clock.now(), path=message.path, step=step.value, by=by,
                           agent=agent, note=note)
        )  # fmt: skip
        log.info("voicemail.handled", path=message.path, step=step, by=by, agent=agent)

    # -- lamps and escalation --------------------------------------------------------------------------------------

    async def _look(self) -> None:
        if self._stale:
            self._stale = False
            await self._journal.flush()
            try:
                self._waiting = await self._store.waiting(_MOST)
            except StoreUnavailable:
                self._stale = True
                raise
            await self._escalate()
        await self._lamps.show(self._lit())

    async def _escalate(self) -> None:
        now = self._clock.now()
        late = [one for one in self._waiting if (due := self._due(one)) is not None and due <= now]
        if not late:
            return
        for one in late:
            self._note(one, MessageStep.ESCALATED, "hotline")
        log.warning("voicemail.overdue", messages=[one.id for one in late[:20]], count=len(late),
                    boxes=sorted({one.box for one in late}), remedy="hotline voicemail list")  # fmt: skip
        await self._journal.flush()

    def _due(self, one: WaitingMessage) -> float | None:
        """Return when a message is escalated, None: never (any more)."""
        limit = self._boxes.named(one.box).escalate_after_min
        if limit is None or one.heard_at is not None or one.escalated_at is not None:
            return None
        return one.left_at + limit * 60

    def _until_next_s(self) -> float:
        dues = [due for one in self._waiting if (due := self._due(one)) is not None]
        return min(_LOOK_S, max(0.05, min(dues) - self._clock.now())) if dues else _LOOK_S

    def _lit(self) -> dict[SeatId, int]:
        """Return how many messages each lamp shows."""
        here = {standing.agent: standing.seat for standing in self._floor.standings()}
        lit: Counter[SeatId] = Counter()
        alike = Counter((one.box, one.assigned, _escalated(one)) for one in self._waiting)
        for (box, assigned, escalated), number in alike.items():
            seats = {here[agent] for agent in self._told_of(box, assigned, here, escalated=escalated)}
            if not assigned:
                seats |= {SeatId(seat) for seat in self._boxes.named(box).tell.seats}
            lit.update(dict.fromkeys(seats, number))
        return dict(lit)

    def _told_of(self, box: str, assigned: str, people: Iterable[AgentId], *, escalated: bool) -> set[AgentId]:
        """Return who of some people is told of a message: to whom it is assigned, or whoever its box names; supervisors
        when it was unheard for too long, or nobody is named."""
        tell, directory = self._boxes.named(box).tell, self._floor.directory
        told: set[AgentId] = set()
        for agent in people:
            person = directory.people.get(agent)
            supervises = person is not None and person.role is Role.SUPERVISOR
            if assigned:
                wanted = assigned == agent
            else:
                wanted = agent in tell.agents or (tell.nobody and supervises)
                wanted = wanted or any(_serves(directory, agent, queue) for queue in tell.queues)
            if wanted or (escalated and supervises):
                told.add(agent)
        return told


def _escalated(message: WaitingMessage | Message) -> bool:
    return message.escalated_at is not None and message.heard_at is None


def _serves(directory: Directory, agent: AgentId, queue: str) -> bool:
    settings = directory.queues.get(queue)
    if settings is None or agent not in directory.people:
        return False
    return plan_of(settings).need.satisfied_by(directory.routing_skills(agent))
