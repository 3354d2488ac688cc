"""Where callers go whom an agent, or a flow, passes on: to a department, another hotline, or another agent."""

import structlog

from calls import AgentId, CallerHungUp, Clock, Line, LineFault, SeatId
from calls.line import RingOutcome, RingResult, TalkEnd
from calls.passing import CallData
from calls.recording_events import RecordingStarted
from calls.talk_events import Together
from calls.targets import Kind, NoTarget, Target, Way
from calls.timeline import Connected, Offered, OfferFailed, PassedOn, TalkEnded
from hotline.call_timeline import Timelines
from hotline.desks import Desks
from ivr import TransferEnd

log = structlog.get_logger(__name__)

_TRANSFER_ENDS = {
    RingOutcome.BUSY: TransferEnd.BUSY,
    RingOutcome.DECLINED: TransferEnd.BUSY,
    RingOutcome.NO_ANSWER: TransferEnd.NO_ANSWER,
}
_TO_A_QUEUE = Target(Kind.QUEUE, "")  # that from which the caller came


class PassingOn:
    """Carries callers on, and stays until that talk is over."""

    def __init__(self, desks: Desks, timelines: Timelines, clock: Clock) -> None:
        self._desks, self._timelines, self._clock = desks, timelines, clock

    async def follow(self, line: Line) -> Target | None:
        """Bring a caller where the agent wished; return None when it was done, or a queue or the menu, where others
        must bring them. An agent or a department who cannot be reached means the queue from which they came."""
        while (target := self._desks.talks.destination(line.call.id)) is not None:
            if target.kind in (Kind.QUEUE, Kind.MENU):
                return target
            if target.kind is Kind.DEPARTMENT:
                done = await self.to_department(line, target.key, self._data(line, target.key)) is TransferEnd.DONE
                return None if done else _TO_A_QUEUE
            if not await self._to_agent(line, target):
                return _TO_A_QUEUE
        return None

    async def to_department(self, line: Line, department: str, data: CallData | None = None) -> TransferEnd:
        """Connect the caller to a department, or another hotline; recorded like any other talk."""
        target = self._desks.departments().get(department)
        if target is None:
            log.warning("transfer.no_address", department=department)
            return TransferEnd.UNREACHABLE
        place = self._desks.recordings.new_talk(line.call.id, self._clock.now())
        await line.music(on=True)
        result, way = RingResult(RingOutcome.UNREACHABLE), target.ways[0]
        for way in target.ways:
            result = await line.ring(
                way.address, ring_s=way.ring_s, caller_name=line.call.shown_name,
                record_to=None if place is None else place.absolute, data=data,
            )  # fmt: skip
            if result.outcome is RingOutcome.ANSWERED:
                break
        if result.outcome is not RingOutcome.ANSWERED:
            return _TRANSFER_ENDS.get(result.outcome, TransferEnd.UNREACHABLE)
        now = self._clock.now()
        self._timelines.append(PassedOn(call=line.call.id, at=now, party=department, number=way.number))
        if place is not None:
            self._timelines.append(RecordingStarted(call=line.call.id, at=now, path=place.relative))
        await line.talk()
        self._timelines.append(Together(call=line.call.id, at=self._clock.now(), groups=[]))
        return TransferEnd.DONE

    def _data(self, line: Line, department: str) -> CallData | None:
        """Return what goes with the caller to another hotline."""
        known = self._desks.directory().departments.get(department)
        if known is None or not known.hotline:
            return None
        call = line.call
        return CallData.cleaned(hotline=call.dialled, caller=call.caller, subject=call.subject)

    # -- to an agent -----------------------------------------------------------------------------------------------

    async def _to_agent(self, line: Line, target: Target) -> bool:
        """Ring one agent; return whether they talked."""
        agent, call, talks = AgentId(target.key), line.call.id, self._desks.talks
        try:
            talks.rings(call, target)
        except NoTarget as error:
            log.info("transfer.agent_not_free", call=call, why=str(error))
            return False
        way = target.ways[0]
        seat = SeatId(way.number)
        self._timelines.append(
            Offered(call=call, at=self._clock.now(), offer="", agent=agent, seat=seat, rule="transfer")
        )
        path = await self._ring(line, target, way)
        if path is None:
            return False
        now = self._clock.now()
        talks.answered(call, target)
        self._timelines.append(Connected(call=call, at=now, agent=agent, seat=seat))
        if path:
            self._timelines.append(RecordingStarted(call=call, at=now, path=path))
        await self._talk(line, agent)
        return True

    async def _ring(self, line: Line, target: Target, way: Way) -> str | None:
        """Ring an agent's phone; return where the talk is recorded ("": nowhere), or None when it was not answered."""
        call, talks = line.call.id, self._desks.talks
        place = self._desks.recordings.new_talk(call, self._clock.now())
        outcome: RingOutcome | None = None
        try:
            await line.music(on=True)
            result = await line.ring(
                way.address, ring_s=way.ring_s, caller_name=line.call.shown_name,
                record_to=None if place is None else place.absolute,
            )  # fmt: skip
            outcome = result.outcome
        except LineFault as fault:
            log.warning("transfer.ring_failed", call=call, error=str(fault))
            outcome = RingOutcome.FAILED
        finally:
            if outcome is not RingOutcome.ANSWERED:
                reason = "withdrawn" if outcome is None else outcome.value
                self._timelines.append(
                    OfferFailed(call=call, at=self._clock.now(), offer="", agent=AgentId(target.key),
                                seat=SeatId(way.number), reason=reason)
                )  # fmt: skip
                talks.failed(call, target, outcome)
        if outcome is not RingOutcome.ANSWERED:
            return None
        return "" if place is None else place.relative

    async def _talk(self, line: Line, agent: AgentId) -> None:
        """See the talk to its end; what the agent wishes then is looked at by ``follow``."""
        call, by = line.call.id, "agent"
        end = TalkEnd.AGENT_LEFT
        try:
            end = await line.talk()
        except CallerHungUp:
            by = "caller"
            raise
        finally:
            self._timelines.append(TalkEnded(call=call, at=self._clock.now(), agent=agent, by=by))
            self._desks.floor.talk_ended(agent, call)
        if end is TalkEnd.HANDED_OVER:
            await line.talk_on()
